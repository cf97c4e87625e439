import { concatBytes } from '#linnet/core';
import type { ByteSource } from './store';

/** The pieces of `data`, whichever way it comes. */
export async function* pieces(data: ByteSource): AsyncGenerator<Uint8Array> {
  if (data instanceof Uint8Array) yield data;
  else yield* data;
}

/** All of `data` in one fresh array that shares no memory with it. */
export async function collectBytes(data: ByteSource): Promise<Uint8Array> {
  if (data instanceof Uint8Array) return data.slice();
  const parts: Uint8Array[] = [];
  // A piece may be a view that its maker reuses for the next one.
  for await (const part of data) parts.push(part.slice());
  return parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(parts);
}

/** `bytes` as the platform's types want them: never in shared memory, which no maker of bytes here uses. */
export const unshared = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;
