import { ByteWriter, bytesEqual, crc32c, encodeUtf8 } from '#linnet/core';
import { whenFree } from '../fileWriter';
import type { Transaction } from './catalogBackend';
import type { CatalogMirror } from './catalogMirror';
import { decodeRecord, encodeRecord } from './journalRecord';
import { totalBytes } from './rows';
import type { SlotBackend, SlotWriter } from './slotBackend';
import { readSlot } from './slotReading';

const FILES = ['journal-0', 'journal-1'] as const;
/** Each of the two marks has a disk page for itself, so that a torn page harms one of them only. */
const PAGE_BYTES = 4096;
const RECORDS_AT = 2 * PAGE_BYTES;
const MARK_BYTES = 40;
/** Files grow by this much. */
const GROWTH_BYTES = 1024 * 1024;
/** A journal is made anew when this much more than its first record was added. */
const SLACK_BYTES = 4 * 1024 * 1024;

/** First mark: this file is a journal, made whole with `end` bytes. Second mark: it goes on to `end`. */
interface Mark {
  readonly epoch: number;
  readonly generation: number;
  readonly end: number;
}

const MAGICS = { made: encodeUtf8('LNTJRNL\n'), last: encodeUtf8('LNTLAST\n') };

function encodeMark(kind: keyof typeof MAGICS, { epoch, generation, end }: Mark): Uint8Array {
  const writer = new ByteWriter(MARK_BYTES);
  writer.bytes(MAGICS[kind]);
  for (const value of [epoch, generation, end]) writer.uint64(BigInt(value));
  writer.uint32(0);
  writer.uint32(crc32c(writer.finish()));
  return writer.finish();
}

function decodeMark(kind: keyof typeof MAGICS, bytes: Uint8Array): Mark | undefined {
  if (bytes.byteLength < MARK_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, MARK_BYTES);
  const isSound = view.getUint32(MARK_BYTES - 4, true) === crc32c(bytes.subarray(0, MARK_BYTES - 4));
  if (!isSound || !bytesEqual(bytes.subarray(0, 8), MAGICS[kind])) return undefined;
  const [epoch, generation, end] = [8, 16, 24].map((at) => Number(view.getBigUint64(at, true))) as [number, number, number];
  return { epoch, generation, end };
}

/** A journal that is whole: which file, and what its marks say. `last` is missing when a crash tore it. */
interface Found {
  readonly file: (typeof FILES)[number];
  readonly made: Mark;
  readonly last: Mark | undefined;
}

/** Where the next record goes. */
interface Tail extends Found {
  readonly last: Mark;
  readonly size: number;
}

/**
 * A mirror in two files of `backend` that take turns: one holds all transactions since it was made, the first of which is the whole
 * catalogue of that moment. It is written under the lock of commits only.
 */
export class CatalogJournal implements CatalogMirror {
  readonly writable: boolean;
  readonly #backend: SlotBackend;
  #tail: Tail | undefined;

  constructor(backend: SlotBackend) {
    this.#backend = backend;
    this.writable = backend.writable;
  }

  async generation(): Promise<number | undefined> {
    const found = await this.#find();
    if (found === undefined) return undefined;
    return found.last?.generation ?? (await this.load()).at(-1)?.meta.generation;
  }

  async load(): Promise<readonly Transaction[]> {
    const found = await this.#find();
    if (found === undefined) return [];
    const size = (await this.#backend.sizes()).get(found.file) ?? 0;
    const bytes = (await readSlot(this.#backend, found.file, 0, size)) ?? new Uint8Array(0);
    const transactions: Transaction[] = [];
    for (let at = RECORDS_AT; ; ) {
      const record = decodeRecord(bytes, at, found.made.epoch);
      if (record === undefined) return transactions;
      transactions.push(record.transaction);
      at = record.end;
    }
  }

  async append(transaction: Transaction): Promise<boolean> {
    const tail = this.#tail?.last.generation === transaction.expected ? this.#tail : await this.#findTail();
    this.#tail = undefined;
    if (tail?.last.generation !== transaction.expected) return false;
    const { file, made, last } = tail;
    if (last.end > 2 * made.end + SLACK_BYTES) return false;
    const record = encodeRecord(transaction, made.epoch);
    const end = last.end + totalBytes(record);
    const size = await this.#grow(file, end, tail.size);
    const next: Mark = { epoch: made.epoch, generation: transaction.meta.generation, end };
    await this.#write(file, async (writer) => {
      await writeAll(writer, record, last.end);
      // Only what is on disk is marked.
      await writer.flush();
      await writer.write(PAGE_BYTES, encodeMark('last', next));
      await writer.flush();
    });
    this.#tail = { file, made, last: next, size };
    return true;
  }

  async replace(whole: Transaction): Promise<void> {
    this.#tail = undefined;
    const before = await this.#find();
    const file = before?.file === FILES[0] ? FILES[1] : FILES[0];
    const epoch = (before?.made.epoch ?? 0) + 1;
    const record = encodeRecord(whole, epoch);
    const made: Mark = { epoch, generation: whole.meta.generation, end: RECORDS_AT + totalBytes(record) };
    const size = await this.#grow(file, made.end, 0);
    await this.#write(file, async (writer) => {
      await writer.write(0, new Uint8Array(RECORDS_AT));
      await writer.flush();
      await writeAll(writer, record, RECORDS_AT);
      await writer.write(PAGE_BYTES, encodeMark('last', made));
      await writer.flush();
      await writer.write(0, encodeMark('made', made));
      await writer.flush();
    });
    this.#tail = { file, made, last: made, size };
  }

  /** The newer of the two journals. */
  async #find(): Promise<Found | undefined> {
    let newest: Found | undefined;
    for (const file of FILES) {
      const bytes = await readSlot(this.#backend, file, 0, RECORDS_AT);
      const made = bytes && decodeMark('made', bytes);
      if (made === undefined || made.epoch < (newest?.made.epoch ?? 0)) continue;
      const last = decodeMark('last', bytes!.subarray(PAGE_BYTES));
      newest = { file, made, last: last?.epoch === made.epoch ? last : undefined };
    }
    return newest;
  }

  async #findTail(): Promise<Tail | undefined> {
    const found = await this.#find();
    if (found?.last === undefined) return undefined;
    return { ...found, last: found.last, size: (await this.#backend.sizes()).get(found.file) ?? 0 };
  }

  /** Makes room up to `end` in a file of `size` bytes; what it holds stays. Returns its size. */
  async #grow(file: string, end: number, size: number): Promise<number> {
    if (end <= size) return size;
    const grown = Math.ceil(end / GROWTH_BYTES) * GROWTH_BYTES;
    await whenFree(() => this.#backend.create(file, grown));
    return grown;
  }

  /** Somebody who looks what is there holds the file for a moment. */
  async #write(file: string, work: (writer: SlotWriter) => Promise<void>): Promise<void> {
    let writer: SlotWriter | undefined;
    await whenFree(async () => {
      writer = await this.#backend.open(file);
    });
    try {
      await work(writer!);
    } finally {
      await writer?.close();
    }
  }
}

async function writeAll(writer: SlotWriter, pieces: readonly Uint8Array[], start: number): Promise<void> {
  let at = start;
  for (const piece of pieces) {
    await writer.write(at, piece);
    at += piece.byteLength;
  }
}
