import type { LinnetError } from '#linnet/core';
import { toLinnetError } from '#linnet/core';
import type { HeldBytes } from '../heldBytes';
import type { Catalog } from './catalog';
import type { Operation, Snapshot } from './catalogBackend';
import type { Advance } from './commitMeter';
import { confirmFiles } from './placedBytes';
import { type FileRow, numberKey, type SlotPart, type SlotRow, totalBytes } from './rows';
import type { SlotBackend } from './slotBackend';
import { chooseSlots, newSlotSizes, type PoolLimits } from './slotSizes';
import { checkSlotHeaders, slotOwner, writeSlots } from './slotWriting';

const put = (value: SlotRow): Operation => ({ do: 'put', table: 'slots', key: value.id, value });

/** A slot is spare when no step's bytes are in it and it is not on its way out. */
const isFree = (row: SlotRow): boolean => row.owner === null && !row.leaving;

/** A step whose bytes have no place yet. */
export interface UnplacedStep {
  readonly id: string;
  readonly runId: string;
  readonly step: number;
  readonly files: readonly FileRow[];
}

/** What a save got from the pool: where its bytes are, and the rows that say so. */
export interface PooledBytes {
  readonly parts: readonly SlotPart[];
  readonly operations: readonly Operation[];
}

/**
 * The slot files of a library: which can be trusted, which take the next save, when to make more. A file's name is trusted when the
 * catalogue has it as old, or when this session has known it for a minute by the clock that never jumps.
 */
export class SlotPool {
  readonly backend: SlotBackend;
  readonly #limits: PoolLimits;
  readonly #monotonicMs: () => number;
  readonly #report: (problem: LinnetError) => void;
  /** When this session first saw each file. */
  readonly #seenMs = new Map<string, number>();
  /** Slots that failed in this session: an earlier write may still be on its way. */
  readonly #shunned = new Set<string>();
  #lastSaveBytes = 0;

  constructor(backend: SlotBackend, limits: PoolLimits, monotonicMs: () => number, report: (problem: LinnetError) => void) {
    this.backend = backend;
    this.#limits = limits;
    this.#monotonicMs = monotonicMs;
    this.#report = report;
  }

