import type { ByteRange, ByteSource, ReadableStore, StoreEntry, WritableStore } from './store';
import { isWritable } from './store';

class PrefixedStore implements ReadableStore {
  readonly name: string;
  readonly readsAreCopies: boolean | undefined;
  protected readonly prefix: string;
  readonly #inner: ReadableStore;

  constructor(inner: ReadableStore, prefix: string) {
    this.#inner = inner;
    this.readsAreCopies = inner.readsAreCopies;
    this.prefix = prefix;
    this.name = `${inner.name}${inner.name.endsWith('/') ? '' : '/'}${prefix.replace(/\/$/, '')}`;
  }

  read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    return this.#inner.read(this.prefix + key, range);
  }

  byteLength(key: string): Promise<number | undefined> {
    return this.#inner.byteLength(this.prefix + key);
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    const entries = await this.#inner.list(this.prefix + prefix);
    return entries.map(({ key, byteLength }) => ({ key: key.slice(this.prefix.length), byteLength }));
  }
}

class WritablePrefixedStore extends PrefixedStore implements WritableStore {
  readonly keepsPieces: boolean | undefined;
  readonly #inner: WritableStore;

  constructor(inner: WritableStore, prefix: string) {
    super(inner, prefix);
    this.keepsPieces = inner.keepsPieces;
    this.#inner = inner;
  }

  write(key: string, data: ByteSource): Promise<void> {
    return this.#inner.write(this.prefix + key, data);
  }

  delete(key: string): Promise<void> {
    return this.#inner.delete(this.prefix + key);
  }

  deletePrefix(prefix: string): Promise<void> {
    return this.#inner.deletePrefix(this.prefix + prefix);
  }
}

/**
 * The part of `store` whose keys start with `prefix`, seen without it: `prefixed(store, 'run/3/')` has the key `model/_METADATA`
 * for `run/3/model/_METADATA`. Writable when `store` is. The prefix is plain text; end it with `/` to mean a folder.
 */
export function prefixed(store: WritableStore, prefix: string): WritableStore;
export function prefixed(store: ReadableStore, prefix: string): ReadableStore;
export function prefixed(store: ReadableStore, prefix: string): ReadableStore {
  if (prefix === '') return store;
  return isWritable(store) ? new WritablePrefixedStore(store, prefix) : new PrefixedStore(store, prefix);
}

/** `store` without its ways to change it. */
export function readOnly(store: ReadableStore): ReadableStore {
  return {
    name: store.name,
    read: (key, range) => store.read(key, range),
    byteLength: (key) => store.byteLength(key),
    list: (prefix) => store.list(prefix),
  };
}
