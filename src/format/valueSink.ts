import { concatBytes } from '#linnet/core';
import type { ByteSource } from '#linnet/store';

/** What a writer of arrays needs of a store: files of a directory and keys of an OCDBT database both offer it. */
export interface ValueSink {
  write(key: string, data: ByteSource): Promise<void>;
}

/** Pieces up to this size in all are joined: one write is quicker than several. */
const JOIN_BELOW = 64 * 1024;

/** Byte length of `pieces` in all. */
export const totalByteLength = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);

/** `pieces` as the source of one value, large ones without copying them. */
export function sourceOf(pieces: readonly Uint8Array[]): ByteSource {
  if (pieces.length === 1) return pieces[0]!;
  if (totalByteLength(pieces) <= JOIN_BELOW) return concatBytes(pieces);
  return (async function* () {
    yield* pieces;
  })();
}
