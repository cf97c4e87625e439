import { LinnetError } from '#linnet/core';

/** `byteLength` zeros, or an OutOfMemoryError that names what they were for. */
export function allocate(byteLength: number, what: string): Uint8Array {
  try {
    return new Uint8Array(byteLength);
  } catch (cause) {
    throw new LinnetError('OutOfMemoryError', `${what} needs ${byteLength} bytes, which the platform does not give.`, { cause });
  }
}
