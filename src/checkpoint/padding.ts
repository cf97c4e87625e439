import { formatShape, type HostArray, itemByteLength, LinnetError, type Shape, sizeOf, stridesOf } from '#linnet/core';

/**
 * `array` with another shape of the same rank: each axis is cut off or filled up with zeros at its end, as Orbax does with
 * `strict=False`. A ShapeError when the ranks differ.
 */
export function padOrTruncate(array: HostArray, shape: Shape): HostArray {
  if (shape.length !== array.shape.length) {
    throw new LinnetError('ShapeError', `${formatShape(array.shape)} cannot be padded to ${formatShape(shape)}: the ranks differ.`);
  }
  const itemBytes = itemByteLength(array.dtype);
  const data = new Uint8Array(sizeOf(shape) * itemBytes);
  const common = shape.map((dim, axis) => Math.min(dim, array.shape[axis]!));
  if (sizeOf(common) > 0) copyBlock(array, { shape, data }, common, itemBytes);
  return { dtype: array.dtype, shape, data };
}

/** Copies the first `common` elements of every axis, row by row along the last one. */
function copyBlock(
  source: { shape: Shape; data: Uint8Array },
  target: { shape: Shape; data: Uint8Array },
  common: Shape,
  itemBytes: number,
): void {
  const [from, to] = [stridesOf(source.shape), stridesOf(target.shape)];
  const rowBytes = (common.at(-1) ?? 1) * itemBytes;
  const visit = (axis: number, sourceAt: number, targetAt: number): void => {
    if (axis >= common.length - 1) {
      target.data.set(source.data.subarray(sourceAt * itemBytes, sourceAt * itemBytes + rowBytes), targetAt * itemBytes);
      return;
    }
    for (let i = 0; i < common[axis]!; i++) visit(axis + 1, sourceAt + i * from[axis]!, targetAt + i * to[axis]!);
  };
  visit(0, 0, 0);
}
