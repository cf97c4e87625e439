import { bytesEqual, LinnetError } from '#linnet/core';
import { breathe } from '../breathe';
import type { HeldBytes } from '../heldBytes';
import { BlockCache } from './blockCache';
import type { CatalogBackend } from './catalogBackend';
import { BLOCK_BYTES, blockLength, checkBlock } from './checksums';
import type { Advance } from './commitMeter';
import { type FileRow, fileRowKey, type Place } from './rows';
import type { SlotBackend } from './slotBackend';
import { type SlotBytes, withSlotBytes } from './slotReading';

/** Where bytes can be. */
export interface Places {
  /** Not needed for bytes in slots. */
  readonly catalog?: Pick<CatalogBackend, 'readFile'>;
  readonly slots: SlotBackend;
}

/** As much of a step's row as reading its bytes needs. */
export interface PlacedFiles {
  readonly id: string;
  readonly files: readonly FileRow[];
  readonly place: Place;
}

/** One file of a step, where its bytes are. */
interface PlacedFile {
  readonly file: FileRow;
  /** How many blocks are read together where only a part of them is wanted. */
  readonly unitBlocks: number;
  /** How many blocks one call should read at most; a multiple of the above. */
  readonly blocksAtOnce: number;
  /** Bytes `offset` to `offset + length`; fewer when some are missing. With `into`, which is that long, they may come in its memory. */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array | undefined>;
}

/** A call to the catalogue goes through another process, which is quickest with much at once. */
const CATALOG_BLOCKS = { unitBlocks: 8, blocksAtOnce: 64 } as const;

/** Where a file begins among all files of its step. */
function startOf(file: FileRow, files: readonly FileRow[]): number {
  let start = 0;
  for (const other of files) {
    if (other === file) break;
    start += other.byteLength;
  }
  return start;
}

/** A slot is read by this thread itself: block by block, so that each is checked while the processor still has it at hand. */
function inSlots(file: FileRow, start: number, bytes: SlotBytes): PlacedFile {
  const read = async (offset: number, length: number, into = new Uint8Array(length)) =>
    into.subarray(0, await bytes.read(start + offset, into));
  return { file, unitBlocks: 1, blocksAtOnce: 1, read };
}

/** Runs `work` on the bytes of `file`. */
function opened<T>({ catalog, slots }: Places, row: PlacedFiles, file: FileRow, work: (placed: PlacedFile) => Promise<T>): Promise<T> {
  if (row.place.in === 'slots')
    return withSlotBytes(slots, row.place.parts, (bytes) => work(inSlots(file, startOf(file, row.files), bytes)));
  const read = async (offset: number, length: number) => catalog?.readFile(fileRowKey(row.id, file.key), offset, length);
  return work({ file, ...CATALOG_BLOCKS, read });
}

/** Blocks `first` to before `last`, each checked; they may come in the memory of `into`. */
async function readBlocks({ file, read }: PlacedFile, first: number, last: number, into?: Uint8Array): Promise<Uint8Array> {
  const bytes = await read(first * BLOCK_BYTES, (last - 1 - first) * BLOCK_BYTES + blockLength(file, last - 1), into);
  for (let i = first; i < last; i++) {
    const at = (i - first) * BLOCK_BYTES;
    await breathe(at);
    checkBlock(file, i, bytes?.subarray(at, at + blockLength(file, i)));
  }
  return bytes as Uint8Array;
}

/** Bytes `start` to `end` of a file: whole units straight into their place, those at the ends by way of `cache`. */
async function readStretch(placed: PlacedFile, start: number, end: number, cache: BlockCache): Promise<Uint8Array> {
  const { file, unitBlocks, blocksAtOnce } = placed;
  const blockCount = Math.ceil(file.byteLength / BLOCK_BYTES);
  const startOfBlock = (block: number) => Math.min(block * BLOCK_BYTES, file.byteLength);
  const unitAt = (at: number) => Math.floor(at / (unitBlocks * BLOCK_BYTES)) * unitBlocks;
  const first = unitAt(start);
  const last = end === file.byteLength ? blockCount : unitAt(end);
  // What one call gives is the result itself: memory is dearer than a read.
  if (start === startOfBlock(first) && end === startOfBlock(last) && first < last && last - first <= blocksAtOnce)
    return readBlocks(placed, first, last);
  const result = new Uint8Array(end - start);
  for (let block = first, stop = first; startOfBlock(block) < end; block = stop) {
    const from = block * BLOCK_BYTES;
    await breathe(from);
    const isWhole = from >= start && block < last;
    stop = Math.min(isWhole ? Math.min(last, block + blocksAtOnce) : block + unitBlocks, blockCount);
    const into = result.subarray(Math.max(from - start, 0), startOfBlock(stop) - start);
    if (isWhole) {
      const bytes = await readBlocks(placed, block, stop, into);
      if (bytes.buffer !== into.buffer) into.set(bytes);
    } else {
      const [at, to] = [block, stop];
      const bytes = await cache.get(file, at, startOfBlock(to) - from, () => readBlocks(placed, at, to));
      into.set(bytes.subarray(Math.max(start - from, 0), end - from));
    }
  }
  return result;
}

/**
 * Bytes `start` to `end` of a file of a step, checked against the checksums of every block they touch, in memory of their own. `cache`
 * belongs to the step.
 */
export function readChecked(
  places: Places,
  row: PlacedFiles,
  file: FileRow,
  start: number,
  end: number,
  cache = new BlockCache(),
): Promise<Uint8Array> {
  return opened(places, row, file, (placed) => readStretch(placed, start, end, cache));
}

/**
 * Reads every byte of every file back and throws a CorruptFileError at the first that is not what was given: cheaper than summing it up
 * again, and surer. `contents` are the bytes of the files, in their order.
 */
export async function confirmFiles(
  places: Places,
  row: PlacedFiles,
  contents: readonly HeldBytes[],
  advance: Advance = () => {},
): Promise<void> {
  for (const [i, file] of row.files.entries())
    await opened(places, row, file, (placed) => confirmFile(placed, contents[i] as HeldBytes, advance));
}

async function confirmFile({ file, blocksAtOnce, read }: PlacedFile, content: HeldBytes, advance: Advance): Promise<void> {
  const memory = blocksAtOnce === 1 ? new Uint8Array(Math.min(BLOCK_BYTES, file.byteLength)) : undefined;
  const scratch = new Uint8Array(Math.min(BLOCK_BYTES, file.byteLength));
  for (let from = 0; from < file.byteLength; from += blocksAtOnce * BLOCK_BYTES) {
    const to = Math.min(from + blocksAtOnce * BLOCK_BYTES, file.byteLength);
    // What is left of the block before must not pass for this one.
    memory?.fill(~(content.joined(from, from + 1, scratch)[0] as number));
    const found = await read(from, to - from, memory?.subarray(0, to - from));
    for (let at = from; at < to; at += BLOCK_BYTES) {
      const expected = content.joined(at, Math.min(at + BLOCK_BYTES, to), scratch);
      const length = expected.byteLength;
      if (found === undefined || !bytesEqual(found.subarray(at - from, at - from + length), expected))
        throw readsDifferently(file, at, length);
      advance(length);
      await breathe(at + length);
    }
  }
}

const readsDifferently = ({ key }: FileRow, offset: number, byteLength: number): LinnetError =>
  new LinnetError(
    'CorruptFileError',
    `Bytes ${offset} to ${offset + byteLength} of ${JSON.stringify(key)} were written, but read differently. The disk may be failing, or the site's data was just cleared.`,
    { details: { key, offset, byteLength } },
  );
