import { collectBytes } from './byteSource';
import { compareKeys } from './keys';
import { resolveRange } from './range';
import type { ByteRange, ByteSource, StoreEntry, WritableStore } from './store';

/** A store that lives as long as the object. Any string is a key. Reads and writes copy, so nobody can change what is stored. */
export class MemoryStore implements WritableStore {
  readonly name: string;
  readonly readsAreCopies = true;
  readonly #values = new Map<string, Uint8Array>();

  constructor(name: string) {
    this.name = name;
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    const { start, end } = resolveRange(range, value.byteLength, key, this.name);
    return value.slice(start, end);
  }

  async byteLength(key: string): Promise<number | undefined> {
    return this.#values.get(key)?.byteLength;
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    const keys = [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    return keys.map((key) => ({ key, byteLength: this.#values.get(key)?.byteLength ?? 0 }));
  }

  async write(key: string, data: ByteSource): Promise<void> {
    this.#values.set(key, await collectBytes(data));
  }

  async delete(key: string): Promise<void> {
    this.#values.delete(key);
  }

  async deletePrefix(prefix: string): Promise<void> {
    for (const key of this.#values.keys()) if (key.startsWith(prefix)) this.#values.delete(key);
  }
}

/** A new, empty store in memory. */
export const memoryStore = (name = 'memory:/'): WritableStore => new MemoryStore(name);
