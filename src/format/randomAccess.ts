import { LinnetError } from '#linnet/core';
import type { ReadableStore } from '#linnet/store';

/** Bytes that can be read anywhere, of a length known before: a file the user picked, a value of a store, memory. */
export interface RandomAccess {
  /** What to call it in messages. */
  readonly name: string;
  readonly byteLength: number;
  /** `length` bytes from `offset`; an error when they go past the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** `bytes` in memory. What is read are views of them. */
export function bytesAccess(bytes: Uint8Array, name: string): RandomAccess {
  return {
    name,
    byteLength: bytes.length,
    async read(offset, length) {
      if (offset >= 0 && length >= 0 && offset + length <= bytes.length) return bytes.subarray(offset, offset + length);
      throw new LinnetError('CorruptFileError', `${name} has ${bytes.length} bytes; bytes ${offset} to ${offset + length} are needed.`);
    },
  };
}

/** The value of `key` in `store`; undefined when there is none. */
export async function storeAccess(store: ReadableStore, key: string): Promise<RandomAccess | undefined> {
  const byteLength = await store.byteLength(key);
  if (byteLength === undefined) return undefined;
  return {
    name: key,
    byteLength,
    async read(offset, length) {
      const bytes = await store.read(key, { offset, length });
      if (bytes !== undefined) return bytes;
      throw new LinnetError('CorruptFileError', `${key} is gone from ${store.name} since it was opened.`);
    },
  };
}
