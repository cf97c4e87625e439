import { type DeviceDType, formatShape, type Shape } from '#linnet/core';

/** What is known of an array without its values: JAX's ShapedArray. */
export interface Aval {
  readonly shape: Shape;
  /** Typed keys have dtype `key<fry>` outside; programs only see the uint32 words they are stored as. */
  readonly dtype: DeviceDType | 'key<fry>';
  /** True for values made from bare JS numbers, which give way in type promotion. */
  readonly weakType: boolean;
}

/** An aval of `shape` and `dtype`; strong unless `weakType` is given. */
export const makeAval = (shape: Shape, dtype: Aval['dtype'], weakType = false): Aval => ({ shape, dtype, weakType });

/** `aval` as text, e.g. `float32[3, 4]`. */
export const formatAval = (aval: Aval): string => `${aval.dtype}${formatShape(aval.shape)}`;

export const isFloatAval = (aval: Aval): boolean => aval.dtype === 'float32' || aval.dtype === 'float16';
