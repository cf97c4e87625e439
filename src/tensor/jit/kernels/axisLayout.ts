import { type Shape, sizeOf } from '#linnet/core';

/** An array seen as [outer, length, inner] around one axis. */
export interface AxisLayout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

export function axisLayout(shape: Shape, axis: number): AxisLayout {
  return { outer: sizeOf(shape.slice(0, axis)), length: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}

/** Flat index of element `index` of the line `line`, of which there are outer × inner. */
export function onLine({ length, inner }: AxisLayout, line: string, index: string): string {
  if (inner === 1) return length === 1 ? line : `${line} * ${length}u + ${index}`;
  return `(${line} / ${inner}u) * ${length * inner}u + (${line} % ${inner}u) + (${index}) * ${inner}u`;
}
