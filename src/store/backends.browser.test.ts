import { describe, expect, it } from 'vitest';
import { bytesEqual, type ErrorKind, LinnetError } from '#linnet/core';
import { blobSource } from './blob';
import { pieces } from './byteSource';
import { directoryHandleStore } from './directoryHandle';
import { type DroppedEntry, droppedFiles, fileListStore } from './fileList';
import { indexedDbStore } from './indexedDb';
import { webLocks } from './locks';
import { opfsDirectory, opfsStore } from './opfs';
import { storageState } from './quota';
import { folderPermission, SavedHandles } from './savedHandles';
import type { ByteSource, WritableStore } from './store';
import { contractFiles, patterned, readContract, writeContract } from './testing/contract';
import { locksContract } from './testing/locksContract';
import type { StoreCall } from './testing/opfsContract.worker';

const fresh = () => `contract-${crypto.randomUUID()}`;

writeContract('opfs on the main thread', async () => opfsStore(`${fresh()}/deep`));
writeContract('indexedDb', async () => indexedDbStore(fresh()));
writeContract('a folder handle', async () => directoryHandleStore(await opfsDirectory([fresh()])));

const worker = new Worker(new URL('./testing/opfsContract.worker.ts', import.meta.url), { type: 'module' });
let calls = 0;

function callWorker(folder: string, method: StoreCall['method'], args: readonly unknown[]): Promise<unknown> {
  const id = ++calls;
  return new Promise((resolve, reject) => {
    const onMessage = ({ data }: MessageEvent<{ id: number; value?: unknown; kind?: ErrorKind; message?: string }>) => {
      if (data.id !== id) return;
      worker.removeEventListener('message', onMessage);
      if (data.kind === undefined) resolve(data.value);
      else reject(new LinnetError(data.kind, data.message ?? ''));
    };
    worker.addEventListener('message', onMessage);
    worker.postMessage({ id, folder, method, args } satisfies StoreCall);
  });
}

async function postable(data: ByteSource): Promise<[Uint8Array[], boolean]> {
  const parts: Uint8Array[] = [];
  try {
    for await (const piece of pieces(data)) parts.push(piece.slice());
    return [parts, false];
  } catch {
    return [parts, true];
  }
}

function opfsInWorker(folder: string): WritableStore {
  const call = <T>(method: StoreCall['method'], ...args: unknown[]) => callWorker(folder, method, args) as Promise<T>;
  return {
    name: `opfs:/${folder}`,
    read: (key, range) => call('read', key, range),
    byteLength: (key) => call('byteLength', key),
    list: (prefix) => call('list', prefix),
    write: async (key, data) => call('write', key, ...(await postable(data))),
    delete: (key) => call('delete', key),
    deletePrefix: (prefix) => call('deletePrefix', prefix),
  };
}

writeContract('opfs in a worker', async () => opfsInWorker(fresh()));

describe('opfs', () => {
  it('uses sync access handles in a worker', async () => {
    expect(await callWorker('', 'hasSyncAccess', [])).toBe(true);
  });

  it('shows a worker what the main thread wrote, and the other way round', async () => {
    const folder = fresh();
    await opfsStore(folder).write('a/b', patterned(5000));
    expect(await opfsInWorker(folder).read('a/b')).toEqual(patterned(5000));
    await opfsInWorker(folder).write('a/b', patterned(10));
    expect(await opfsStore(folder).read('a/b')).toEqual(patterned(10));
  });

  it('reads large stretches of one file side by side in a worker, and lets go of it for the next write', async () => {
    const [store, size] = [opfsInWorker(fresh()), 3_000_000];
    const whole = patterned(size);
    await store.write('a/b', whole);
    const stretches = [0, 1, 700_000, 1_500_000].map((offset) => ({ offset, length: 1_400_000 }));
    const read = await Promise.all(stretches.map((range) => store.read('a/b', range)));
    stretches.forEach(({ offset, length }, i) => {
      expect(bytesEqual(read[i]!, whole.subarray(offset, offset + length))).toBe(true);
    });
    await expect(store.read('a/b', { offset: 2_000_000, length: 1_400_000 })).rejects.toMatchObject({ kind: 'CorruptFileError' });
    expect(await store.read('a/c', { offset: 0, length: 1_400_000 })).toBeUndefined();
    await store.write('a/b', patterned(10));
    expect(await store.read('a/b')).toEqual(patterned(10));
  });

  it('replaces and removes a file that is being read, a moment later', async () => {
    const store = opfsInWorker(fresh());
    const range = { offset: 0, length: 1_100_000 };
    await store.write('a/b', patterned(1_200_000));
    const rounds = Array.from({ length: 6 }, async () => {
      const [first] = await Promise.all([store.read('a/b', range), store.write('a/b', patterned(1_200_000)), store.read('a/b', range)]);
      expect(first?.length).toBe(range.length);
    });
    await Promise.all(rounds);
    await Promise.all([store.read('a/b', range).catch(() => undefined), store.deletePrefix('a/')]);
    expect(await store.list()).toEqual([]);
  });

  it('neither lists nor reads what a crash left unfinished', async () => {
    const folder = fresh();
    await opfsStore(folder).write('kept', patterned(3));
    await (await opfsDirectory([folder])).getFileHandle('kept.crswap', { create: true });
    expect(await opfsStore(folder).list()).toEqual([{ key: 'kept', byteLength: 3 }]);
    await expect(opfsStore(folder).read('kept.crswap')).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
  });

  it('says so when a folder is in the way of a file', async () => {
    const store = opfsStore(fresh());
    await store.write('a/b', patterned(1));
    await expect(store.write('a', patterned(1))).rejects.toMatchObject({ kind: 'StorageError' });
    await expect(store.write('a/b/c', patterned(1))).rejects.toMatchObject({ kind: 'StorageError' });
  });
});

