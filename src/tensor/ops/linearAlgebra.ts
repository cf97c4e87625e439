import { broadcastShapes, LinnetError, normalizeAxis } from '#linnet/core';
import type { NDArray } from '../array';
import * as lax from '../primitives/lax';
import { type ArrayLike, asArray, promoteDTypes, spread } from './convert';
import { sum } from './reductions';
import { expandDims, ravel, reshape } from './shapes';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

function operands(x: ArrayLike, y: ArrayLike, name: string): [NDArray, NDArray] {
  const [a, b] = promoteDTypes([x, y], name) as [NDArray, NDArray];
  return a.dtype === 'bool' ? [lax.cast(a, 'int32'), lax.cast(b, 'int32')] : [a, b];
}

/** Matrix product over the last two axes; leading axes broadcast; vectors count as a row or a column. */
export function matmul(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = operands(x, y, 'jnp.matmul');
  if (a.ndim === 0 || b.ndim === 0)
    throw new LinnetError('ShapeError', 'jnp.matmul needs at least one axis on both sides; use multiply for scalars.');
  if (b.ndim === 1) return lax.dotGeneral(a, b, { contracting: [[a.ndim - 1], [0]], batch: [[], []] });
  if (a.ndim === 1) {
    const product = lax.dotGeneral(a, b, { contracting: [[0], [b.ndim - 2]], batch: [[], []] });
    return product;
  }
  if (b.ndim === 2) return lax.dotGeneral(a, b, { contracting: [[a.ndim - 1], [0]], batch: [[], []] });
  const lead = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const left = spread(a, [...lead, ...a.shape.slice(-2)]);
  const right = spread(b, [...lead, ...b.shape.slice(-2)]);
  const shared = range(lead.length);
  return lax.dotGeneral(left, right, { contracting: [[left.ndim - 1], [right.ndim - 2]], batch: [shared, shared] });
}

/** NumPy's dot: sum over the last axis of `x` and the second to last of `y`. */
export function dot(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = operands(x, y, 'jnp.dot');
  if (a.ndim === 0 || b.ndim === 0)
    return lax.mul(spread(a, b.ndim === 0 ? a.shape : b.shape), spread(b, b.ndim === 0 ? a.shape : b.shape));
  return lax.dotGeneral(a, b, { contracting: [[a.ndim - 1], [Math.max(0, b.ndim - 2)]], batch: [[], []] });
}
export const vdot = (x: ArrayLike, y: ArrayLike): NDArray => dot(ravel(x), ravel(y));
export function inner(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = operands(x, y, 'jnp.inner');
  return lax.dotGeneral(a, b, { contracting: [[a.ndim - 1], [b.ndim - 1]], batch: [[], []] });
}
export function outer(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = operands(x, y, 'jnp.outer');
  return lax.dotGeneral(ravel(a), ravel(b), { contracting: [[], []], batch: [[], []] });
}

/** Sum over the last `axes` axes of `x` and the first of `y`, or over the named axes of both. */
export function tensordot(
  x: ArrayLike,
  y: ArrayLike,
  axes: number | readonly [readonly number[] | number, readonly number[] | number] = 2,
): NDArray {
  const [a, b] = operands(x, y, 'jnp.tensordot');
  const list = (value: readonly number[] | number, rank: number): number[] => [value].flat().map((axis) => normalizeAxis(axis, rank));
  const contracting: [number[], number[]] =
    typeof axes === 'number' ? [range(axes).map((i) => a.ndim - axes + i), range(axes)] : [list(axes[0], a.ndim), list(axes[1], b.ndim)];
  return lax.dotGeneral(a, b, { contracting, batch: [[], []] });
}

/** Sum of the diagonal of the first two axes. */
export function trace(x: ArrayLike): NDArray {
  return sum(diagonal(x), -1);
}
/** The diagonal of a matrix (last two axes). */
export function diagonal(x: ArrayLike): NDArray {
  const array = asArray(x);
  const [n, m] = array.shape.slice(-2) as [number, number];
  const rows = lax.iota([n, m], 0, 'int32');
  const mask = lax.eq(rows, lax.iota([n, m], 1, 'int32'));
  const kept = lax.select(spread(mask, array.shape), array, lax.scalarLike(array, 0));
  const columns = sum(kept, { axis: n <= m ? -1 : -2 });
  return columns;
}
/** A matrix with the vector `x` on its diagonal, or the diagonal of a matrix. */
export function diag(x: ArrayLike): NDArray {
  const array = asArray(x);
  if (array.ndim === 2) return diagonal(array);
  const n = array.size;
  const mask = lax.eq(lax.iota([n, n], 0, 'int32'), lax.iota([n, n], 1, 'int32'));
  return lax.select(mask, spread(expandDims(reshape(array, [n]), 1), [n, n]), lax.scalarLike(array, 0));
}
