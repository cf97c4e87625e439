import { openDB } from 'idb';

/** A place for one value of many megabytes, used as plainly as the platform allows: what everything else is compared with. */
export interface RawPlace {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The value in memory of its own, as every reader needs it. */
  read(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** One file of the origin private file system, made before, written in place and synced. */
export async function rawOpfs(byteLength: number): Promise<RawPlace & { readWarm(into: Uint8Array<ArrayBuffer>): void }> {
  const root = await navigator.storage.getDirectory();
  const access = await (await root.getFileHandle('raw', { create: true })).createSyncAccessHandle();
  access.truncate(byteLength);
  access.flush();
  return {
    async write(bytes) {
      access.write(bytes, { at: 0 });
      access.flush();
    },
    async read() {
      const bytes = new Uint8Array(byteLength);
      access.read(bytes, { at: 0 });
      return bytes;
    },
    /** Into memory that was used before: no program that keeps what it reads can, but it is the most the file gives. */
    readWarm: (into) => void access.read(into, { at: 0 }),
    async close() {
      access.close();
      await root.removeEntry('raw');
    },
  };
}

/** One Blob of a database, put by a transaction that is synced. */
export async function rawIndexedDb(): Promise<RawPlace> {
  const database = await openDB('bench-raw', 1, { upgrade: (fresh) => void fresh.createObjectStore('values') });
  return {
    async write(bytes) {
      const transaction = database.transaction('values', 'readwrite', { durability: 'strict' });
      await Promise.all([transaction.store.put(new Blob([bytes]), 'a'), transaction.done]);
    },
    read: async () => new Uint8Array(await ((await database.get('values', 'a')) as Blob).arrayBuffer()),
    async close() {
      await database.delete('values', 'a');
      database.close();
    },
  };
}
