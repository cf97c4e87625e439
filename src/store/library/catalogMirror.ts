import { LinnetError } from '#linnet/core';
import { HeldBytes } from '../heldBytes';
import type { CatalogBackend, Operation, Transaction } from './catalogBackend';
import { within } from './deadline';
import { fileRowKey, type StepRow, stepRowKey, totalBytes } from './rows';

/**
 * A second copy of a catalogue, on other ground than the first. Browsers keep the IndexedDB databases of a site in one place, and delete
 * all of them when that place is damaged: Chromium does, two starts after it was killed in the middle of a write.
 */
export interface CatalogMirror {
  /** Whether this thread can write it. */
  readonly writable: boolean;
  /** Generation of the copy; undefined when there is none. */
  generation(): Promise<number | undefined>;
  /** Adds a transaction that follows on what is there. False, and nothing changed, when the copy has to be made anew. */
  append(transaction: Transaction): Promise<boolean>;
  /** Makes the copy anew: `whole` makes all of the catalogue out of nothing. */
  replace(whole: Transaction): Promise<void>;
  /** The transactions that make the copy out of nothing, as far as they are sound. Files that are not copied are not in them. */
  load(): Promise<readonly Transaction[]>;
}

const MIB = 1024 * 1024;
/** Steps up to this size are copied; larger ones are in the catalogue only until there are slots for them. */
const STEP_BYTES = 8 * MIB;
/** How many bytes of steps are copied, the newest ones. */
const COPIED_BYTES = 64 * MIB;

const all = { prefix: '' } as const;
const add = <T extends Operation>(operation: T): Operation => operation;

/** One transaction that makes the catalogue out of nothing, with the bytes that are copied. */
export async function wholeCatalog(backend: CatalogBackend): Promise<Transaction | undefined> {
  const { meta, runs, steps, bin, slots } = await backend.read({ runs: all, steps: all, bin: all, slots: all });
  if (meta === undefined) return undefined;
  const operations: Operation[] = [
    ...runs.map((value) => add({ do: 'add', table: 'runs', key: value.name, value })),
    ...steps.map((value) => add({ do: 'add', table: 'steps', key: stepRowKey(value.runId, value.step), value })),
    ...bin.map((value) => add({ do: 'add', table: 'bin', key: value.id, value })),
    ...slots.map((value) => add({ do: 'add', table: 'slots', key: value.id, value })),
  ];
  const binned = bin.flatMap((entry) => (entry.kind === 'step' ? [entry.step] : []));
  const newestFirst = [...steps, ...binned].sort((a, b) => (a.id < b.id ? 1 : -1));
  let room = COPIED_BYTES;
  for (const row of newestFirst) {
    const byteLength = totalBytes(row.files);
    if (row.place.in !== 'files' || byteLength > Math.min(room, STEP_BYTES)) continue;
    room -= byteLength;
    operations.push(...(await filesOf(backend, row)));
  }
  return { expected: 0, meta, operations };
}

async function filesOf(backend: CatalogBackend, row: StepRow): Promise<Operation[]> {
  const operations: Operation[] = [];
  for (const { key, byteLength } of row.files) {
    const rowKey = fileRowKey(row.id, key);
    const value = await backend.readFile(rowKey, 0, byteLength);
    if (value !== undefined) operations.push({ do: 'add', table: 'files', key: rowKey, value: new HeldBytes([value]) });
  }
  return operations;
}

/** How many bytes of files a transaction has. */
const copiedBytes = ({ operations }: Pick<Transaction, 'operations'>): number =>
  totalBytes(operations.flatMap((operation) => ('value' in operation && operation.value instanceof HeldBytes ? [operation.value] : [])));

/** `operations` without the bytes of large steps. */
const small = (operations: readonly Operation[]): readonly Operation[] =>
  copiedBytes({ operations }) <= STEP_BYTES ? operations : operations.filter(({ do: what, table }) => table !== 'files' || what !== 'add');

/** What a mirrored catalogue is told. */
export interface MirrorOptions {
  /** How long the mirror may take for one commit, ms. */
  readonly limitMs: number;
  readonly report: (problem: LinnetError) => void;
}

/**
 * `backend` with every commit in `mirror` too before it counts as done. A mirror that fails is reported and given up for this session:
 * what is committed is committed.
 */
export function mirroredCatalog(backend: CatalogBackend, mirror: CatalogMirror, { limitMs, report }: MirrorOptions): CatalogBackend {
  let works = true;
  const timely = <T>(byteLength: number, work: () => Promise<T>): Promise<T> =>
    within(limitMs, 'Writing the second copy of the catalogue', work, byteLength);
  const follow = async (transaction: Transaction): Promise<void> => {
    const followed = { ...transaction, operations: small(transaction.operations) };
    if (await timely(copiedBytes(followed), () => mirror.append(followed))) return;
    const known = (await timely(0, () => mirror.generation())) ?? 0;
    if (known > transaction.meta.generation) throw knowsMore(backend.name, known - transaction.meta.generation);
    const whole = await wholeCatalog(backend);
    if (whole !== undefined) await timely(copiedBytes(whole), () => mirror.replace(whole));
  };
  return {
    name: backend.name,
    read: (selection) => backend.read(selection),
    expect: (bytes) => backend.expect?.(bytes),
    fileKeys: (prefix) => backend.fileKeys(prefix),
    readFile: (key, offset, length) => backend.readFile(key, offset, length),
    close: () => backend.close(),
    async commit(transaction) {
      const done = await backend.commit(transaction);
      if (!done || !works) return done;
      try {
        await follow(transaction);
      } catch (cause) {
        works = false;
        report(cause as LinnetError);
      }
      return true;
    },
  };
}

const knowsMore = (name: string, changes: number): LinnetError =>
  new LinnetError(
    'StorageError',
    `The second copy of the catalogue in ${name} knows ${changes} changes that the catalogue has lost. It is left as it is. Download what is to be kept.`,
  );
