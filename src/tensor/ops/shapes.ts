import { broadcastShapes, LinnetError, normalizeAxes, normalizeAxis, type Shape, sizeOf } from '#linnet/core';
import type { NDArray } from '../array';
import { KeyArray, throughKeys } from '../keyArray';
import * as lax from '../primitives/lax';
import { type ArrayLike, asArray, promoteDTypes, spread } from './convert';
import { type Axis, shapeOf } from './options';

/** The words' part of a key array's shape, to be kept by every view. */
const tail = (x: NDArray): Shape => (x instanceof KeyArray ? [2] : []);

/** `x` with its elements in another shape; one length may be -1. */
export function reshape(x: ArrayLike, shape: number | Shape, ...rest: number[]): NDArray {
  const array = asArray(x, 'jnp.reshape');
  const wanted = typeof shape === 'number' ? [shape, ...rest] : shape;
  const known = wanted.reduce((size, dim) => (dim === -1 ? size : size * dim), 1);
  const free = wanted.filter((dim) => dim === -1).length;
  if (free > 1) throw new LinnetError('ShapeError', `jnp.reshape: only one length may be -1, but [${wanted}] has ${free}.`);
  const resolved = wanted.map((dim) => (dim === -1 ? array.size / known : dim));
  if (resolved.some((dim) => !Number.isInteger(dim))) {
    throw new LinnetError('ShapeError', `Cannot reshape ${array.toString()} with ${array.size} elements to [${wanted}].`);
  }
  return throughKeys(array, (values) => lax.reshape(values, [...resolved, ...tail(array)]));
}
export const ravel = (x: ArrayLike): NDArray => reshape(x, -1);

/** Axes in another order; reversed if none is given. */
export function transpose(x: ArrayLike, axes?: readonly number[] | null): NDArray {
  const array = asArray(x, 'jnp.transpose');
  const order = axes ? axes.map((axis) => normalizeAxis(axis, array.ndim)) : array.shape.map((_, i) => array.ndim - 1 - i);
  return throughKeys(array, (values) => lax.transpose(values, array instanceof KeyArray ? [...order, array.ndim] : order));
}
export const permuteDims = transpose;
export function swapaxes(x: ArrayLike, a: number, b: number): NDArray {
  const array = asArray(x);
  const [i, j] = [normalizeAxis(a, array.ndim), normalizeAxis(b, array.ndim)];
  return transpose(
    array,
    array.shape.map((_, axis) => (axis === i ? j : axis === j ? i : axis)),
  );
}
export function moveaxis(x: ArrayLike, source: number | readonly number[], destination: number | readonly number[]): NDArray {
  const array = asArray(x);
  const list = (axes: number | readonly number[]): number[] =>
    (typeof axes === 'number' ? [axes] : axes).map((a) => normalizeAxis(a, array.ndim));
  const [from, to] = [list(source), list(destination)];
  const order = array.shape.map((_, axis) => axis).filter((axis) => !from.includes(axis));
  const moves = to.map((target, i) => [target, from[i]!] as const).sort((a, b) => a[0] - b[0]);
  for (const [target, axis] of moves) order.splice(target, 0, axis);
  return transpose(array, order);
}

/** New axes of length 1 at `axis` (places in the result). */
export function expandDims(x: ArrayLike, axis: number | readonly number[]): NDArray {
  const array = asArray(x);
  const count = typeof axis === 'number' ? 1 : axis.length;
  const places = normalizeAxes(axis, array.ndim + count);
  const rest = [...array.shape];
  for (const place of places) rest.splice(place, 0, 1);
  return reshape(array, rest);
}
/** Without axes of length 1: all of them, or those of `axis`. */
export function squeeze(x: ArrayLike, axis?: Axis): NDArray {
  const array = asArray(x);
  const dropped =
    axis === undefined || axis === null ? array.shape.flatMap((dim, i) => (dim === 1 ? [i] : [])) : normalizeAxes(axis, array.ndim);
  const wrong = dropped.find((a) => array.shape[a] !== 1);
  if (wrong !== undefined)
    throw new LinnetError('ShapeError', `jnp.squeeze: axis ${wrong} of ${array.toString()} has the length ${array.shape[wrong]}, not 1.`);
  return reshape(
    array,
    array.shape.filter((_, i) => !dropped.includes(i)),
  );
}

