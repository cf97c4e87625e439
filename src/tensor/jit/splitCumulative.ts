import { sizeOf } from '#linnet/core';
import type { NDArray } from '../array';
import * as lax from '../primitives/lax';
import { traceProgram } from '../trace/builder';
import type { Equation } from '../trace/program';
import type { Graph } from './graph';
import { inline } from './inlineProgram';
import { ENOUGH_ROWS, LONG_ROW } from './splitReduction';

const COMBINE: Readonly<Record<string, (x: NDArray, y: NDArray) => NDArray>> = {
  cumsum: lax.add,
  cumprod: lax.mul,
  cummax: lax.max,
  cummin: lax.min,
};

/**
 * A running sum (product, maximum, minimum) along few long lines in three passes: within parts of about √length elements, over the
 * last values of the parts, and both together. The parts depend on nothing but the sizes, so that every device adds in the same order.
 */
export function splitCumulative(equation: Equation, graph: Graph): readonly Equation[] {
  const { primitive, params, inputs, outputs } = equation;
  const { axis, reverse } = params as { readonly axis: number; readonly reverse: boolean };
  const combine = COMBINE[primitive.name];
  const { shape, dtype } = inputs[0]!.aval;
  const length = shape[axis]!;
  const lines = sizeOf(shape) / length;
  if (!combine || length <= LONG_ROW || lines >= ENOUGH_ROWS) return [equation];
  const part = partLength(length);
  const parts = Math.ceil(length / part);
  const neutral = identityOf(primitive.name, dtype);
  const along = (change: (dim: number) => readonly number[], dims = shape): number[] =>
    dims.flatMap((dim, i) => (i === axis ? change(dim) : [dim]));
  const padded = (x: NDArray, low: number, high: number): NDArray => {
    if (low === 0 && high === 0) return x;
    return lax.pad(
      x,
      lax.scalarLike(x, neutral),
      x.shape.map((_, i) => (i === axis ? [low, high, 0] : [0, 0, 0])),
    );
  };
  /** Elements from `start` to `limit` along an axis. */
  const slice = (x: NDArray, on: number, start: number, limit: number): NDArray =>
    lax.slice(
      x,
      x.shape.map((_, i) => (i === on ? start : 0)),
      x.shape.map((dim, i) => (i === on ? limit : dim)),
    );
  const cumulate = (x: NDArray, on: number): NDArray => lax.apply(primitive.name, [x], { axis: on, reverse });
  const { program } = traceProgram(
    ([x]) => {
      const cut = lax.reshape(
        padded(x!, 0, parts * part - length),
        along(() => [parts, part]),
      );
      const within = cumulate(cut, axis + 1);
      const last = reverse ? 0 : part - 1;
      const totals = cumulate(
        lax.reshape(
          slice(within, axis + 1, last, last + 1),
          along(() => [parts]),
        ),
        axis,
      );
      // What comes before a part: the totals, moved on by one.
      const before = reverse ? padded(slice(totals, axis, 1, parts), 0, 1) : padded(slice(totals, axis, 0, parts - 1), 1, 0);
      const spread = lax.broadcastInDim(
        before,
        within.shape,
        within.shape.flatMap((_, i) => (i === axis + 1 ? [] : [i])),
      );
      const whole = lax.reshape(
        combine(spread, within),
        along(() => [parts * part]),
      );
      return [slice(whole, axis, 0, length)];
    },
    [inputs[0]!.aval],
  );
  const equations: Equation[] = [];
  const [result] = inline(program, inputs, graph, equations);
  return equations.map((made) => (made.outputs[0] === result ? { ...made, outputs } : made));
}

/** About √length, and a divisor of it if there is one near. */
function partLength(length: number): number {
  const root = Math.ceil(Math.sqrt(length));
  for (let part = root; part <= 2 * root; part++) if (length % part === 0) return part;
  return root;
}

function identityOf(name: string, dtype: string): number {
  if (name === 'cumsum') return 0;
  if (name === 'cumprod') return 1;
  const isMax = name === 'cummax';
  if (dtype === 'int32') return isMax ? -(2 ** 31) : 2 ** 31 - 1;
  if (dtype === 'uint32') return isMax ? 0 : 2 ** 32 - 1;
  return isMax ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
