import type { NDArray } from '../array';
import { resolvePadding } from '../primitives/conv';
import * as lax from '../primitives/lax';
import { type ArrayLike, asFloat } from './convert';

export interface PoolOptions {
  /** Steps between windows, per spatial axis; 1 by default. */
  readonly strides?: readonly number[];
  /** 'VALID' by default. */
  readonly padding?: 'SAME' | 'VALID' | readonly (readonly [number, number])[];
}

/** `combine` over the windows of the spatial axes of `x` [batch, ...spatial, channels], as slices of the padded input put together. */
function pool(
  x: NDArray,
  windowShape: readonly number[],
  options: PoolOptions,
  fill: number,
  combine: (a: NDArray, b: NDArray) => NDArray,
): NDArray {
  const strides = options.strides ?? windowShape.map(() => 1);
  const spatial = x.shape.slice(1, windowShape.length + 1);
  const padding = resolvePadding(
    options.padding ?? 'VALID',
    spatial,
    windowShape,
    strides,
    windowShape.map(() => 1),
  );
  const padded = lax.pad(x, lax.scalarLike(x, fill), [[0, 0, 0], ...padding.map(([low, high]) => [low, high, 0] as const), [0, 0, 0]]);
  const counts = windowShape.map((size, i) => Math.floor((padded.shape[i + 1]! - size) / strides[i]!) + 1);
  const at = (offsets: readonly number[]): NDArray =>
    lax.slice(
      padded,
      [0, ...offsets, 0],
      [x.shape[0]!, ...offsets.map((offset, i) => offset + (counts[i]! - 1) * strides[i]! + 1), x.shape.at(-1)!],
      [1, ...strides, 1],
    );
  return placesIn(windowShape).map(at).reduce(combine);
}

/** All coordinates within a window. */
const placesIn = (windowShape: readonly number[]): number[][] =>
  windowShape.reduce<number[][]>((places, size) => places.flatMap((place) => Array.from({ length: size }, (_, i) => [...place, i])), [[]]);

/** The largest element of every window. Like `flax.nnx.max_pool`. */
export const maxPool = (x: ArrayLike, windowShape: readonly number[], options: PoolOptions = {}): NDArray =>
  pool(asFloat(x), windowShape, options, Number.NEGATIVE_INFINITY, lax.max);

/** The mean of every window; padding counts as zeros unless `countIncludePad` is false. Like `flax.nnx.avg_pool`. */
export function avgPool(
  x: ArrayLike,
  windowShape: readonly number[],
  options: PoolOptions & { readonly countIncludePad?: boolean } = {},
): NDArray {
  const array = asFloat(x);
  const total = pool(array, windowShape, options, 0, lax.add);
  if (options.countIncludePad ?? true)
    return lax.div(
      total,
      lax.scalarLike(
        total,
        windowShape.reduce((a, b) => a * b, 1),
      ),
    );
  return lax.div(total, pool(lax.full(array.shape, 1, 'float32'), windowShape, options, 0, lax.add));
}
