import { invariant } from '#linnet/core';
import { LiteralArray, type NDArray } from '../array';
import type { Aval } from '../aval';
import type { Params, Primitive } from '../primitives/primitive';
import type { Atom, Equation, Program, Var } from './program';
import { simplify } from './simplify';
import { Trace, Tracer, withTrace } from './tracer';

/** A value of the program being recorded. */
class ProgramTracer extends Tracer {
  readonly trace: ProgramTrace;
  readonly variable: Var;

  constructor(trace: ProgramTrace, variable: Var) {
    super();
    this.trace = trace;
    this.variable = variable;
  }

  get aval(): Aval {
    return this.variable.aval;
  }
}

/** Records every operation as an equation. */
class ProgramTrace extends Trace {
  readonly name: string;
  readonly equations: Equation[] = [];
  /** Values from outside that the function uses, with the input that stands for each. */
  readonly constants = new Map<NDArray, Var>();
  #nextId = 0;

  constructor(name: string) {
    super();
    this.name = name;
  }

  variable(aval: Aval): Var {
    return { type: 'var', id: this.#nextId++, aval };
  }

  /** The atom for `value`: its own variable, a literal, or an input that stands for a value from outside. */
  atom(value: NDArray): Atom {
    if (value instanceof ProgramTracer && value.trace === this) return value.variable;
    if (value instanceof LiteralArray) return { type: 'literal', value: value.value, aval: value.aval };
    let variable = this.constants.get(value);
    if (variable === undefined) {
      variable = this.variable(value.aval);
      this.constants.set(value, variable);
    }
    return variable;
  }

  process(primitive: Primitive, inputs: readonly NDArray[], params: Params): readonly NDArray[] {
    const atoms = inputs.map((input) => this.atom(input));
    const outputs = primitive
      .abstract(
        atoms.map((atom) => atom.aval),
        params,
      )
      .map((aval) => this.variable(aval));
    this.equations.push({ primitive, params, inputs: atoms, outputs });
    return outputs.map((variable) => new ProgramTracer(this, variable));
  }
}

/** A traced program, and the values of its leading inputs that the function took from outside. */
export interface Traced {
  readonly program: Program;
  readonly constants: readonly NDArray[];
}

/** Records what `f` does on arrays of `avals`: a simplified program whose inputs are `constants`, then the arguments. */
export function traceProgram(f: (inputs: readonly NDArray[]) => readonly NDArray[], avals: readonly Aval[], name = 'jit'): Traced {
  const trace = new ProgramTrace(name);
  return withTrace(trace, true, () => {
    const inputs = avals.map((aval) => trace.variable(aval));
    const results = f(inputs.map((variable) => new ProgramTracer(trace, variable)));
    const outputs = results.map((result) => trace.atom(result));
    const { equations, constants } = trace;
    const program = simplify({ inputs: [...constants.values(), ...inputs], equations, outputs });
    return dropUnusedConstants(program, [...constants.keys()]);
  });
}

/** A program must not depend on constants that simplification made useless. */
function dropUnusedConstants(program: Program, constants: readonly NDArray[]): Traced {
  const used = new Set<Atom>(program.outputs);
  for (const { inputs } of program.equations) for (const input of inputs) used.add(input);
  const keep = constants.map((_, i) => used.has(program.inputs[i]!));
  return {
    program: { ...program, inputs: program.inputs.filter((_, i) => keep[i] ?? true) },
    constants: constants.filter((_, i) => keep[i]),
  };
}

/** Like `traceProgram` for a function that must not use tracers or arrays from outside: a program without leading constants. */
export function traceClosed(f: (inputs: readonly NDArray[]) => readonly NDArray[], avals: readonly Aval[], name: string): Program {
  const { program, constants } = traceProgram(f, avals, name);
  invariant(constants.length === 0, `${name} takes no values from outside, but ${constants.length} were found`);
  return program;
}
