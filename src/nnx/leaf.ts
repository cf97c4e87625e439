import { isHostArray, type Shape } from '#linnet/core';
import { random } from '#linnet/random';
import { isArray, type Array as JaxArray, ShapeDtypeStruct } from '#linnet/tensor';

export type { JaxArray };

/** Anything with a shape and a dtype. */
export interface ArrayLike {
  readonly shape: Shape;
  readonly dtype: string;
}

/** Whether `value` is an array: device array, tracer, ShapeDtypeStruct or HostArray. */
export function isArrayLeaf(value: unknown): value is ArrayLike {
  if (typeof value !== 'object' || value === null) return false;
  if (isArray(value) || value instanceof ShapeDtypeStruct) return true;
  // Only plain objects are asked for fields: a proxy such as Rngs has an answer to any name.
  return Object.getPrototypeOf(value) === Object.prototype && isHostArray(value);
}

/** Whether `value` is known by shape and dtype only. */
export const isAbstract = (value: unknown): value is ShapeDtypeStruct => value instanceof ShapeDtypeStruct;

/** `value` as typed keys, if it is their raw uint32 words [..., 2] (as checkpoints of older Orbax hold them) or keys on the host. */
export function asTypedKeys(value: unknown): unknown {
  if (!isArrayLeaf(value)) return value;
  const isWords = value.dtype === 'uint32' && value.shape.at(-1) === 2;
  if (isArray(value)) return isWords ? random.wrapKeyData(value) : value;
  return isHostArray(value) && (isWords || value.dtype === 'key<fry>') ? random.wrapKeyData(value) : value;
}

/** Shape of what may be put where an array is expected: arrays, numbers and booleans, typed arrays; undefined for anything else. */
export function shapeOf(value: unknown): Shape | undefined {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return [];
  if (ArrayBuffer.isView(value)) return [(value as unknown as { length: number }).length];
  const shape = (value as { shape?: unknown } | null | undefined)?.shape;
  return Array.isArray(shape) ? shape : undefined;
}

/** Element type of an array or a Variable; undefined for anything else. */
export const dtypeOf = (value: unknown): string | undefined => (value as { dtype?: string } | null | undefined)?.dtype;
