import { LinnetError } from './errors';

/** Lengths of an array's axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Number of elements of an array of `shape`; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

/** Row-major (C order) strides of `shape`, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

export function shapesEqual(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** `[3, 4]` as text, the way Python prints a list. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** The shape that `shapes` broadcast to, by NumPy's rule. */
export function broadcastShapes(...shapes: Shape[]): number[] {
  const ndim = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(ndim).fill(1);
  for (const shape of shapes) {
    const offset = ndim - shape.length;
    for (let axis = 0; axis < shape.length; axis++) {
      const dim = shape[axis]!;
      const current = result[offset + axis]!;
      if (current === 1) result[offset + axis] = dim;
      else if (dim !== 1 && dim !== current) {
        throw new LinnetError(
          'ShapeError',
          `Shapes ${shapes.map(formatShape).join(' and ')} do not broadcast: axis ${offset + axis - ndim} is ${current} in one and ${dim} in another.`,
        );
      }
    }
  }
  return result;
}

/** `axis` counted from the front, with negative values counted from the end as in NumPy. */
export function normalizeAxis(axis: number, ndim: number): number {
  if (!Number.isInteger(axis) || axis < -ndim || axis >= ndim) {
    throw new LinnetError('ShapeError', `Axis ${axis} is out of range for an array with ${ndim} axes.`);
  }
  return axis < 0 ? axis + ndim : axis;
}

/** All of `axes` normalized and sorted; `null` means every axis. Duplicates are refused. */
export function normalizeAxes(axes: number | readonly number[] | null | undefined, ndim: number): number[] {
  if (axes === null || axes === undefined) return Array.from({ length: ndim }, (_, axis) => axis);
  const list = typeof axes === 'number' ? [axes] : axes;
  const normalized = list.map((axis) => normalizeAxis(axis, ndim)).sort((a, b) => a - b);
  if (new Set(normalized).size !== normalized.length) {
    throw new LinnetError('ShapeError', `Axes ${formatShape(list)} name one axis twice for an array with ${ndim} axes.`);
  }
  return normalized;
}

/** Refuses a shape with a negative, fractional or unsafe length, or more elements than an index can count. */
export function checkShape(shape: Shape): void {
  for (const dim of shape) {
    if (!Number.isSafeInteger(dim) || dim < 0) {
      throw new LinnetError('ShapeError', `Shape ${formatShape(shape)} has the length ${dim}; lengths are integers from 0.`);
    }
  }
  if (!Number.isSafeInteger(sizeOf(shape))) {
    throw new LinnetError('ShapeError', `Shape ${formatShape(shape)} has more than 2^53 elements.`);
  }
}