export function broadcastTo(x: ArrayLike, shape: number | Shape): NDArray {
  const array = asArray(x, 'jnp.broadcastTo');
  return array instanceof KeyArray ? new KeyArray(spreadKeys(array, shapeOf(shape))) : spread(array, shapeOf(shape));
}
const spreadKeys = (keys: KeyArray, shape: Shape): NDArray =>
  lax.broadcastInDim(keys.words, [...shape, 2], [...keys.shape.map((_, i) => shape.length - keys.ndim + i), shape.length]);
export function broadcastArrays(...arrays: ArrayLike[]): NDArray[] {
  const list = arrays.map((x) => asArray(x));
  const shape = broadcastShapes(...list.map((x) => x.shape));
  return list.map((x) => spread(x, shape));
}

/** Joins arrays along an existing axis (`axis` null: flattened). */
export function concatenate(arrays: readonly ArrayLike[], options: number | null | { axis?: number | null } = 0): NDArray {
  const axis = typeof options === 'object' && options !== null ? (options.axis === undefined ? 0 : options.axis) : options;
  if (arrays.length === 0) throw new LinnetError('InvalidArgumentError', 'jnp.concatenate needs at least one array.');
  const list = arrays.map((x) => asArray(x, 'jnp.concatenate'));
  const [first] = list as [NDArray];
  if (list.every((x) => x instanceof KeyArray)) {
    const words = list.map((x) => (x as KeyArray).words);
    return new KeyArray(lax.concatenate(words, normalizeAxis(axis ?? 0, first.ndim)));
  }
  const promoted = promoteDTypes(list, 'jnp.concatenate');
  if (axis === null) return lax.concatenate(promoted.map(ravel), 0);
  return lax.concatenate(promoted, normalizeAxis(axis, first.ndim));
}
export const concat = concatenate;

/** Joins arrays of one shape along a new axis. */
export function stack(arrays: readonly ArrayLike[], options: number | { axis?: number } = 0): NDArray {
  const axis = typeof options === 'number' ? options : (options.axis ?? 0);
  return concatenate(
    arrays.map((x) => expandDims(x, axis)),
    axis,
  );
}
export const vstack = (arrays: readonly ArrayLike[]): NDArray =>
  concatenate(
    arrays.map((x) => (asArray(x).ndim < 2 ? reshape(x, [1, -1]) : x)),
    0,
  );
export const hstack = (arrays: readonly ArrayLike[]): NDArray =>
  concatenate(
    arrays.map((x) => (asArray(x).ndim === 0 ? reshape(x, [1]) : x)),
    asArray(arrays[0]!).ndim < 2 ? 0 : 1,
  );

/** Pieces of `x` along `axis`: that many equal ones, or cut at the given places. */
export function split(x: ArrayLike, sections: number | readonly number[], options: number | { axis?: number } = 0): NDArray[] {
  const array = asArray(x);
  const axis = normalizeAxis(typeof options === 'number' ? options : (options.axis ?? 0), array.ndim);
  const length = array.shape[axis]!;
  if (typeof sections === 'number' && length % sections !== 0) {
    throw new LinnetError('ShapeError', `jnp.split: ${length} elements cannot be split into ${sections} equal pieces.`);
  }
  const cuts = typeof sections === 'number' ? Array.from({ length: sections - 1 }, (_, i) => ((i + 1) * length) / sections) : sections;
  const bounds = [0, ...cuts.map((cut) => Math.min(length, cut < 0 ? cut + length : cut)), length];
  return bounds
    .slice(1)
    .map((end, i) => throughKeys(array, (values) => lax.sliceAxis(values, axis, bounds[i]!, Math.max(bounds[i]!, end))));
}

export type PadWidth = number | readonly [number, number] | readonly (readonly [number, number])[];
export interface PadOptions {
  readonly mode?: 'constant' | 'edge' | 'reflect' | 'wrap';
  readonly constantValues?: number;
}
/** Widens `x` by `width` before and after each axis. */
export function pad(x: ArrayLike, width: PadWidth, options: PadOptions | 'constant' | 'edge' | 'reflect' | 'wrap' = {}): NDArray {
  const array = asArray(x, 'jnp.pad');
  const { mode = 'constant', constantValues = 0 } = typeof options === 'string' ? { mode: options } : options;
  const widths = array.shape.map((_, axis) => widthOf(width, axis));
  if (mode === 'constant')
    return lax.pad(
      array,
      lax.scalarLike(array, constantValues),
      widths.map(([low, high]) => [low, high, 0]),
    );
  return widths.reduce((padded, [low, high], axis) => padAxis(padded, axis, low, high, mode), array);
}

