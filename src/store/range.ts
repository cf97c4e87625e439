import { LinnetError } from '#linnet/core';
import type { ByteRange } from './store';

/** Where `range` begins and ends in a value of `byteLength` bytes. */
export interface ResolvedRange {
  readonly start: number;
  readonly end: number;
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;

/** What `range` looks like in a message: `bytes 10 to 20`, `the last 8 bytes`. */
function describeRange(range: ByteRange): string {
  return 'suffix' in range ? `the last ${range.suffix} bytes` : `bytes ${range.offset} to ${range.offset + range.length}`;
}

/** Throws an InvalidArgumentError unless the numbers of `range` are whole and not negative. */
export function checkRange(range: ByteRange): void {
  const sound =
    'suffix' in range ? isCount(range.suffix) : isCount(range.offset) && isCount(range.length) && isCount(range.offset + range.length);
  if (!sound)
    throw new LinnetError('InvalidArgumentError', `A byte range needs whole numbers that are not negative; got ${JSON.stringify(range)}.`);
}

/** The error of a `range` that goes past the end of a value: what refers to the bytes expects a longer file. */
export function rangeError(range: ByteRange, byteLength: number, key: string, storeName: string): LinnetError {
  return new LinnetError(
    'CorruptFileError',
    `${JSON.stringify(key)} in ${storeName} has ${byteLength} bytes, but ${describeRange(range)} were asked for. The file is shorter than what refers to it expects; it may be cut off.`,
    { details: { key, byteLength, range } },
  );
}

/** Start and end of `range` in a value of `byteLength` bytes; a CorruptFileError when it goes past the end. */
export function resolveRange(range: ByteRange | undefined, byteLength: number, key: string, storeName: string): ResolvedRange {
  if (range === undefined) return { start: 0, end: byteLength };
  checkRange(range);
  const start = 'suffix' in range ? byteLength - range.suffix : range.offset;
  const end = 'suffix' in range ? byteLength : range.offset + range.length;
  if (start < 0 || end > byteLength) throw rangeError(range, byteLength, key, storeName);
  return { start, end };
}

/** The bytes of `blob` that `range` names, without reading the rest. */
export async function readBlob(blob: Blob, range: ByteRange | undefined, key: string, storeName: string): Promise<Uint8Array> {
  const { start, end } = resolveRange(range, blob.size, key, storeName);
  return new Uint8Array(await blob.slice(start, end).arrayBuffer());
}
