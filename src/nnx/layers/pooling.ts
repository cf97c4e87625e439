import { LinnetError } from '#linnet/core';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { overBatches } from './conv';

export interface PoolOptions {
  /** By default 1 along every axis. */
  readonly strides?: readonly number[];
  /** By default 'VALID'. */
  readonly padding?: 'SAME' | 'VALID' | readonly (readonly [number, number])[];
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether padding counts as zeros in the mean; by default true. */
  readonly countIncludePad?: boolean;
}

/** First and one past the last row of each window along an axis, in the unpadded input. */
function windows(length: number, size: number, stride: number, [before, after]: readonly [number, number]): (readonly [number, number])[] {
  const count = Math.floor((length + before + after - size) / stride) + 1;
  return Array.from({ length: count }, (_, i) => [i * stride - before, i * stride - before + size]);
}

function paddingOf(length: number, size: number, stride: number, padding: PoolOptions['padding'], axis: number): readonly [number, number] {
  if (padding === undefined || padding === 'VALID') return [0, 0];
  if (padding !== 'SAME') return padding[axis] ?? [0, 0];
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + size - length, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

type Combine = (a: JaxArray, b: JaxArray) => JaxArray;

/** Combines the elements of every window, axis after axis; positions in the padding hold `fill`. */
function pool(x: JaxArray, windowShape: readonly number[], options: PoolOptions, fill: number, combine: Combine): JaxArray {
  if (x.ndim < windowShape.length + 1) {
    throw new LinnetError(
      'ShapeError',
      `A window of ${windowShape.length} axes does not fit an input of shape [${x.shape}] with channels last.`,
    );
  }
  return overBatches(x, windowShape.length, (batch) =>
    windowShape.reduce((y, size, i) => {
      const axis = i + 1;
      const length = y.shape[axis]!;
      const stride = options.strides?.[i] ?? 1;
      const starts = windows(length, size, stride, paddingOf(length, size, stride, options.padding, i));
      const offsets = Array.from({ length: size }, (_, offset) =>
        rowsAt(
          y,
          axis,
          starts.map(([start]) => start + offset),
          fill,
        ),
      );
      return offsets.reduce(combine);
    }, batch),
  );
}

/** Rows of `x` along `axis`; rows outside hold `fill`. */
function rowsAt(x: JaxArray, axis: number, rows: readonly number[], fill: number): JaxArray {
  const length = x.shape[axis]!;
  const inside = rows.map((row) => Math.min(Math.max(row, 0), length - 1));
  const taken = jnp.take(x, jnp.array(Int32Array.from(inside)), { axis });
  if (rows.every((row, i) => row === inside[i])) return taken;
  const shape = x.shape.map((_, i) => (i === axis ? rows.length : 1));
  const isInside = jnp.array(rows.map((row, i) => row === inside[i])).reshape(shape);
  return jnp.where(isInside, taken, fill);
}

/** Largest element of each window of [batch..., ...spatial, channels]. Like `flax.nnx.max_pool`. */
export const maxPool = (x: JaxArray, windowShape: readonly number[], options: PoolOptions = {}): JaxArray =>
  pool(x, windowShape, options, Number.NEGATIVE_INFINITY, (a, b) => jnp.maximum(a, b));

/** Smallest element of each window. Like `flax.nnx.min_pool`. */
export const minPool = (x: JaxArray, windowShape: readonly number[], options: PoolOptions = {}): JaxArray =>
  pool(x, windowShape, options, Number.POSITIVE_INFINITY, (a, b) => jnp.minimum(a, b));

/** Mean of each window. Like `flax.nnx.avg_pool`. */
export function avgPool(
  x: JaxArray,
  windowShape: readonly number[],
  { countIncludePad = true, ...options }: AvgPoolOptions = {},
): JaxArray {
  const sum = (input: JaxArray): JaxArray => pool(input, windowShape, options, 0, (a, b) => a.add(b));
  if (countIncludePad) return sum(x).div(windowShape.reduce((a, b) => a * b, 1));
  return sum(x).div(sum(jnp.onesLike(x)));
}
