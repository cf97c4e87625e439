import { hostArray, type Shape } from '#linnet/core';
import { fromHost, type Array as JaxArray } from '#linnet/tensor';
import type { Rows } from './data/prepared';

/** `values` as an array of `shape` in device memory, in their own kind. */
export function onDevice(values: Float32Array | Int32Array, shape: Shape): JaxArray {
  const dtype = values instanceof Float32Array ? 'float32' : 'int32';
  return fromHost(hostArray(dtype, shape, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
}

/** Rows in device memory: inputs `[rows, inputs]` and labels `[rows]`. */
export interface DeviceRows {
  readonly inputs: JaxArray;
  readonly labels: JaxArray;
}

/** Moves one half of the data to the device. */
export function rowsOnDevice({ count, inputs, labels }: Rows): DeviceRows {
  return { inputs: onDevice(inputs, [count, inputs.length / count]), labels: onDevice(labels, [count]) };
}
