import { concatBytes, crc32c, encodeUtf8, LinnetError, toHex } from '#linnet/core';
import { breathe } from '../breathe';
import { unshared } from '../byteSource';
import type { HeldBytes } from '../heldBytes';
import type { Advance } from './commitMeter';
import type { FileRow, StepRow } from './rows';

/** A checksum covers this many bytes, so that a part of a large file can be read and checked without the rest. */
export const BLOCK_BYTES = 1024 * 1024;

const digest = async (bytes: Uint8Array) => new Uint8Array(await crypto.subtle.digest('SHA-256', unshared(bytes)));

/**
 * What the catalogue keeps about a file. The SHA-256 is taken block by block, and then of those: browsers digest on the calling thread
 * and let nothing else run until they are done, which for a large file is too long.
 */
export async function describeFile(key: string, bytes: HeldBytes, advance: Advance = () => {}): Promise<FileRow> {
  const blockCrcs: number[] = [];
  const digests: Uint8Array[] = [];
  const scratch = new Uint8Array(Math.min(BLOCK_BYTES, bytes.byteLength));
  for (let at = 0; at < bytes.byteLength; at += BLOCK_BYTES) {
    await breathe(at);
    const block = bytes.joined(at, Math.min(at + BLOCK_BYTES, bytes.byteLength), scratch);
    blockCrcs.push(crc32c(block));
    digests.push(await digest(block));
    advance(block.byteLength);
  }
  return { key, byteLength: bytes.byteLength, blockCrcs, treeSha256: toHex(await digest(concatBytes(digests))) };
}

/** One number for the content of several files: CRC-32C over all that is kept about them. */
export function contentChecksum(files: readonly FileRow[]): number {
  return crc32c(
    encodeUtf8(JSON.stringify(files.map(({ key, byteLength, blockCrcs, treeSha256 }) => [key, byteLength, blockCrcs, treeSha256]))),
  );
}

/** Length of block `index` of a file. */
export const blockLength = (file: FileRow, index: number): number => Math.min(BLOCK_BYTES, file.byteLength - index * BLOCK_BYTES);

/** Throws a CorruptFileError unless `bytes` is what block `index` of `file` was when it was saved. */
export function checkBlock(file: FileRow, index: number, bytes: Uint8Array | undefined): asserts bytes is Uint8Array {
  const from = index * BLOCK_BYTES;
  const expected = blockLength(file, index);
  const where = `bytes ${from} to ${from + expected} of ${JSON.stringify(file.key)}`;
  const refuse = (found: string) => {
    throw new LinnetError(
      'CorruptFileError',
      `The stored ${where} are damaged: ${found}. Restore another checkpoint, or this one from a download.`,
      {
        details: { key: file.key, offset: from, byteLength: expected },
      },
    );
  };
  if (bytes === undefined) refuse('they are missing');
  else if (bytes.byteLength !== expected) refuse(`only ${bytes.byteLength} of ${expected} are there`);
  else if (crc32c(bytes) !== file.blockCrcs[index]) refuse(`their CRC-32C is not the saved one (${file.blockCrcs[index]?.toString(16)})`);
}

/** The checksum of everything in a step's row that never changes. */
export function stepChecksum(row: Omit<StepRow, 'checksum'>): number {
  const { id, runId, step, kind, savedAt, metrics, files, place } = row;
  const metricList = Object.keys(metrics)
    .sort()
    .map((key) => [key, String(metrics[key])]);
  const placeList = place.in === 'files' ? ['files'] : place.parts.map(({ slot, byteLength }) => [slot, byteLength]);
  return crc32c(encodeUtf8(JSON.stringify([id, runId, step, kind, savedAt, metricList, contentChecksum(files), placeList])));
}

/** Throws a CorruptFileError when the row of a step is not what was saved. */
export function checkStepRow(row: StepRow): void {
  if (stepChecksum(row) === row.checksum) return;
  throw new LinnetError(
    'CorruptFileError',
    `The catalogue entry of step ${row.step} is damaged: its checksum is not the saved one. Restore another checkpoint.`,
  );
}
