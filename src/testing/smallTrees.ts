import { castHostArray, type HostArray, hostArray } from '#linnet/core';

/** A float32 array of `shape` with the given elements. */
export const float32 = (shape: number[], ...values: number[]): HostArray =>
  hostArray('float32', shape, new Uint8Array(Float32Array.from(values).buffer));

/** What a target says of an array: dtype and shape. */
export const struct = (dtype: string, ...shape: number[]) => ({ dtype, shape });

/** Elements of a real array as JS numbers. */
export const values = (array: unknown): number[] => {
  const { data } = castHostArray(array as HostArray, 'float64');
  return [...new Float64Array(data.buffer)];
};
