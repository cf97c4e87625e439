import { type DType, type HostArray, hostArray, sizeOf } from '#linnet/core';
import type { Aval } from '../aval';

/** The bytes of a host array as the GPU stores them: bool becomes one u32 an element. */
export function toDeviceBytes(array: HostArray): Uint8Array {
  if (array.dtype !== 'bool') return array.data;
  return new Uint8Array(Uint32Array.from(array.data).buffer);
}

/** Device bytes as a host array. */
export function fromDeviceBytes(aval: Aval, bytes: Uint8Array): HostArray {
  const data = aval.dtype === 'bool' ? Uint8Array.from(new Uint32Array(bytes.buffer, bytes.byteOffset, sizeOf(aval.shape))) : bytes;
  return hostArray(aval.dtype as DType, aval.shape, data);
}
