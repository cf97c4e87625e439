import { isLinnetError } from '#linnet/core';
import { jnp, type Array as NDArray } from '#linnet/tensor';

/** Short ways to write arrays in tests. */
export const i32 = (values: any): NDArray => jnp.array(values, 'int32');
export const u32 = (values: any): NDArray => jnp.array(values, 'uint32');
export const f32 = (values: any): NDArray => jnp.array(values);
export const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];

/** The kind of LinnetError that `f` throws. */
export const kindOf = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    if (isLinnetError(error)) return error.kind;
    throw error;
  }
  return 'no error';
};
