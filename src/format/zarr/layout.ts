import { type DType, dtypeKind, itemByteLength } from '#linnet/core';

/** Steps in elements from one index to the next along each axis, row-major. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** A box inside an array: where it begins. */
export interface Box {
  readonly data: Uint8Array;
  readonly shape: readonly number[];
  readonly origin: readonly number[];
}

/** Copies `extent` elements of `byteLength` bytes from one row-major array into another, row by row. */
export function copyBox(source: Box, target: Box, extent: readonly number[], byteLength: number): void {
  if (extent.some((length) => length === 0)) return;
  const from = rowMajorStrides(source.shape);
  const to = rowMajorStrides(target.shape);
  const start = (box: Box, strides: readonly number[]): number =>
    box.origin.reduce((sum, index, axis) => sum + index * strides[axis]!, 0) * byteLength;
  // Trailing axes that are whole in both arrays are one stretch of bytes.
  let inner = extent.length;
  let run = byteLength;
  while (inner > 0) {
    inner--;
    run *= extent[inner]!;
    if (extent[inner] !== source.shape[inner] || extent[inner] !== target.shape[inner]) break;
  }
  const copy = (axis: number, at: number, into: number): void => {
    if (axis === inner) {
      target.data.set(source.data.subarray(at, at + run), into);
      return;
    }
    for (let i = 0; i < extent[axis]!; i++) copy(axis + 1, at + i * from[axis]! * byteLength, into + i * to[axis]! * byteLength);
  };
  copy(0, start(source, from), start(target, to));
}

/**
 * `data` of an array whose axes are stored in the order `permutation` (axis `permutation[i]` comes i-th), as row-major data of `shape`.
 * `inverse` goes the other way.
 */
export function transposeBytes(
  data: Uint8Array,
  shape: readonly number[],
  permutation: readonly number[],
  byteLength: number,
  inverse = false,
): Uint8Array {
  const storedStrides = rowMajorStrides(permutation.map((axis) => shape[axis]!));
  const strideOf = new Array<number>(shape.length).fill(0);
  permutation.forEach((axis, i) => {
    strideOf[axis] = storedStrides[i]!;
  });
  const result = new Uint8Array(data.length);
  const index = new Array<number>(shape.length).fill(0);
  let stored = 0;
  for (let at = 0; at < data.length; at += byteLength) {
    const [from, to] = inverse ? [at, stored * byteLength] : [stored * byteLength, at];
    for (let i = 0; i < byteLength; i++) result[to + i] = data[from + i]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      stored += strideOf[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      stored -= strideOf[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** A copy of `data` with the bytes of every number reversed: big-endian to little-endian and back. */
export function swapByteOrder(data: Uint8Array, dtype: DType): Uint8Array {
  const byteLength = itemByteLength(dtype) / (dtypeKind(dtype) === 'complex' ? 2 : 1);
  const result = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += byteLength) {
    for (let i = 0; i < byteLength; i++) result[at + i] = data[at + byteLength - 1 - i]!;
  }
  return result;
}

/** Calls `visit` with every index of a box `[start, end)`, last axis fastest. */
export async function forEachIndex(
  start: readonly number[],
  end: readonly number[],
  visit: (index: readonly number[]) => Promise<void>,
): Promise<void> {
  if (start.some((from, axis) => from >= end[axis]!)) return;
  const index = [...start];
  for (;;) {
    await visit([...index]);
    let axis = index.length - 1;
    for (; axis >= 0; axis--) {
      if (++index[axis]! < end[axis]!) break;
      index[axis] = start[axis]!;
    }
    if (axis < 0) return;
  }
}
