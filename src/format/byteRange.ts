import { LinnetError } from '#linnet/core';
import type { ByteRange } from '#linnet/store';

/**
 * Offset and length of `range` in a value of `byteLength` bytes; a CorruptFileError when it goes past the end, as
 * whatever refers to those bytes expects a longer value. `what` names the value.
 */
export function rangeWithin(range: ByteRange | undefined, byteLength: number, what: string): { offset: number; length: number } {
  if (range === undefined) return { offset: 0, length: byteLength };
  const offset = 'suffix' in range ? byteLength - range.suffix : range.offset;
  const length = 'suffix' in range ? range.suffix : range.length;
  if (!(offset >= 0 && length >= 0 && offset + length <= byteLength)) {
    throw new LinnetError(
      'CorruptFileError',
      `${what} has ${byteLength} bytes, but bytes ${offset} to ${offset + length} are needed; it may be cut off.`,
    );
  }
  return { offset, length };
}
