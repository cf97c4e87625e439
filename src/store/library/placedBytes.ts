import { concatBytes } from '#linnet/core';
import type { CatalogBackend } from './catalogBackend';
import { BLOCK_BYTES, blockLength, checkBlock } from './checksums';
import { type FileRow, fileRowKey, type StepRow } from './rows';
import type { SlotBackend } from './slotBackend';
import { SLOT_PAYLOAD_OFFSET } from './slotHeader';

/** How much is fetched at a time. */
const BLOCKS_AT_ONCE = 8;

/** Where bytes can be. */
export interface Places {
  readonly catalog: CatalogBackend;
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
  return concatBytes(found);
}

function readPlaced(places: Places, row: StepRow, file: FileRow, offset: number, length: number): Promise<Uint8Array | undefined> {
  if (row.place.in === 'files') return places.catalog.readFile(fileRowKey(row.id, file.key), offset, length);
  let start = 0;
  for (const other of row.files) {
    if (other === file) break;
    start += other.byteLength;
  }
  return readSlots(places.slots, row.place.parts, start + offset, length);
}

/** Bytes `start` to `end` of a file of a step, checked against the checksums of every block they touch. */
export async function readChecked(places: Places, row: StepRow, file: FileRow, start: number, end: number): Promise<Uint8Array> {
  const result = new Uint8Array(end - start);
  if (end === start) return result;
  const lastBlock = Math.ceil(end / BLOCK_BYTES);
  for (let block = Math.floor(start / BLOCK_BYTES); block < lastBlock; block += BLOCKS_AT_ONCE) {
    const stop = Math.min(lastBlock, block + BLOCKS_AT_ONCE);
    const from = block * BLOCK_BYTES;
    const wanted = (stop - 1 - block) * BLOCK_BYTES + blockLength(file, stop - 1);
    const bytes = await readPlaced(places, row, file, from, wanted);
    for (let i = block; i < stop; i++) {
      const at = i * BLOCK_BYTES - from;
      checkBlock(file, i, bytes?.subarray(at, at + blockLength(file, i)));
    }
    const first = Math.max(start, from);
    const last = Math.min(end, from + wanted);
    result.set((bytes as Uint8Array).subarray(first - from, last - from), first - start);
  }
  return result;
}

/** A file of a step, whole. */
export const readWhole = (places: Places, row: StepRow, file: FileRow): Promise<Uint8Array> =>
  readChecked(places, row, file, 0, file.byteLength);
