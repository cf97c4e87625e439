import type { DeviceDType, Shape } from '#linnet/core';

/** What is known of an array without its values: JAX's ShapedArray. */
export interface Aval {
  readonly shape: Shape;
  readonly dtype: DeviceDType | 'key<fry>';
  /** True for values made from bare JS numbers, which give way in type promotion. */
  readonly weakType: boolean;
}
