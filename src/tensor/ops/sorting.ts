import { normalizeAxis } from '#linnet/core';
import type { NDArray } from '../array';
import * as lax from '../primitives/lax';
import { type ArrayLike, asArray, promoteDTypes } from './convert';
import { subtract } from './elementwise';
import { sum } from './reductions';
import { expandDims, flip, ravel } from './shapes';

export interface SortOptions {
  /** The last axis by default; null sorts the flattened array. */
  readonly axis?: number | null;
  readonly descending?: boolean;
}
type SortArgument = number | null | SortOptions;

function sortOptions(argument: SortArgument | undefined): { axis: number | null; descending: boolean } {
  if (argument === null || typeof argument === 'number') return { axis: argument, descending: false };
  return { axis: argument?.axis === undefined ? -1 : argument.axis, descending: argument?.descending ?? false };
}

function prepare(x: ArrayLike, argument: SortArgument | undefined): { array: NDArray; axis: number; descending: boolean } {
  const { axis, descending } = sortOptions(argument);
  const array = axis === null ? ravel(x) : asArray(x);
  return { array, axis: normalizeAxis(axis ?? 0, array.ndim), descending };
}

/** Sorted copy: ascending, NaN last. */
export function sort(x: ArrayLike, argument?: SortArgument): NDArray {
  const { array, axis, descending } = prepare(x, argument);
  const [sorted] = lax.sort([array], axis) as [NDArray];
  return descending ? flip(sorted, axis) : sorted;
}

/** Indices that would sort `x`; stable. */
export function argsort(x: ArrayLike, argument?: SortArgument): NDArray {
  const { array, axis, descending } = prepare(x, argument);
  const index = lax.iota(array.shape, axis, 'int32');
  if (!descending) return lax.sort([array, index], axis)[1]!;
  // Descending and stable: sort the reversed array, read it backwards, and turn the indices round.
  const backwards = lax.sort([flip(array, axis), index], axis)[1]!;
  return lax.sub(lax.broadcastInDim(lax.full([], array.shape[axis]! - 1, 'int32'), array.shape, []), flip(backwards, axis));
}

function cumulative(name: string) {
  return (x: ArrayLike, argument?: number | null | { axis?: number | null; reverse?: boolean }): NDArray => {
    const { axis = null, reverse = false } = typeof argument === 'object' && argument !== null ? argument : { axis: argument ?? null };
    let array = axis === null ? ravel(x) : asArray(x);
    if (array.dtype === 'bool') array = lax.cast(array, 'int32');
    return lax.apply(name, [array], { axis: normalizeAxis(axis ?? 0, array.ndim), reverse });
  };
}
export const cumsum = cumulative('cumsum');
export const cumprod = cumulative('cumprod');
export const cummax = cumulative('cummax');
export const cummin = cumulative('cummin');

/** Differences of neighbours along the last axis (or `axis`). */
export function diff(x: ArrayLike, axis = -1): NDArray {
  const array = asArray(x);
  const along = normalizeAxis(axis, array.ndim);
  const length = array.shape[along]!;
  return subtract(lax.sliceAxis(array, along, Math.min(1, length), length), lax.sliceAxis(array, along, 0, Math.max(0, length - 1)));
}

/** Where each value would go in a sorted vector to keep it sorted: before equals ('left') or after them ('right'). */
export function searchsorted(sorted: ArrayLike, values: ArrayLike, { side = 'left' }: { side?: 'left' | 'right' } = {}): NDArray {
  const [vector, queries] = promoteDTypes([sorted, values], 'jnp.searchsorted') as [NDArray, NDArray];
  const shape = [...queries.shape, vector.size];
  const all = lax.broadcastInDim(vector, shape, [queries.ndim]);
  const wanted = lax.broadcastInDim(
    expandDims(queries, -1),
    shape,
    shape.map((_, i) => i),
  );
  // NaN sorts behind everything else.
  const isBefore = side === 'left' ? lax.lt(all, wanted) : lax.le(all, wanted);
  const isNumber = lax.eq(all, all);
  return sum(lax.or(isBefore, lax.and(lax.ne(wanted, wanted), side === 'left' ? isNumber : lax.eq(isNumber, isNumber))), -1);
}

/** The `k` largest elements of the last axis and their indices, in descending order. Like `jax.lax.top_k`. */
export function topK(x: ArrayLike, k: number): [values: NDArray, indices: NDArray] {
  const array = asArray(x);
  const axis = array.ndim - 1;
  const order = lax.sliceAxis(argsort(array, { axis, descending: true }), axis, 0, k);
  const ranked = lax.gather(array, order, { axis, batchDims: axis, mode: 'clip' });
  return [ranked, order];
}
