import { type HostArray, itemByteLength, LinnetError, sizeOf, stridesOf } from '#linnet/core';
import type { AxisRange } from '../tree';

/** The part of `array` that `ranges` names; all of it without them. A ShapeError for a part that is not inside. */
export function cutOut(array: HostArray, ranges: readonly AxisRange[] | undefined): HostArray {
  if (ranges === undefined) return array;
  const { dtype, shape, data } = array;
  const bounds = shape.map((dim, axis) => ranges[axis] ?? ([0, dim] as const));
  if (ranges.length > shape.length || bounds.some(([start, stop], axis) => start < 0 || stop < start || stop > shape[axis]!)) {
    throw new LinnetError('ShapeError', `The slice ${JSON.stringify(ranges)} is not inside an array of shape [${shape.join(', ')}].`);
  }
  const itemBytes = itemByteLength(dtype);
  const strides = stridesOf(shape);
  const part = bounds.map(([start, stop]) => stop - start);
  const result = new Uint8Array(sizeOf(part) * itemBytes);
  let written = 0;
  const visit = (axis: number, at: number): void => {
    if (axis === shape.length) {
      result.set(data.subarray(at * itemBytes, (at + 1) * itemBytes), written);
      written += itemBytes;
      return;
    }
    const [start, stop] = bounds[axis]!;
    for (let i = start; i < stop; i++) visit(axis + 1, at + i * strides[axis]!);
  };
  visit(0, 0);
  return { dtype, shape: part, data: result };
}
