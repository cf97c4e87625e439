import { pieces } from './byteSource';
import type { ByteSource, ReadableStore, WritableStore } from './store';
import { isWritable } from './store';

/** How often each operation of a store was called, and how many bytes went each way. */
export interface StoreCounts {
  reads: number;
  byteLengths: number;
  lists: number;
  writes: number;
  deletes: number;
  bytesRead: number;
  bytesWritten: number;
}

/** `store` with a running count of what is asked of it. */
export function counting(store: WritableStore): { store: WritableStore; counts: StoreCounts };
export function counting(store: ReadableStore): { store: ReadableStore; counts: StoreCounts };
export function counting(inner: ReadableStore): { store: ReadableStore; counts: StoreCounts } {
  const counts: StoreCounts = { reads: 0, byteLengths: 0, lists: 0, writes: 0, deletes: 0, bytesRead: 0, bytesWritten: 0 };
  const reading: ReadableStore = {
    name: inner.name,
    readsAreCopies: inner.readsAreCopies,
    read: async (key, range) => {
      counts.reads++;
      const value = await inner.read(key, range);
      counts.bytesRead += value?.byteLength ?? 0;
      return value;
    },
    byteLength: (key) => {
      counts.byteLengths++;
      return inner.byteLength(key);
    },
    list: (prefix) => {
      counts.lists++;
      return inner.list(prefix);
    },
  };
  return { store: isWritable(inner) ? countingWrites(reading, inner, counts) : reading, counts };
}

function countingWrites(reading: ReadableStore, inner: WritableStore, counts: StoreCounts): WritableStore {
  async function* counted(data: ByteSource) {
    for await (const piece of pieces(data)) {
      counts.bytesWritten += piece.byteLength;
      yield piece;
    }
  }
  return {
    ...reading,
    write: (key, data) => {
      counts.writes++;
      return inner.write(key, counted(data));
    },
    delete: (key) => {
      counts.deletes++;
      return inner.delete(key);
    },
    deletePrefix: (prefix) => {
      counts.deletes++;
      return inner.deletePrefix(prefix);
    },
  };
}
