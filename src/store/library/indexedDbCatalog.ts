import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from 'idb';
import { concatBytes } from '#linnet/core';
import { collectBlob } from '../byteSource';
import { HeldBytes } from '../heldBytes';
import { prefixRange } from '../indexedDb';
import { errorName } from '../platformError';
import type { CatalogBackend, Operation, Selector, Transaction } from './catalogBackend';
import { newerLibrary } from './newerLibrary';
import type { BinRow, MetaRow, RunRow, SlotRow, StepRow, TableName } from './rows';

/** Files above this size are stored as Blobs, which can be read in part. */
const INLINE_BYTES = 1024 * 1024;
const TABLES = ['meta', 'runs', 'steps', 'bin', 'slots', 'files'] as const;
/** Version of the table layout; the format of rows has its own in the meta row. */
const LAYOUT_VERSION = 1;
/** Pauses between attempts to open the database, ms. */
const PAUSES_MS = [100, 400, 1500];
/** Errors that another attempt does not change. */
const FINAL = new Set(['VersionError', 'SecurityError', 'QuotaExceededError']);

interface Schema extends DBSchema {
  meta: { key: string; value: MetaRow };
  runs: { key: string; value: RunRow };
  steps: { key: string; value: StepRow };
  bin: { key: string; value: BinRow };
  slots: { key: string; value: SlotRow };
  files: { key: string; value: Uint8Array | Blob };
}

type Writable = IDBPObjectStore<Schema, (typeof TABLES)[number][], TableName, 'readwrite'>;

/** A change with its value as it is stored. */
type Prepared =
  | { readonly do: 'add' | 'put'; readonly table: TableName; readonly key: string; readonly value: unknown }
  | { readonly do: 'delete'; readonly table: TableName; readonly keys: string | IDBKeyRange };

function request(table: Writable, change: Prepared): Promise<unknown> {
  if (change.do === 'delete') return table.delete(change.keys);
  return change.do === 'add' ? table.add(change.value as never, change.key) : table.put(change.value as never, change.key);
}

/** Undoes a transaction; one that has ended already is left alone. */
function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch (cause) {
    if (errorName(cause) !== 'InvalidStateError') throw cause;
  }
}

/** A catalogue in the IndexedDB database `databaseName`. Every commit is one transaction with `durability: 'strict'`. */
export class IndexedDbCatalog implements CatalogBackend {
  readonly name: string;
  readonly #databaseName: string;
  #database: Promise<IDBPDatabase<Schema>> | undefined;
  /** Blobs of large files on their way to where blobs are kept. */
  readonly #expected = new WeakMap<HeldBytes, Promise<Blob>>();

  constructor(databaseName: string) {
    this.#databaseName = databaseName;
    this.name = `indexeddb:/${databaseName}`;
  }

  async read(selection: Parameters<CatalogBackend['read']>[0]) {
    const { runs, steps, bin, slots } = selection;
    const transaction = (await this.#open()).transaction(['meta', 'runs', 'steps', 'bin', 'slots']);
    const rows = async <T extends 'runs' | 'steps' | 'bin' | 'slots'>(
      table: T,
      selector: Selector | undefined,
    ): Promise<Schema[T]['value'][]> => {
      if (selector === undefined) return [];
      const store = transaction.objectStore(table);
      return 'key' in selector ? store.getAll(selector.key) : store.getAll(prefixRange(selector.prefix));
    };
    const [meta, runRows, stepRows, binRows, slotRows] = await Promise.all([
      transaction.objectStore('meta').get('library'),
      rows('runs', runs),
      rows('steps', steps),
      rows('bin', bin),
      rows('slots', slots),
    ]);
    return { meta, runs: runRows, steps: stepRows, bin: binRows, slots: slotRows };
  }

  async commit({ expected, meta, operations }: Transaction): Promise<boolean> {
    // Everything that takes time comes first: a transaction ends as soon as nothing is asked of it.
    const prepared: Prepared[] = [];
    for (const operation of operations) prepared.push(await this.#prepare(operation));
    const transaction = (await this.#open()).transaction([...TABLES], 'readwrite', { durability: 'strict' });
    const before = await transaction.objectStore('meta').get('library');
    if ((before?.generation ?? 0) !== expected) {
      await transaction.done;
      return false;
    }
    const requests: Promise<unknown>[] = [];
    try {
      requests.push(transaction.objectStore('meta').put(meta, 'library'));
      for (const one of prepared) requests.push(request(transaction.objectStore(one.table) as never, one));
      await Promise.all([...requests, transaction.done]);
    } catch (cause) {
      // A value that cannot be stored throws before it becomes a request, which alone would not undo the others.
      for (const made of requests) made.catch(() => undefined);
      abort(transaction);
      await transaction.done.catch(() => undefined);
      throw cause;
    }
    return true;
  }

  expect(bytes: HeldBytes): void {
    if (bytes.byteLength <= INLINE_BYTES || this.#expected.has(bytes)) return;
    const blob = collectBlob(bytes);
    // Whoever commits the bytes gets the error.
    blob.catch(() => undefined);
    this.#expected.set(bytes, blob);
  }

  async #prepare(operation: Operation): Promise<Prepared> {
    if (operation.do === 'deletePrefix')
      return { do: 'delete', table: operation.table, keys: prefixRange(operation.prefix) ?? IDBKeyRange.lowerBound('') };
    if (operation.do === 'delete') return { do: 'delete', table: operation.table, keys: operation.key };
    const { value } = operation;
    if (!(value instanceof HeldBytes)) return operation;
    this.expect(value);
    return { ...operation, value: (await this.#expected.get(value)) ?? concatBytes(value.pieces) };
  }

  async fileKeys(prefix: string): Promise<string[]> {
    return (await this.#open()).getAllKeys('files', prefixRange(prefix));
  }

  async readFile(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const value = await (await this.#open()).get('files', key);
    if (value instanceof Blob) {
      const isWhole = offset === 0 && length >= value.size;
      return new Uint8Array(await (isWhole ? value : value.slice(offset, offset + length)).arrayBuffer());
    }
    return value?.slice(offset, offset + length);
  }

  close(): void {
    this.#database?.then(
      (database) => database.close(),
      () => undefined,
    );
    this.#database = undefined;
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= this.#openPatiently().catch((cause) => {
      this.#database = undefined;
      throw errorName(cause) === 'VersionError' ? newerLibrary(this.name, cause) : cause;
    });
    return this.#database;
  }

  /** A database that another window or a browser on its way out still holds is there a moment later. */
  async #openPatiently(): Promise<IDBPDatabase<Schema>> {
    for (const pauseMs of PAUSES_MS) {
      try {
        return await this.#openOnce();
      } catch (cause) {
        if (FINAL.has(errorName(cause))) throw cause;
        await new Promise((done) => setTimeout(done, pauseMs));
      }
    }
    return this.#openOnce();
  }

  #openOnce(): Promise<IDBPDatabase<Schema>> {
    return openDB<Schema>(this.#databaseName, LAYOUT_VERSION, {
      upgrade: (database) => {
        for (const table of TABLES) database.createObjectStore(table);
      },
      // Another tab wants to delete or upgrade the database: let go, and open again at the next call.
      blocking: () => this.close(),
      terminated: () => this.close(),
    });
  }
}
