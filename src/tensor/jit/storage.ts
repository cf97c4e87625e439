import { LinnetError } from '#linnet/core';
import type { Aval } from '../aval';

/** WGSL element types that arrays are stored as; bool as u32 0 and 1. */
export type StorageType = 'f32' | 'i32' | 'u32' | 'f16';

const STORED_AS: Readonly<Record<string, StorageType>> = {
  float32: 'f32',
  int32: 'i32',
  uint32: 'u32',
  bool: 'u32',
  float16: 'f16',
};

/** How elements of `aval` lie in device memory. */
export function storageType(aval: Aval): StorageType {
  const type = STORED_AS[aval.dtype];
  if (type) return type;
  throw new LinnetError('DTypeError', `${aval.dtype} cannot be computed with on the GPU; convert the array first.`);
}

export const storageBytes = (type: StorageType): number => (type === 'f16' ? 2 : 4);

/** The WGSL type of a value of `dtype` in an expression. */
export const valueType = (dtype: string): string => (dtype === 'bool' ? 'bool' : STORED_AS[dtype]!);

/** How far a value moves in its buffer with each iteration of a loop: rows that a scan reads or writes. */
export interface LoopStride {
  /** Loops around, outermost 0. */
  readonly depth: number;
  /** Elements; negative when the loop walks backwards. */
  readonly stride: number;
}

/** Where a value lies: from element `offset` of a named buffer on, moving with the loops around. */
export interface Location {
  readonly buffer: string;
  readonly type: StorageType;
  readonly offset: number;
  readonly strides?: readonly LoopStride[];
}