readContract('a file list', async () =>
  fileListStore(Array.from(contractFiles(), ([path, value]) => ({ path, file: new File([value as Uint8Array<ArrayBuffer>], 'x') }))),
);

readContract('a dropped folder', async () => {
  const names = [...contractFiles()];
  const at = (path: string): DroppedEntry => {
    const value = contractFiles().get(path);
    const name = path.split('/').at(-1) as string;
    if (value)
      return { isFile: true, isDirectory: false, name, file: (resolve) => resolve(new File([value as Uint8Array<ArrayBuffer>], name)) };
    const below = names.filter(([key]) => key.startsWith(`${path}/`)).map(([key]) => key.slice(path.length + 1).split('/')[0] as string);
    const batches = [...new Set(below)].map((child) => [at(`${path}/${child}`)]);
    return { isFile: false, isDirectory: true, name, createReader: () => ({ readEntries: (resolve) => resolve(batches.shift() ?? []) }) };
  };
  return fileListStore(await droppedFiles([...new Set(names.map(([key]) => key.split('/')[0] as string))].map(at)));
});

describe('indexedDbStore', () => {
  it('keeps out of the databases of Linnet itself', () => {
    for (const name of ['linnet-library', 'linnet-folders']) expect(() => indexedDbStore(name)).toThrow(/belongs to Linnet/);
  });
});

describe('fileListStore', () => {
  it('refuses two files of one name', () => {
    expect(() => fileListStore([new File([], 'a'), new File([], 'a')])).toThrow(/two files named "a"/);
  });
});

describe('blobSource', () => {
  it('reads any part, and refuses to read past the end', async () => {
    const source = blobSource(new File([patterned(100) as Uint8Array<ArrayBuffer>], 'c.zip'));
    expect([source.name, source.byteLength]).toEqual(['c.zip', 100]);
    expect(await source.read(10, 5)).toEqual(patterned(100).slice(10, 15));
    await expect(source.read(99, 2)).rejects.toMatchObject({ kind: 'CorruptFileError' });
  });
});

locksContract('webLocks', async () => {
  const scope = fresh();
  const locks = webLocks(navigator.locks);
  return {
    run: (name, work, signal) => locks.run(scope + name, work, signal),
    tryHold: async (name) => {
      const held = await locks.tryHold(scope + name);
      return held && { ...held, name, [Symbol.dispose]: held.release };
    },
    whenFree: (name) => locks.whenFree(scope + name),
  };
});

describe('SavedHandles', () => {
  it('keeps folders across visits, and forgets them', async () => {
    const folder = await opfsDirectory([fresh()]);
    await directoryHandleStore(folder).write('a', patterned(10));
    const name = fresh();
    await new SavedHandles(name).save('mine', folder);
    const [kept] = await new SavedHandles(name).list();
    expect(kept?.name).toBe('mine');
    expect(await folderPermission(kept?.handle as FileSystemDirectoryHandle)).toBe('granted');
    expect(await directoryHandleStore(kept?.handle as FileSystemDirectoryHandle).list()).toEqual([{ key: 'a', byteLength: 10 }]);
    await new SavedHandles(name).forget('mine');
    expect(await new SavedHandles(name).list()).toEqual([]);
  });
});

describe('storageState', () => {
  it('says what is used and whether it is kept', async () => {
    const state = await storageState();
    expect(state.quotaBytes).toBeGreaterThan(0);
    expect(typeof state.persisted).toBe('boolean');
  });
});
