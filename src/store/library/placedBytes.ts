import { bytesEqual, concatBytes, LinnetError } from '#linnet/core';
import { breathe } from '../breathe';
import type { CatalogBackend } from './catalogBackend';
import { BLOCK_BYTES, blockLength, checkBlock } from './checksums';
import type { Advance } from './commitMeter';
import { type FileRow, fileRowKey, type Place } from './rows';
import type { SlotBackend } from './slotBackend';
import { SLOT_PAYLOAD_OFFSET } from './slotHeader';

/** How much is fetched at a time. */
const BLOCKS_AT_ONCE = 8;

/** Where bytes can be. */
export interface Places {
  /** Not needed for bytes in slots. */
  readonly catalog?: Pick<CatalogBackend, 'readFile'>;
  readonly slots: SlotBackend;
}

/** Bytes `offset` to `offset + length` of all files of a step one after another, out of its slots; fewer when some are missing. */
async function readSlots(
  slots: SlotBackend,
  parts: readonly { readonly slot: string; readonly byteLength: number }[],
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const found: Uint8Array[] = [];
  let start = 0;
  for (const part of parts) {
    const from = Math.max(offset, start);
    const to = Math.min(offset + length, start + part.byteLength);
    if (from < to) {
      const bytes = await slots.read(part.slot, SLOT_PAYLOAD_OFFSET + from - start, to - from);
      if (bytes === undefined || bytes.byteLength !== to - from) break;
      found.push(bytes);
    }
    start += part.byteLength;
  }
  return found.length === 1 ? (found[0] as Uint8Array) : concatBytes(found);
}

/** As much of a step's row as reading its bytes needs. */
export interface PlacedFiles {
  readonly id: string;
  readonly files: readonly FileRow[];
  readonly place: Place;
}

function readPlaced(
  places: Places,
  row: PlacedFiles,
  file: FileRow,
  offset: number,
  length: number,
): Promise<Uint8Array | undefined> | undefined {
  if (row.place.in === 'files') return places.catalog?.readFile(fileRowKey(row.id, file.key), offset, length);
  let start = 0;
  for (const other of row.files) {
    if (other === file) break;
    start += other.byteLength;
  }
  return readSlots(places.slots, row.place.parts, start + offset, length);
}

/** Pieces of whole blocks that cover bytes `start` to `end` of a file, each checked, and where each begins in the file. */
async function* checkedPieces(
  places: Places,
  row: PlacedFiles,
  file: FileRow,
  start: number,
  end: number,
): AsyncGenerator<{ bytes: Uint8Array; from: number }> {
  const lastBlock = start === end ? 0 : Math.ceil(end / BLOCK_BYTES);
  for (let block = Math.floor(start / BLOCK_BYTES); block < lastBlock; block += BLOCKS_AT_ONCE) {
    const stop = Math.min(lastBlock, block + BLOCKS_AT_ONCE);
    const from = block * BLOCK_BYTES;
    const bytes = await readPlaced(places, row, file, from, (stop - 1 - block) * BLOCK_BYTES + blockLength(file, stop - 1));
    for (let i = block; i < stop; i++) {
      await breathe((i - block) * BLOCK_BYTES);
      const at = i * BLOCK_BYTES - from;
      checkBlock(file, i, bytes?.subarray(at, at + blockLength(file, i)));
    }
    yield { bytes: bytes as Uint8Array, from };
  }
}

/** Bytes `start` to `end` of a file of a step, checked against the checksums of every block they touch. */
export async function readChecked(places: Places, row: PlacedFiles, file: FileRow, start: number, end: number): Promise<Uint8Array> {
  const result = new Uint8Array(end - start);
  for await (const { bytes, from } of checkedPieces(places, row, file, start, end)) {
    const first = Math.max(start, from);
    result.set(bytes.subarray(first - from, end - from), first - start);
  }
  return result;
}

/**
 * Reads every byte of every file back and throws a CorruptFileError at the first that is not what was given: cheaper than summing it up
 * again, and surer. `contents` are the bytes of the files, in their order. Holds a few megabytes at a time.
 */
export async function confirmFiles(
  places: Places,
  row: PlacedFiles,
  contents: readonly Uint8Array[],
  advance: Advance = () => {},
): Promise<void> {
  for (const [i, file] of row.files.entries()) {
    const content = contents[i] as Uint8Array;
    for (let from = 0; from < file.byteLength; from += BLOCKS_AT_ONCE * BLOCK_BYTES) {
      const expected = content.subarray(from, from + BLOCKS_AT_ONCE * BLOCK_BYTES);
      const found = await readPlaced(places, row, file, from, expected.byteLength);
      if (found === undefined || !bytesEqual(found, expected)) throw readsDifferently(file, from, expected.byteLength);
      advance(expected.byteLength);
      await breathe(from + expected.byteLength);
    }
  }
}

const readsDifferently = ({ key }: FileRow, offset: number, byteLength: number): LinnetError =>
  new LinnetError(
    'CorruptFileError',
    `Bytes ${offset} to ${offset + byteLength} of ${JSON.stringify(key)} were written, but read differently. The disk may be failing, or the site's data was just cleared.`,
    { details: { key, offset, byteLength } },
  );
