import { concatBytes } from '#linnet/core';
import { type ByteSource, HeldBytes } from '#linnet/store';

/** What a writer of arrays needs of a store: files of a directory and keys of an OCDBT database both offer it. */
export interface ValueSink {
  /** Whether the sink holds what is written as it is, instead of copying it: its memory must not be used again. */
  readonly keepsPieces?: boolean | undefined;
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
  return new HeldBytes(pieces);
}
