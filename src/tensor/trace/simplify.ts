import { shapesEqual } from '#linnet/core';
import { formatParams } from './print';
import type { Atom, Equation, Literal, Program, Var } from './program';

/**
 * Makes a traced program smaller without changing a bit of its results: operations that do nothing, the same operation twice, arithmetic
 * on literals that is exact, scalars spread out only to be used elementwise, and results nobody uses.
 */
export function simplify(program: Program): Program {
  const known = new Simplifier();
  const equations: Equation[] = [];
  for (const equation of program.equations) known.visit(equation, equations);
  return dropDead({ inputs: program.inputs, equations, outputs: program.outputs.map((atom) => known.resolve(atom)) });
}

class Simplifier {
  /** Variables that are another atom. */
  readonly #same = new Map<Var, Atom>();
  /** Variables that are a literal in every element. */
  readonly #uniform = new Map<Var, Literal>();
  readonly #definitions = new Map<Var, Equation>();
  readonly #seen = new Map<string, Equation>();

  resolve(atom: Atom): Atom {
    return atom.type === 'var' ? (this.#same.get(atom) ?? atom) : atom;
  }

  visit(original: Equation, emit: Equation[]): void {
    const equation = this.#narrow({ ...original, inputs: original.inputs.map((atom) => this.resolve(atom)) });
    const [output] = equation.outputs;
    const replacement = this.#identity(equation) ?? foldLiterals(equation);
    if (output !== undefined && replacement !== undefined) {
      this.#same.set(output, replacement);
      return;
    }
    const key = equationKey(equation);
    const twin = this.#seen.get(key);
    if (twin !== undefined) {
      equation.outputs.forEach((variable, i) => {
        this.#same.set(variable, twin.outputs[i]!);
      });
      return;
    }
    this.#seen.set(key, equation);
    for (const variable of equation.outputs) this.#definitions.set(variable, equation);
    const [input] = equation.inputs;
    if (equation.primitive.name === 'broadcastInDim' && input?.type === 'literal') this.#uniform.set(output!, input);
    emit.push(equation);
  }

  /** Elementwise operands that are one literal everywhere become that literal, as long as one operand keeps the shape. */
  #narrow(equation: Equation): Equation {
    if (equation.primitive.gpu.kind !== 'elementwise') return equation;
    const literalOf = (atom: Atom): Literal | undefined => (atom.type === 'var' ? this.#uniform.get(atom) : undefined);
    const keepsShape = equation.inputs.some((atom) => atom.type === 'var' && literalOf(atom) === undefined);
    if (!keepsShape) return equation;
    return { ...equation, inputs: equation.inputs.map((atom) => literalOf(atom) ?? atom) };
  }

  /** The atom that the only output of `equation` is a copy of. */
  #identity({ primitive, params, inputs, outputs }: Equation): Atom | undefined {
    const [x, y] = inputs;
    const output = outputs[0]?.aval;
    if (x === undefined || output === undefined) return undefined;
    const unchanged = (atom: Atom): Atom | undefined =>
      shapesEqual(atom.aval.shape, output.shape) && atom.aval.dtype === output.dtype ? atom : undefined;
    switch (primitive.name) {
      case 'stopGradient':
        return x;
      case 'cast':
      case 'reshape':
      case 'broadcastInDim':
      case 'slice':
        return unchanged(x);
      case 'transpose':
        return (params.permutation as number[]).every((axis, i) => axis === i) ? x : undefined;
      case 'mul':
        if (isLiteral(y, 1)) return unchanged(x);
        return isLiteral(x, 1) && y !== undefined ? unchanged(y) : undefined;
      case 'div':
        return isLiteral(y, 1) ? unchanged(x) : undefined;
      case 'sub':
        // x - 0 keeps the sign of zero; x + 0 would not.
        return isLiteral(y, 0) ? unchanged(x) : undefined;
      default:
        return undefined;
    }
  }
}

const isLiteral = (atom: Atom | undefined, value: number): boolean => atom?.type === 'literal' && Object.is(atom.value, value);

/** Operations on two float32 that every device rounds the same way. */
const EXACT: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
};

function foldLiterals({ primitive, inputs, outputs }: Equation): Literal | undefined {
  const [a, b] = inputs;
  const aval = outputs[0]?.aval;
  if (a?.type !== 'literal' || aval?.shape.length !== 0) return undefined;
  if (primitive.name === 'neg' && aval.dtype === 'float32') return { type: 'literal', value: -a.value, aval };
  const exact = Object.hasOwn(EXACT, primitive.name) ? EXACT[primitive.name] : undefined;
  if (exact === undefined || b?.type !== 'literal' || aval.dtype !== 'float32') return undefined;
  return { type: 'literal', value: Math.fround(exact(Math.fround(a.value), Math.fround(b.value))), aval };
}

function equationKey({ primitive, params, inputs, outputs }: Equation): string {
  const operands = inputs.map((atom) =>
    atom.type === 'var' ? atom.id : `${atom.aval.dtype}:${Object.is(atom.value, -0) ? '-0' : atom.value}`,
  );
  return `${primitive.name}${formatParams(params)}(${operands.join(';')})${outputs[0]?.aval.dtype}${outputs[0]?.aval.shape.join()}`;
}

function dropDead(program: Program): Program {
  const live = new Set<Atom>(program.outputs);
  const equations: Equation[] = [];
  for (const equation of program.equations.toReversed()) {
    if (!equation.outputs.some((output) => live.has(output))) continue;
    for (const input of equation.inputs) live.add(input);
    equations.push(equation.primitive.name === 'scan' ? dropDeadRows(equation, live) : equation);
  }
  return { ...program, equations: equations.reverse() };
}

/** A scan without the stacked results that nobody reads; carries stay, because the next step reads them. */
function dropDeadRows(equation: Equation, live: ReadonlySet<Atom>): Equation {
  const { params, outputs } = equation;
  const isRead = outputs.map((output, i) => i < (params.numCarry as number) || live.has(output));
  if (!isRead.includes(false)) return equation;
  const body = params.body as Program;
  const smaller = dropDead({ ...body, outputs: body.outputs.filter((_, i) => isRead[i]) });
  return { ...equation, params: { ...params, body: smaller }, outputs: outputs.filter((_, i) => isRead[i]) };
}
