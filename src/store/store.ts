/** Part of a value: `length` bytes from `offset`, or the last `suffix` bytes. */
export type ByteRange = { readonly offset: number; readonly length: number } | { readonly suffix: number };

/** One key of a listing and the byte length of its value. */
export interface StoreEntry {
  readonly key: string;
  readonly byteLength: number;
}

/**
 * Keys to bytes. A key is `/`-separated, without a leading slash; stores treat its parts as opaque names.
 * A range that goes past the end is an error of the store; a missing key is `undefined`, never an error.
 */
export interface ReadableStore {
  /** What to call this store in messages: `opfs:/runs`, `checkpoint.zip`. */
  readonly name: string;
  /** Whether the bytes of a read are the reader's own, to be changed at will. Without it nobody may: they may be the store's, or another's. */
  readonly readsAreCopies?: boolean | undefined;
  /** The value of `key` or the part of it that `range` names; undefined when there is no such key. */
  read(key: string, range?: ByteRange): Promise<Uint8Array | undefined>;
  /** Byte length of the value of `key`; undefined when there is no such key. Reads no data. */
  byteLength(key: string): Promise<number | undefined>;
  /** Every key that starts with `prefix` (a plain string prefix), in order of UTF-16 code units, with its byte length. */
  list(prefix?: string): Promise<StoreEntry[]>;
}

/** Bytes in one piece, or in pieces as they are made: a writer that streams never holds the whole value. `HeldBytes` are all there. */
export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>;

/** A store that can change. Writing replaces the whole value; a reader sees the old value or the new one where the platform allows it. */
export interface WritableStore extends ReadableStore {
  /** Whether the store holds what is written as it is, in the writer's memory, instead of copying it: then the writer must not use that memory again. */
  readonly keepsPieces?: boolean | undefined;
  write(key: string, data: ByteSource): Promise<void>;
  /** Removes `key`; no error when it is not there. */
  delete(key: string): Promise<void>;
  /** Removes every key that starts with `prefix`. */
  deletePrefix(prefix: string): Promise<void>;
}

/** Whether `store` can be written. */
export function isWritable(store: ReadableStore): store is WritableStore {
  return 'write' in store;
}
