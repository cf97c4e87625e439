import { type HostArray, type Shape, sizeOf, stridesOf } from '#linnet/core';
import { allocate, type Elements, elementsOf } from '../elements';

/** Fills `out` (row-major, of `shape`) from `source` at `offset` plus coordinates times `strides`; strides may be 0 or negative. */
export function copyStrided(source: Elements, out: Elements, shape: Shape, strides: readonly number[], offset: number): void {
  const size = sizeOf(shape);
  if (size === 0) return;
  const rank = shape.length;
  if (rank === 0) {
    out[0] = source[offset]!;
    return;
  }
  const inner = shape[rank - 1]!;
  const step = strides[rank - 1]!;
  const index = new Array<number>(rank).fill(0);
  let from = offset;
  for (let at = 0; at < size; at += inner) {
    if (step === 1) out.set(source.subarray(from, from + inner) as Float32Array, at);
    else for (let i = 0, j = from; i < inner; i++, j += step) out[at + i] = source[j]!;
    for (let axis = rank - 2; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** The elements of `x` with its axes in `order`. */
export function arranged(x: HostArray, order: readonly number[]): Elements {
  const source = elementsOf(x);
  if (order.every((axis, i) => axis === i)) return source;
  const strides = stridesOf(x.shape);
  const out = allocate(x.shape, x.dtype);
  copyStrided(
    source,
    out,
    order.map((axis) => x.shape[axis]!),
    order.map((axis) => strides[axis]!),
    0,
  );
  return out;
}
