import { concatBytes } from '#linnet/core';
import { holdBytes } from './byteSource';
import type { HeldBytes } from './heldBytes';
import { compareKeys } from './keys';
import { resolveRange } from './range';
import type { ByteRange, ByteSource, StoreEntry, WritableStore } from './store';

/**
 * Files in memory on their way to somewhere else: what is written is held as it is, not copied, so it must not change until the files are
 * where they are to go.
 */
export class GatheringStore implements WritableStore {
  readonly name: string;
  readonly keepsPieces = true;
  readonly readsAreCopies = true;
  readonly #files = new Map<string, HeldBytes>();

  constructor(name: string) {
    this.name = name;
  }

  /** The files whose keys start with `prefix`, by what follows it, in order of their keys. */
  files(prefix = ''): Map<string, HeldBytes> {
    const keys = [...this.#files.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    return new Map(keys.map((key) => [key.slice(prefix.length), this.#files.get(key)!]));
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const file = this.#files.get(key);
    if (file === undefined) return undefined;
    const { start, end } = resolveRange(range, file.byteLength, key, this.name);
    return concatBytes(file.views(start, end));
  }

  async byteLength(key: string): Promise<number | undefined> {
    return this.#files.get(key)?.byteLength;
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    return [...this.files(prefix)].map(([rest, { byteLength }]) => ({ key: prefix + rest, byteLength }));
  }

  async write(key: string, data: ByteSource): Promise<void> {
    this.#files.set(key, await holdBytes(data));
  }

  async delete(key: string): Promise<void> {
    this.#files.delete(key);
  }

  async deletePrefix(prefix: string): Promise<void> {
    for (const key of this.#files.keys()) if (key.startsWith(prefix)) this.#files.delete(key);
  }
}
