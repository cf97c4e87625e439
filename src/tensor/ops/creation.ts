import { type DeviceDType, type HostArray, isHostArray, LinnetError, type Shape, sizeOf, type TypedArray } from '#linnet/core';
import { isArray, LiteralArray, type NDArray } from '../array';
import * as lax from '../primitives/lax';
import { dtypeOfTypedArray, fromHost, fromNumbers, isTypedArray, type NumberList } from '../transfer';
import { type ArrayLike, asArray, spread } from './convert';
import { dtypeOption, shapeOf } from './options';
import { stack } from './shapes';

type DTypeArgument = string | { readonly dtype?: string };

export const zeros = (shape: number | Shape, dtype?: DTypeArgument): NDArray =>
  lax.full(shapeOf(shape), 0, dtypeOption(dtype) ?? 'float32');
export const ones = (shape: number | Shape, dtype?: DTypeArgument): NDArray => lax.full(shapeOf(shape), 1, dtypeOption(dtype) ?? 'float32');
export const empty = zeros;

/** An array of `shape` with `value` everywhere: float32 of numbers, bool of booleans, the dtype of an array. */
export function full(shape: number | Shape, value: ArrayLike, dtype?: DTypeArgument): NDArray {
  const target = dtypeOption(dtype) ?? (asArray(value).dtype as DeviceDType);
  if (isArray(value)) return spread(lax.cast(value, target), shapeOf(shape));
  return lax.full(shapeOf(shape), Number(value), target);
}

const like =
  (value: number) =>
  (x: ArrayLike, dtype?: DTypeArgument): NDArray => {
    const array = asArray(x);
    return lax.full(array.shape, value, dtypeOption(dtype) ?? (array.dtype as DeviceDType));
  };
export const zerosLike = like(0);
export const onesLike = like(1);
export const fullLike = (x: ArrayLike, value: ArrayLike, dtype?: DTypeArgument): NDArray =>
  full(asArray(x).shape, value, dtypeOption(dtype) ?? (asArray(x).dtype as DeviceDType));

/** What `jnp.array` takes: arrays, numbers, booleans, typed arrays, host arrays, and nested JS arrays of them. */
export type ArrayInput = ArrayLike | TypedArray | HostArray | readonly ArrayInput[];

/**
 * An array of `values`. JS numbers become float32 unless `dtype` says otherwise, booleans bool; typed arrays keep their kind (64-bit
 * floats become float32). `{ shape }` gives typed arrays a shape.
 */
export function array(values: ArrayInput, options?: string | { readonly dtype?: string; readonly shape?: Shape }): NDArray {
  const dtype = dtypeOption(options);
  const shape = typeof options === 'object' ? options.shape : undefined;
  const result = convert(values, dtype);
  return shape === undefined ? result : lax.reshape(result, shape);
}
export const asarray = array;

function convert(values: ArrayInput, dtype: DeviceDType | undefined): NDArray {
  if (isArray(values)) return dtype === undefined ? strong(values) : lax.cast(values, dtype);
  if (typeof values === 'number' || typeof values === 'boolean') {
    return new LiteralArray(Number(values), dtype ?? (typeof values === 'number' ? 'float32' : 'bool'));
  }
  if (isTypedArray(values)) return fromNumbers(values as unknown as NumberList, [values.length], dtype ?? dtypeOfTypedArray(values));
  if (isHostArray(values)) return dtype === undefined ? fromHost(values) : lax.cast(fromHost(values), dtype);
  if (!Array.isArray(values)) {
    throw new LinnetError(
      'InvalidArgumentError',
      `jnp.array takes numbers, booleans, typed arrays and nested arrays of them, not ${typeof values}.`,
    );
  }
  return convertNested(values, dtype);
}
/** A number given to `jnp.array` is an array like any other: no longer weak. */
const strong = (x: NDArray): NDArray => (x.weakType ? lax.cast(x, x.dtype as DeviceDType) : x);

function convertNested(values: readonly ArrayInput[], dtype: DeviceDType | undefined): NDArray {
  const shape: number[] = [];
  for (let level: ArrayInput = values; Array.isArray(level); level = level[0] as ArrayInput) shape.push(level.length);
  const leaves: (number | boolean)[] = [];
  if (collect(values, shape, 0, leaves)) {
    const isBool = leaves.length > 0 && leaves.every((leaf) => typeof leaf === 'boolean');
    return fromNumbers(leaves, shape, dtype ?? (isBool ? 'bool' : 'float32'));
  }
  return stack(values.map((value) => convert(value, dtype)));
}

/** Gathers plain numbers; false when arrays are among them. */
function collect(values: readonly ArrayInput[], shape: Shape, axis: number, leaves: (number | boolean)[]): boolean {
  if (values.length !== shape[axis]) {
    throw new LinnetError('ShapeError', `jnp.array: rows of axis ${axis} have different lengths (${shape[axis]} and ${values.length}).`);
  }
  return values.every((value) => {
    if (Array.isArray(value)) {
      if (axis + 1 >= shape.length) throw new LinnetError('ShapeError', 'jnp.array: numbers and arrays are mixed at one depth.');
      return collect(value, shape, axis + 1, leaves);
    }
    if (typeof value !== 'number' && typeof value !== 'boolean') return false;
    if (axis + 1 !== shape.length) throw new LinnetError('ShapeError', 'jnp.array: numbers and arrays are mixed at one depth.');
    leaves.push(value);
    return true;
  });
}

