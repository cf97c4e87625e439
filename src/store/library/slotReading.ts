import type { SlotPart } from './rows';
import type { SlotBackend, SlotReader } from './slotBackend';
import { SLOT_PAYLOAD_OFFSET } from './slotHeader';

/** All files of a step one after another, read out of its slots. Each slot is opened once, by its name, when it is first needed. */
export class SlotBytes {
  readonly #slots: SlotBackend;
  readonly #parts: readonly SlotPart[];
  readonly #open = new Map<string, SlotReader>();

  constructor(slots: SlotBackend, parts: readonly SlotPart[]) {
    this.#slots = slots;
    this.#parts = parts;
  }

  /** Fills `into` with the bytes from `offset`; returns how many there are, fewer when some are missing. */
  async read(offset: number, into: Uint8Array): Promise<number> {
    let done = 0;
    let start = 0;
    for (const { slot, byteLength } of this.#parts) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + into.byteLength, start + byteLength);
      if (from < to) {
        const piece = into.subarray(done, done + to - from);
        const count = (await (await this.#reader(slot))?.read(SLOT_PAYLOAD_OFFSET + from - start, piece)) ?? 0;
        done += count;
        if (count !== piece.byteLength) break;
      }
      start += byteLength;
    }
    return done;
  }

  async close(): Promise<void> {
    for (const reader of this.#open.values()) await reader.close();
  }

  async #reader(slot: string): Promise<SlotReader | undefined> {
    const reader = this.#open.get(slot) ?? (await this.#slots.openToRead(slot));
    if (reader !== undefined) this.#open.set(slot, reader);
    return reader;
  }
}

/** Runs `work` on the bytes in `parts`, and lets go of their slots. */
export async function withSlotBytes<T>(slots: SlotBackend, parts: readonly SlotPart[], work: (bytes: SlotBytes) => Promise<T>): Promise<T> {
  const bytes = new SlotBytes(slots, parts);
  try {
    return await work(bytes);
  } finally {
    await bytes.close();
  }
}

/** Bytes `offset` to `offset + length` of one slot file, fewer at its end; undefined when there is no such file. */
export async function readSlot(slots: SlotBackend, id: string, offset: number, length: number): Promise<Uint8Array | undefined> {
  const reader = await slots.openToRead(id);
  if (reader === undefined) return undefined;
  try {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, await reader.read(offset, bytes));
  } finally {
    await reader.close();
  }
}
