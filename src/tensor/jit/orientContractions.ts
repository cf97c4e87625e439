import type { DotDimensions } from '../primitives/lax';
import type { Atom, Equation, Program, Var } from '../trace/program';

/**
 * `transpose(a · b)` that swaps the free axes is `b · a`: the same sums in the same order, without a transposed copy in the way of
 * fusing what follows (gradients of weights come out of reverse mode this way).
 */
export function orientContractions(program: Program): Program {
  const uses = new Map<Atom, number>();
  for (const atom of [...program.equations.flatMap((equation) => equation.inputs), ...program.outputs])
    uses.set(atom, (uses.get(atom) ?? 0) + 1);
  const makers = new Map<Var, Equation>();
  for (const equation of program.equations) for (const output of equation.outputs) makers.set(output, equation);
  const gone = new Set<Equation>();
  const equations = program.equations.map((equation): Equation => {
    const [input] = equation.inputs;
    if (equation.primitive.name !== 'transpose' || input?.type !== 'var' || uses.get(input) !== 1) return equation;
    const product = makers.get(input);
    if (product?.primitive.gpu.kind !== 'contraction' || !swapsFreeAxes(equation.params.permutation as number[], product)) return equation;
    gone.add(product);
    const { contracting, batch } = product.params as unknown as DotDimensions;
    return {
      primitive: product.primitive,
      params: { contracting: [contracting[1], contracting[0]], batch: [batch[1], batch[0]] },
      inputs: [product.inputs[1]!, product.inputs[0]!],
      outputs: equation.outputs,
    };
  });
  return { ...program, equations: equations.filter((equation) => !gone.has(equation)) };
}

function swapsFreeAxes(permutation: readonly number[], product: Equation): boolean {
  const { contracting, batch } = product.params as unknown as DotDimensions;
  const shared = batch[0].length;
  const lhsFree = product.inputs[0]!.aval.shape.length - shared - contracting[0].length;
  const rank = permutation.length;
  return permutation.every((axis, i) => {
    const free = i - shared;
    const rhsFree = rank - shared - lhsFree;
    if (free < 0) return axis === i;
    return axis === (free < rhsFree ? shared + lhsFree + free : shared + free - rhsFree);
  });
}
