import { type HostArray, sizeOf } from '#linnet/core';
import type { Aval } from '../aval';
import { hostScalar } from '../elements';
import type { CpuRule } from '../primitives/primitive';
import type { Atom, Equation, Program } from '../trace/program';
import { cpuRuleOf } from './rules';

/** Runs the equations of `program` one after another on host arrays. The oracle that the GPU engine is held against. */
export function interpret(program: Program, inputs: readonly HostArray[]): HostArray[] {
  let run = prepared.get(program);
  if (run === undefined) {
    run = prepare(program);
    prepared.set(program, run);
  }
  return run(inputs);
}

/** Programs run before; bodies of loops are run again and again. */
const prepared = new WeakMap<Program, (inputs: readonly HostArray[]) => HostArray[]>();

/** One equation with its values as places in a list, and those it is the last to use. */
interface Instruction {
  readonly equation: Equation;
  readonly rule: CpuRule;
  readonly avals: readonly Aval[];
  readonly operands: readonly number[];
  readonly results: readonly number[];
  readonly dies: readonly number[];
  /** Hands its operand on: a scalar spread out only for elementwise use. */
  readonly isSpread: boolean;
}

/** `program` with its bookkeeping done once: places of values, scalars in disguise, and when each value is last used. */
export function prepare(program: Program): (inputs: readonly HostArray[]) => HostArray[] {
  const initial: (HostArray | undefined)[] = [];
  const places = new Map<Atom, number>();
  const placeOf = (atom: Atom): number => {
    const known = places.get(atom);
    if (known !== undefined) return known;
    places.set(atom, initial.length);
    return initial.push(atom.type === 'literal' ? hostScalar(atom.value, atom.aval.dtype) : undefined) - 1;
  };
  const inputPlaces = program.inputs.map(placeOf);
  const lastUse = new Map<Atom, Equation>();
  for (const equation of program.equations) for (const input of equation.inputs) if (input.type === 'var') lastUse.set(input, equation);
  for (const output of program.outputs) lastUse.delete(output);
  const spreads = findSpreadScalars(program);
  const instructions = program.equations.map(
    (equation): Instruction => ({
      equation,
      rule: cpuRuleOf(equation.primitive),
      avals: equation.outputs.map((output) => output.aval),
      operands: equation.inputs.map(placeOf),
      results: equation.outputs.map(placeOf),
      dies: equation.inputs.filter((input) => lastUse.get(input) === equation).map(placeOf),
      isSpread: spreads.has(equation),
    }),
  );
  const outputPlaces = program.outputs.map(placeOf);
  return (inputs) => {
    const values = initial.slice();
    inputPlaces.forEach((place, i) => {
      values[place] = inputs[i];
    });
    for (const instruction of instructions) execute(instruction, values);
    return outputPlaces.map((place) => values[place]!);
  };
}

function execute({ equation, rule, avals, operands, results, dies, isSpread }: Instruction, values: (HostArray | undefined)[]): void {
  const inputs = operands.map((place) => values[place]!);
  const outputs = isSpread ? inputs : rule(inputs, equation.params, avals);
  for (let i = 0; i < results.length; i++) values[results[i]!] = outputs[i];
  for (const place of dies) values[place] = undefined;
}

/** Broadcasts of a scalar that only elementwise operations read: those take the scalar itself. */
function findSpreadScalars(program: Program): ReadonlySet<Equation> {
  const candidates = new Map<Atom, Equation>();
  for (const equation of program.equations) {
    const isSpread = equation.primitive.name === 'broadcastInDim' && sizeOf(equation.inputs[0]!.aval.shape) === 1;
    if (isSpread) candidates.set(equation.outputs[0]!, equation);
    if (equation.primitive.gpu.kind !== 'elementwise') for (const input of equation.inputs) candidates.delete(input);
  }
  for (const output of program.outputs) candidates.delete(output);
  return new Set(candidates.values());
}