/** Numbers from `start` (0) up to `stop` by `step`: int32 if all are integers, else float32, unless `dtype` says. */
export function arange(start: number, stop?: number | { dtype?: string }, step = 1, dtype?: DTypeArgument): NDArray {
  const named = typeof stop === 'object' ? stop : dtype;
  const [from, to] = typeof stop === 'number' ? [start, stop] : [0, start];
  const count = Math.max(0, Math.ceil((to - from) / step));
  const target = dtypeOption(named) ?? ([from, to, step].every(Number.isInteger) ? 'int32' : 'float32');
  const index = lax.iota([count], 0, target);
  const scaled = step === 1 ? index : lax.mul(index, lax.scalarLike(index, step));
  return from === 0 ? scaled : lax.add(scaled, lax.scalarLike(index, from));
}

export interface LinspaceOptions {
  /** 50 by default. */
  readonly num?: number;
  /** Whether `stop` is the last value; true by default. */
  readonly endpoint?: boolean;
  readonly dtype?: string;
}
/** `num` evenly spaced numbers from `start` to `stop`. */
export function linspace(start: number, stop: number, options: number | LinspaceOptions = {}): NDArray {
  const { num = 50, endpoint = true, dtype } = typeof options === 'number' ? { num: options } : options;
  const intervals = endpoint ? num - 1 : num;
  const values = Float64Array.from({ length: num }, (_, i) =>
    i > 0 && i === intervals ? stop : start + ((stop - start) * i) / Math.max(1, intervals),
  );
  return fromNumbers(values, [num], dtypeOption({ dtype }) ?? 'float32');
}

/** Ones on the `k`-th diagonal of an [n, m] matrix. */
export function eye(n: number, m: number | { dtype?: string; k?: number } = n, options: { k?: number; dtype?: string } = {}): NDArray {
  const { k = 0, dtype } = typeof m === 'object' ? m : options;
  const shape = [n, typeof m === 'object' ? n : m];
  const rows = lax.iota(shape, 0, 'int32');
  const columns = lax.iota(shape, 1, 'int32');
  return lax.cast(lax.eq(lax.add(rows, lax.scalarLike(rows, k)), columns), dtypeOption({ dtype }) ?? 'float32');
}
export const identity = (n: number, dtype?: DTypeArgument): NDArray => eye(n, { dtype: dtypeOption(dtype) ?? 'float32' });

/** Ones on and below the `k`-th diagonal. */
export function tri(n: number, m = n, k = 0, dtype?: DTypeArgument): NDArray {
  const rows = lax.iota([n, m], 0, 'int32');
  const mask = lax.ge(lax.add(rows, lax.scalarLike(rows, k)), lax.iota([n, m], 1, 'int32'));
  return lax.cast(mask, dtypeOption(dtype) ?? 'float32');
}
function triangle(x: ArrayLike, k: number, keepLower: boolean): NDArray {
  const values = asArray(x);
  const [n, m] = values.shape.slice(-2) as [number, number];
  const lower = tri(n, m, keepLower ? k : k - 1, 'bool');
  const mask = spread(keepLower ? lower : lax.not(lower), values.shape);
  return lax.select(mask, values, lax.scalarLike(values, 0));
}
/** The part on and below the `k`-th diagonal; zero above. */
export const tril = (x: ArrayLike, k = 0): NDArray => triangle(x, k, true);
/** The part on and above the `k`-th diagonal; zero below. */
export const triu = (x: ArrayLike, k = 0): NDArray => triangle(x, k, false);

/** 0..n-1 on `axis` for every axis of `shape`: `sizeOf(shape)` index tuples as one array per axis. */
export function indices(shape: Shape, dtype?: DTypeArgument): NDArray {
  if (sizeOf(shape) === 0 && shape.length === 0) return zeros([0], 'int32');
  return stack(shape.map((_, axis) => lax.iota(shape, axis, dtypeOption(dtype) ?? 'int32')));
}

/** Coordinate arrays of a grid; `indexing` 'xy' (default) or 'ij'. */
export function meshgrid(axes: readonly ArrayLike[], { indexing = 'xy' }: { indexing?: 'xy' | 'ij' } = {}): NDArray[] {
  const vectors = axes.map((axis) => asArray(axis));
  const order = vectors.map((_, i) => (indexing === 'xy' && vectors.length > 1 && i < 2 ? 1 - i : i));
  const shape = order.map((i) => vectors[i]!.size);
  return vectors.map((vector, i) => lax.broadcastInDim(lax.reshape(vector, [vector.size]), shape, [order.indexOf(i)]));
}
