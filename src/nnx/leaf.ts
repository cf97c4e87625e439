import { type HostArray, isHostArray, type Shape } from '#linnet/core';

/** A device array or tracer. */
export type JaxArray = any;

/** Anything with a shape and a dtype. */
export interface ArrayLike {
  readonly shape: Shape;
  readonly dtype: string;
}

export type { HostArray };

/** Whether `value` has the form of an array: device array, tracer, ShapeDtypeStruct or HostArray. */
export function isArrayLeaf(value: unknown): value is ArrayLike {
  if (typeof value !== 'object' || value === null) return false;
  if (isHostArray(value)) return true;
  return 'aval' in value;
}

/** Whether `value` is known by shape and dtype only. */
export function isAbstract(value: unknown): boolean {
  return isArrayLeaf(value) && false;
}

/** Shape of what may be put where an array is expected: arrays, numbers and booleans, typed arrays; undefined for anything else. */
export function shapeOf(value: unknown): Shape | undefined {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return [];
  if (ArrayBuffer.isView(value)) return [(value as unknown as { length: number }).length];
  const shape = (value as { shape?: unknown } | null | undefined)?.shape;
  return Array.isArray(shape) ? shape : undefined;
}