  /** Whether there are free slots for so many bytes, trusted or not. */
  couldTake(rows: readonly SlotRow[], byteLength: number): boolean {
    const free = rows.filter((row) => isFree(row) && !this.#shunned.has(row.id));
    return this.backend.writable && chooseSlots(free, byteLength, this.#limits) !== undefined;
  }

  /**
   * Puts the bytes of a step into trusted free slots and makes sure of them by opening every slot again. Undefined when there are not
   * enough slots, or when they fail (which is reported): use the catalogue then.
   */
  async store(
    rows: readonly SlotRow[],
    step: UnplacedStep,
    bytes: readonly HeldBytes[],
    advance: Advance = () => {},
  ): Promise<PooledBytes | undefined> {
    this.#lastSaveBytes = totalBytes(bytes);
    if (!this.backend.writable || rows.length === 0) return undefined;
    let chosen: SlotRow[] | undefined;
    try {
      chosen = chooseSlots(await this.#trusted(rows), this.#lastSaveBytes, this.#limits);
      if (chosen === undefined) return undefined;
      const owner = slotOwner(step);
      const parts = await writeSlots(this.backend, chosen, bytes, owner, advance);
      await checkSlotHeaders(this.backend, owner, parts);
      await confirmFiles({ slots: this.backend }, { ...step, place: { in: 'slots', parts } }, bytes, advance);
      return { parts, operations: chosen.map((row) => put({ ...row, old: true, owner: step.id })) };
    } catch (cause) {
      for (const row of chosen ?? []) this.#shunned.add(row.id);
      this.#report(toLinnetError(cause, 'StorageError'));
      return undefined;
    }
  }

  /** The changes that free the slots of steps that go. */
  static release(rows: readonly SlotRow[], stepIds: ReadonlySet<string>): Operation[] {
    return rows.filter((row) => row.owner !== null && stepIds.has(row.owner)).map((row) => put({ ...row, owner: null }));
  }

  /** Makes slots for the next saves, makes lost ones anew, gives back what is more than needed. Takes the catalogue as its owner holds the lock. */
  async maintain(catalog: Catalog): Promise<void> {
    if (!this.backend.writable) return;
    const sizes = await this.backend.sizes();
    const made = await catalog.change({ slots: { prefix: '' } }, (snapshot, generation) => this.#planUpkeep(snapshot, generation, sizes));
    for (const row of made) {
      await this.backend.create(row.id, row.byteLength);
      this.#seenMs.set(row.id, this.#monotonicMs());
    }
    await this.#removeLeaving(catalog);
  }

  #planUpkeep({ slots }: Snapshot, generation: number, sizes: ReadonlyMap<string, number>) {
    const free = slots.filter((row) => isFree(row) && !this.#shunned.has(row.id));
    const { kept, surplus, missing } = this.#budget(free, totalBytes(slots));
    const lost = kept.filter((row) => sizes.get(row.id) !== row.byteLength);
    const added = missing.map(
      (byteLength, i): SlotRow => ({ id: `slot-${numberKey(generation)}-${i}`, byteLength, old: false, owner: null }),
    );
    const operations: Operation[] = [
      // The name of a file made anew is young again, and the catalogue must say so first.
      ...lost.filter((row) => row.old).map((row) => put({ ...row, old: false })),
      ...added.map((value): Operation => ({ do: 'add', table: 'slots', key: value.id, value })),
      ...surplus.map((row) => put({ ...row, leaving: true })),
    ];
    return { operations, result: [...lost, ...added] };
  }

  /** Which free slots to keep for saves like the last one, which to give back, and the sizes of those to make. */
  #budget(free: readonly SlotRow[], poolBytes: number) {
    // A session that saved nothing large does not know what the next saves will need.
    if (this.#lastSaveBytes === 0) return { kept: free, surplus: [], missing: [] };
    const kept: SlotRow[] = [];
    const missing: number[] = [];
    let left = [...free];
    // Twice the spares may stay, so that saving and deleting in turn neither makes nor removes files.
    for (let save = 0; save < 2 * this.#limits.spareSaves && this.#lastSaveBytes > 0; save++) {
      const chosen = chooseSlots(left, this.#lastSaveBytes, this.#limits);
      if (chosen) {
        kept.push(...chosen);
        left = left.filter((row) => !chosen.includes(row));
      } else if (save < this.#limits.spareSaves) missing.push(...newSlotSizes(this.#lastSaveBytes, this.#limits));
    }
    let room = this.#limits.poolBytes - poolBytes;
    const affordable = missing.filter((byteLength) => {
      room -= byteLength;
      return room >= 0;
    });
    return { kept, surplus: left, missing: affordable };
  }

  async #removeLeaving(catalog: Catalog): Promise<void> {
    const leaving = (await catalog.look({ slots: { prefix: '' } })).slots.filter((row) => row.leaving);
    if (leaving.length === 0) return;
    for (const row of leaving) await this.backend.remove(row.id);
    await catalog.change({}, () => ({
      operations: leaving.map((row): Operation => ({ do: 'delete', table: 'slots', key: row.id })),
      result: undefined,
    }));
  }

  /** Free slots whose file is there and whose name is old. Files seen for the first time start to age now. */
  async #trusted(rows: readonly SlotRow[]): Promise<SlotRow[]> {
    const sizes = await this.backend.sizes();
    const now = this.#monotonicMs();
    for (const row of rows) {
      if (sizes.get(row.id) !== row.byteLength) this.#seenMs.delete(row.id);
      else if (!this.#seenMs.has(row.id)) this.#seenMs.set(row.id, now);
    }
    return rows.filter((row) => {
      const seen = this.#seenMs.get(row.id);
      return isFree(row) && !this.#shunned.has(row.id) && seen !== undefined && (row.old || now - seen >= this.#limits.oldAfterMs);
    });
  }
}
