import { sizeOf } from '#linnet/core';
import type { NDArray } from '../array';
import * as lax from '../primitives/lax';
import { traceProgram } from '../trace/builder';
import type { Equation } from '../trace/program';
import type { Graph } from './graph';
import { inline } from './inlineProgram';

/** Products with a k from here on, and few outputs, are cut: too few threads would have too much to add. */
const LONG_K = 2048;
/** Least k of a part, and outputs of all parts together that are enough. */
const SHORTEST_PART = 512;
const ENOUGH_OUTPUTS = 4096;

/** Length of the parts that a k is cut into; undefined if it stays whole. It depends on nothing but sizes: all devices add in one order. */
export function partOfK(k: number, outputs: number): number | undefined {
  if (k < LONG_K || outputs === 0) return undefined;
  const parts = Math.floor(Math.min(k / SHORTEST_PART, ENOUGH_OUTPUTS / outputs));
  return parts < 2 ? undefined : 4 * Math.ceil(k / parts / 4);
}

/** A product with few outputs and a long k as products of parts of k side by side, and the sum of those in order. */
export function splitContraction(equation: Equation, graph: Graph): readonly Equation[] {
  const { contracting, batch } = equation.params as unknown as lax.DotDimensions;
  const [output] = equation.outputs;
  const axes = [contracting[0][0], contracting[1][0]] as const;
  const k = contracting[0].length === 1 ? equation.inputs[0]!.aval.shape[axes[0]!]! : 0;
  const part = partOfK(k, sizeOf(output!.aval.shape));
  if (part === undefined) return [equation];
  const whole = k - (k % part);
  /** Steps of k from `start` to `limit` of the operand on `side`. */
  const steps = (x: NDArray, side: 0 | 1, start: number, limit: number): NDArray => {
    if (start === 0 && limit === k) return x;
    const at = (value: number, others: (dim: number) => number) => x.shape.map((dim, axis) => (axis === axes[side] ? value : others(dim)));
    return lax.slice(
      x,
      at(start, () => 0),
      at(limit, (dim) => dim),
    );
  };
  const inParts = (x: NDArray, side: 0 | 1): NDArray =>
    lax.reshape(
      steps(x, side, 0, whole),
      x.shape.flatMap((dim, axis) => (axis === axes[side] ? [whole / part, part] : [dim])),
    );
  const batchOf = (side: 0 | 1): number[] => [...batch[side].map((axis) => (axis > axes[side]! ? axis + 1 : axis)), axes[side]!];
  const { program } = traceProgram(
    ([x, y]) => {
      const dimensions = { contracting: [[axes[0]! + 1], [axes[1]! + 1]], batch: [batchOf(0), batchOf(1)] } as const;
      const sum = lax.reduceSum(lax.dotGeneral(inParts(x!, 0), inParts(y!, 1), dimensions), [batch[0].length]);
      if (whole === k) return [sum];
      return [lax.add(sum, lax.dotGeneral(steps(x!, 0, whole, k), steps(y!, 1, whole, k), { contracting, batch }))];
    },
    equation.inputs.map((input) => input.aval),
  );
  const equations: Equation[] = [];
  const [result] = inline(program, equation.inputs, graph, equations);
  return equations.map((made) => (made.outputs[0] === result ? { ...made, outputs: [output!] } : made));
}
