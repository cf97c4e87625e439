import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { LinnetError } from '#linnet/core';
import { collectBlob } from './byteSource';
import { afterPrefix } from './keys';
import { attempting } from './platformError';
import { readBlob, resolveRange } from './range';
import type { ByteRange, ByteSource, StoreEntry, WritableStore } from './store';

/** Values above this size are stored as Blobs, which can be read in part. */
const INLINE_BYTES = 64 * 1024;

interface Schema extends DBSchema {
  values: { key: string; value: Uint8Array | Blob };
  byteLengths: { key: string; value: number };
}

/** The keys that start with `prefix`; null for all. */
export function prefixRange(prefix: string): IDBKeyRange | null {
  if (prefix === '') return null;
  const end = afterPrefix(prefix);
  return end === undefined ? IDBKeyRange.lowerBound(prefix) : IDBKeyRange.bound(prefix, end, false, true);
}

async function storedValue(data: ByteSource): Promise<Uint8Array | Blob> {
  if (data instanceof Uint8Array && data.byteLength <= INLINE_BYTES) return data.slice();
  const blob = await collectBlob(data);
  return blob.size > INLINE_BYTES ? blob : new Uint8Array(await blob.arrayBuffer());
}

class IndexedDbStore implements WritableStore {
  readonly name: string;
  readonly #databaseName: string;
  #database: Promise<IDBPDatabase<Schema>> | undefined;

  constructor(databaseName: string) {
    this.#databaseName = databaseName;
    this.name = `indexeddb:/${databaseName}`;
  }

  read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    return attempting(`Reading ${JSON.stringify(key)} from ${this.name}`, async () => {
      const value = await (await this.#open()).get('values', key);
      if (value === undefined || value instanceof Blob) return value && (await readBlob(value, range, key, this.name));
      const { start, end } = resolveRange(range, value.byteLength, key, this.name);
      return value.slice(start, end);
    });
  }

  byteLength(key: string): Promise<number | undefined> {
    return attempting(`Looking for ${JSON.stringify(key)} in ${this.name}`, async () => (await this.#open()).get('byteLengths', key));
  }

  list(prefix = ''): Promise<StoreEntry[]> {
    return attempting(`Listing ${this.name}`, async () => {
      const table = (await this.#open()).transaction('byteLengths').store;
      const range = prefixRange(prefix);
      const [keys, byteLengths] = await Promise.all([table.getAllKeys(range), table.getAll(range)]);
      return keys.map((key, i) => ({ key, byteLength: byteLengths[i] as number }));
    });
  }

  write(key: string, data: ByteSource): Promise<void> {
    return attempting(`Writing ${JSON.stringify(key)} to ${this.name}`, async () => {
      const value = await storedValue(data);
      const byteLength = value instanceof Blob ? value.size : value.byteLength;
      const transaction = await this.#writing();
      await Promise.all([
        transaction.objectStore('values').put(value, key),
        transaction.objectStore('byteLengths').put(byteLength, key),
        transaction.done,
      ]);
    });
  }

  delete(key: string): Promise<void> {
    return attempting(`Deleting ${JSON.stringify(key)} from ${this.name}`, () => this.#remove(IDBKeyRange.only(key)));
  }

  deletePrefix(prefix: string): Promise<void> {
    return attempting(`Deleting ${JSON.stringify(`${prefix}*`)} from ${this.name}`, () =>
      this.#remove(prefixRange(prefix) ?? IDBKeyRange.lowerBound('')),
    );
  }

  async #remove(range: IDBKeyRange): Promise<void> {
    const transaction = await this.#writing();
    await Promise.all([
      transaction.objectStore('values').delete(range),
      transaction.objectStore('byteLengths').delete(range),
      transaction.done,
    ]);
  }

  async #writing() {
    return (await this.#open()).transaction(['values', 'byteLengths'], 'readwrite', { durability: 'strict' });
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    const forget = () => {
      this.#database = undefined;
    };
    this.#database ??= openDB<Schema>(this.#databaseName, 1, {
      upgrade(database) {
        database.createObjectStore('values');
        database.createObjectStore('byteLengths');
      },
      // Another tab wants to delete or upgrade the database: let go, and open again at the next call.
      blocking: (_current, _blocked, event) => {
        forget();
        (event.target as IDBDatabase).close();
      },
      terminated: forget,
    }).catch((cause) => {
      forget();
      throw cause;
    });
    return this.#database;
  }
}

/** Databases of Linnet's own, of another make. */
const RESERVED_NAMES = ['linnet-library', 'linnet-folders'];

/**
 * Values in an IndexedDB database of its own. Any string is a key. Each write is one transaction with `durability: 'strict'`:
 * when it resolves, bytes and name are on disk together.
 */
export function indexedDbStore(databaseName = 'linnet-files'): WritableStore {
  if (RESERVED_NAMES.includes(databaseName))
    throw new LinnetError('InvalidArgumentError', `The database ${databaseName} belongs to Linnet itself; choose another name.`);
  return new IndexedDbStore(databaseName);
}