function widthOf(width: PadWidth, axis: number): readonly [number, number] {
  if (typeof width === 'number') return [width, width];
  const [first] = width;
  if (typeof first === 'number') return width as readonly [number, number];
  const pairs = width as readonly (readonly [number, number])[];
  return pairs[pairs.length === 1 ? 0 : axis]!;
}

function padAxis(x: NDArray, axis: number, low: number, high: number, mode: 'edge' | 'reflect' | 'wrap'): NDArray {
  const length = x.shape[axis]!;
  const edge = (at: number, count: number): NDArray => spread(lax.sliceAxis(x, axis, at, at + 1), x.shape.with(axis, count));
  if (mode === 'edge') return lax.concatenate([edge(0, low), x, edge(length - 1, high)], axis);
  if (mode === 'wrap') return lax.concatenate([lax.sliceAxis(x, axis, length - low, length), x, lax.sliceAxis(x, axis, 0, high)], axis);
  const before = lax.reverse(lax.sliceAxis(x, axis, 1, 1 + low), [axis]);
  const after = lax.reverse(lax.sliceAxis(x, axis, length - 1 - high, length - 1), [axis]);
  return lax.concatenate([before, x, after], axis);
}

/** `x` repeated whole, `reps` times along each axis. */
export function tile(x: ArrayLike, reps: number | readonly number[]): NDArray {
  const counts = typeof reps === 'number' ? [reps] : reps;
  const array = asArray(x);
  const rank = Math.max(counts.length, array.ndim);
  const fill = (list: readonly number[]): number[] => [...new Array<number>(rank - list.length).fill(1), ...list];
  const [shape, times] = [fill(array.shape), fill(counts)];
  const spreadShape = shape.flatMap((dim, i) => [times[i]!, dim]);
  const apart = reshape(
    array,
    shape.flatMap((dim) => [1, dim]),
  );
  return reshape(
    spread(apart, spreadShape),
    shape.map((dim, i) => dim * times[i]!),
  );
}
/** Every element repeated `count` times along `axis` (flattened if none is given). */
export function repeat(x: ArrayLike, count: number, options: number | null | { axis?: number | null } = null): NDArray {
  const axis = typeof options === 'object' && options !== null ? (options.axis ?? null) : options;
  const array = axis === null ? ravel(x) : asArray(x);
  const along = normalizeAxis(axis ?? 0, array.ndim);
  const apart = expandDims(array, along + 1);
  return reshape(spread(apart, apart.shape.with(along + 1, count)), array.shape.with(along, array.shape[along]! * count));
}
export function flip(x: ArrayLike, axis: Axis = null): NDArray {
  const array = asArray(x);
  return lax.reverse(array, normalizeAxes(axis, array.ndim));
}
export const fliplr = (x: ArrayLike): NDArray => flip(x, 1);
export const flipud = (x: ArrayLike): NDArray => flip(x, 0);

/** Elements shifted by `shift` along `axis`, those pushed out coming in at the other end (flattened if no axis is given). */
export function roll(x: ArrayLike, shift: number | readonly number[], options: Axis | { axis?: Axis } = null): NDArray {
  const axis =
    typeof options === 'object' && options !== null && !Array.isArray(options)
      ? ((options as { axis?: Axis }).axis ?? null)
      : (options as Axis);
  const array = asArray(x);
  if (axis === null) return reshape(roll(ravel(array), shift, 0), array.shape);
  const axes = typeof axis === 'number' ? [axis] : axis;
  const shifts = typeof shift === 'number' ? axes.map(() => shift) : shift;
  return axes.reduce<NDArray>((rolled, a, i) => rollAxis(rolled, normalizeAxis(a, array.ndim), shifts[i]!), array);
}
function rollAxis(x: NDArray, axis: number, shift: number): NDArray {
  const length = x.shape[axis]!;
  const cut = length === 0 ? 0 : (length - (((shift % length) + length) % length)) % length;
  return cut === 0 ? x : lax.concatenate([lax.sliceAxis(x, axis, cut, length), lax.sliceAxis(x, axis, 0, cut)], axis);
}

const atLeast =
  (rank: number) =>
  (x: ArrayLike): NDArray => {
    const array = asArray(x);
    return array.ndim >= rank ? array : reshape(array, [...new Array<number>(rank - array.ndim).fill(1), ...array.shape]);
  };
export const atleast1d = atLeast(1);
export const atleast2d = atLeast(2);
export const shape = (x: ArrayLike): Shape => asArray(x).shape;
export const ndim = (x: ArrayLike): number => asArray(x).ndim;
export const size = (x: ArrayLike): number => sizeOf(asArray(x).shape);
