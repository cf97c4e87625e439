import { concatBytes } from '#linnet/core';
import { breathe } from './breathe';
import { HeldBytes } from './heldBytes';
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

/** All of `data`, as it is where it is held already; else in memory of its own. */
export async function holdBytes(data: ByteSource): Promise<HeldBytes> {
  if (data instanceof HeldBytes) return data;
  return new HeldBytes([data instanceof Uint8Array ? data : await collectBytes(data)]);
}

/** `bytes` as the platform's types want them: never in shared memory, which no maker of bytes here uses. */
export const unshared = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

/** Workers show no frames, and one large Blob gets to where blobs are kept sooner than many. */
const BLOB_PIECE_BYTES = typeof FileReaderSync === 'function' ? 64 * 1024 * 1024 : 2 * 1024 * 1024;

async function* inTurn(data: ByteSource): AsyncGenerator<HeldBytes> {
  for await (const piece of pieces(data)) yield new HeldBytes([piece]);
}

/** All of `data` as a Blob. Making one copies its bytes while the thread stands still, so a large one is made of smaller ones, with pauses. */
export async function collectBlob(data: ByteSource): Promise<Blob> {
  const blobs: Blob[] = [];
  for await (const held of data instanceof HeldBytes ? [data] : inTurn(data))
    for (let at = 0; at < held.byteLength; at += BLOB_PIECE_BYTES) {
      await breathe(at);
      blobs.push(new Blob(held.views(at, at + BLOB_PIECE_BYTES).map(unshared)));
    }
  return blobs.length === 1 ? blobs[0]! : new Blob(blobs);
}
