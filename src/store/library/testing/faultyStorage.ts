import type { CatalogBackend, Snapshot } from '../catalogBackend';
import type { SlotBackend, SlotReader, SlotWriter } from '../slotBackend';

/** What can go wrong with a storage call. */
export const FAULT_KINDS = ['quota', 'not found', 'no modification allowed', 'invalid state', 'unknown', 'short', 'hang', 'lie'] as const;

/** One of `FAULT_KINDS`. The first four throw and do nothing; `unknown` throws after the work was done; `short` does a part; `hang` never answers; `lie` says it did. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Which calls go wrong: the `at`-th, counted from 1, or with `onwards` that one and all later ones. */
export interface FaultPlan {
  readonly kind: FaultKind;
  readonly at: number;
  readonly onwards: boolean;
}

const THROWN: Partial<Record<FaultKind, string>> = {
  quota: 'QuotaExceededError',
  'not found': 'NotFoundError',
  'no modification allowed': 'NoModificationAllowedError',
  'invalid state': 'InvalidStateError',
};

/** How one call behaves under each fault that is not an exception of the platform. */
interface Behaviour<T> {
  readonly work: () => Promise<T>;
  readonly lie: () => T;
  readonly short: () => Promise<T>;
}

const EMPTY: Snapshot = { meta: undefined, runs: [], steps: [], bin: [], slots: [] };

const withoutLast = ({ meta, runs, steps, bin, slots }: Snapshot): Snapshot => ({
  meta,
  runs: runs.slice(0, -1),
  steps: steps.slice(0, -1),
  bin: bin.slice(0, -1),
  slots: slots.slice(0, -1),
});

/** Storage whose calls go wrong as planned. One count runs over both backends. */
export class FaultyStorage {
  calls = 0;
  readonly catalog: CatalogBackend;
  readonly slots: SlotBackend;
  readonly #plan: FaultPlan;

  constructor(catalog: CatalogBackend, slots: SlotBackend, plan: FaultPlan) {
    this.#plan = plan;
    this.catalog = this.#faultyCatalog(catalog);
    this.slots = this.#faultySlots(slots);
  }

  async #call<T>({ work, lie, short }: Behaviour<T>): Promise<T> {
    const { kind, at, onwards } = this.#plan;
    const call = ++this.calls;
    if (onwards ? call < at : call !== at) return work();
    const thrown = THROWN[kind];
    if (thrown !== undefined) throw new DOMException(`injected at call ${call}`, thrown);
    if (kind === 'lie') return lie();
    if (kind === 'short') return short();
    // A call that hangs may or may not have done its work.
    if (kind === 'unknown' || call % 2 === 0) await work();
    if (kind === 'unknown') throw new DOMException(`injected at call ${call}`, 'UnknownError');
    return new Promise(() => {});
  }

  #faultyCatalog(inner: CatalogBackend): CatalogBackend {
    return {
      name: inner.name,
      read: (selection) =>
        this.#call({ work: () => inner.read(selection), lie: () => EMPTY, short: async () => withoutLast(await inner.read(selection)) }),
      commit: (transaction) => this.#call({ work: () => inner.commit(transaction), lie: () => true, short: async () => false }),
      fileKeys: (prefix) =>
        this.#call({ work: () => inner.fileKeys(prefix), lie: () => [], short: async () => (await inner.fileKeys(prefix)).slice(1) }),
      readFile: (key, offset, length) =>
        this.#call({
          work: () => inner.readFile(key, offset, length),
          lie: () => undefined,
          short: async () => (await inner.readFile(key, offset, length))?.slice(0, -1),
        }),
      close: () => inner.close(),
    };
  }

  #faultySlots(inner: SlotBackend): SlotBackend {
    return {
      name: inner.name,
      writable: inner.writable,
      sizes: () =>
        this.#call({ work: () => inner.sizes(), lie: () => new Map(), short: async () => new Map([...(await inner.sizes())].slice(1)) }),
      create: (id, size) =>
        this.#call({ work: () => inner.create(id, size), lie: () => undefined, short: () => inner.create(id, size / 2) }),
      open: async (id) =>
        this.#faultyWriter(await this.#call({ work: () => inner.open(id), lie: () => this.#deafWriter(), short: () => inner.open(id) })),
      openToRead: async (id) => {
        const reader = await this.#call({ work: () => inner.openToRead(id), lie: () => undefined, short: () => inner.openToRead(id) });
        return reader && this.#faultyReader(reader);
      },
      remove: (id) => this.#call({ work: () => inner.remove(id), lie: () => undefined, short: async () => undefined }),
    };
  }

  #faultyWriter(inner: SlotWriter): SlotWriter {
    const nothing = () => undefined;
    return {
      write: (offset, bytes) =>
        this.#call({
          work: () => inner.write(offset, bytes),
          lie: nothing,
          short: () => inner.write(offset, bytes.subarray(0, bytes.byteLength >> 1)),
        }),
      flush: () => this.#call({ work: () => inner.flush(), lie: nothing, short: async () => undefined }),
      close: () => this.#call({ work: () => inner.close(), lie: nothing, short: async () => undefined }),
    };
  }

  #faultyReader(inner: SlotReader): SlotReader {
    return {
      read: (offset, into) =>
        this.#call({
          work: () => inner.read(offset, into),
          // What was in the memory before stays there.
          lie: () => into.byteLength,
          short: () => inner.read(offset, into.subarray(0, -1)),
        }),
      close: () => this.#call({ work: () => inner.close(), lie: () => undefined, short: async () => undefined }),
    };
  }

  #deafWriter(): SlotWriter {
    return { write: async () => {}, flush: async () => {}, close: async () => {} };
  }
}
