import { deleteDB, openDB } from 'idb';
import { afterEach, describe, expect, it } from 'vitest';
import { cdp } from 'vitest/browser';
import { type ErrorKind, LinnetError } from '#linnet/core';
import { directoryHandleStore } from '../directoryHandle';
import { LIBRARY_FOLDER, opfsDirectory, opfsStore } from '../opfs';
import { expectBytes, patterned } from '../testing/contract';
import type { Finding } from './integrity';
import { openLibrary } from './openLibrary';
import type { LibraryCall } from './testing/libraryCall';
import { libraryContract, stepFiles } from './testing/libraryContract';
import type { LibraryUsage } from './usage';

const fresh = () => `library-${crypto.randomUUID()}`;

libraryContract('the library of this browser, on the main thread', 9_000_000, () => openLibrary({ name: fresh() }));

type Asked<T> = T extends unknown ? Omit<T, 'id'> : never;
type Answer = {
  readonly id: number;
  readonly value?: unknown;
  readonly saved?: number;
  readonly kind?: ErrorKind;
  readonly message?: string;
};

/** A worker with a library in it. */
class LibraryWorker {
  readonly worker = new Worker(new URL('./testing/libraryTest.worker.ts', import.meta.url), { type: 'module' });
  /** Steps that the worker reported as saved. */
  readonly saved: number[] = [];
  #calls = 0;

  ask<T>(call: Asked<LibraryCall>): Promise<T> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      const onMessage = ({ data }: MessageEvent<Answer>) => {
        if (data.id !== id) return;
        if (data.saved !== undefined) return void this.saved.push(data.saved);
        this.worker.removeEventListener('message', onMessage);
        if (data.kind === undefined) resolve(data.value as T);
        else reject(new LinnetError(data.kind, data.message ?? ''));
      };
      this.worker.addEventListener('message', onMessage);
      this.worker.postMessage({ ...call, id });
    });
  }
}

const workers: LibraryWorker[] = [];

async function startWorker(name: string, oldAfterMs: number): Promise<LibraryWorker> {
  const one = new LibraryWorker();
  workers.push(one);
  await one.ask({ do: 'open', name, oldAfterMs });
  return one;
}

afterEach(() => {
  for (const { worker } of workers.splice(0)) worker.terminate();
});

const inSlots = ({ slots, freeSlots }: LibraryUsage) => slots - freeSlots;

describe('the library in a worker', () => {
  it('keeps large steps in slot files once those are old, which the page can read', async () => {
    const name = fresh();
    const worker = await startWorker(name, 0);
    for (const step of [1, 2, 3]) await worker.ask({ do: 'save', run: 'run', step, byteLength: 300_000 + step });
    const usage = await worker.ask<LibraryUsage>({ do: 'usage' });
    expect(inSlots(usage)).toBeGreaterThanOrEqual(2);
    expect(usage.fileRows).toBe(2);
    expect(await worker.ask({ do: 'scan' })).toEqual([]);

    const library = await openLibrary({ name });
    for (const step of [1, 2, 3]) {
      const store = await library.openStep('run', step);
      expectBytes(await store.read('model/d'), patterned(300_000 + step));
      expectBytes(await store.read('model/d', { offset: 130_000, length: 10 }), patterned(300_000 + step).slice(130_000, 130_010));
      expect(await library.verifyStep('run', step)).toEqual([]);
    }
    await library.purge((await library.bin('run')).id);
    expect(inSlots(await library.usage())).toBe(0);
    expect(await worker.ask({ do: 'problems' })).toEqual([]);
  });

  it('trusts no slot file younger than a minute', async () => {
    const worker = await startWorker(fresh(), 60_000);
    for (const step of [1, 2, 3]) await worker.ask({ do: 'save', run: 'run', step, byteLength: 300_000 });
    const usage = await worker.ask<LibraryUsage>({ do: 'usage' });
    expect([inSlots(usage), usage.fileRows]).toEqual([0, 6]);
    expect(usage.slots).toBeGreaterThan(0);
  });

  it('finds a flipped byte in a slot file, and a removed one', async () => {
    const name = fresh();
    const worker = await startWorker(name, 0);
    for (const step of [1, 2]) await worker.ask({ do: 'save', run: 'run', step, byteLength: 90_000 });
    expect(await worker.ask({ do: 'verify', run: 'run', step: 2 })).toEqual([]);
    const files = directoryHandleStore(await opfsDirectory([LIBRARY_FOLDER, name]));
    for (const { key } of await files.list()) {
      const bytes = (await files.read(key)) as Uint8Array;
      bytes[50_000] = (bytes[50_000] as number) ^ 1;
      await files.write(key, bytes);
    }
    expect(await worker.ask<Finding[]>({ do: 'verify', run: 'run', step: 2 })).toMatchObject([
      { where: 'library:/run/2/model/d', harm: true },
    ]);
    await files.deletePrefix('');
    const findings = await worker.ask<Finding[]>({ do: 'scan' });
    expect(findings.filter(({ harm }) => harm).length).toBeGreaterThan(1);
    expect(await worker.ask({ do: 'verify', run: 'run', step: 1 })).toEqual([]);
  });

  it('keeps its slot files out of the reach of plain OPFS paths', async () => {
    const name = fresh();
    const worker = await startWorker(name, 0);
    for (const step of [1, 2]) await worker.ask({ do: 'save', run: 'run', step, byteLength: 90_000 });
    const root = opfsStore();
    await root.write('mine', patterned(3));
    expect((await root.list()).filter(({ key }) => key.startsWith(LIBRARY_FOLDER))).toEqual([]);
    for (const prefix of ['.', '.linnet', '']) await root.deletePrefix(prefix);
    expect(await root.list()).toEqual([]);
    for (const work of [
      () => root.deletePrefix(`${LIBRARY_FOLDER}/`),
      () => root.read(`${LIBRARY_FOLDER}/a`),
      () => root.write(LIBRARY_FOLDER, patterned(1)),
    ])
      await expect(work()).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
    expect(() => opfsStore(`${LIBRARY_FOLDER}/${name}`)).toThrow(/library/);
    expect(await worker.ask({ do: 'scan' })).toEqual([]);
  });

  it('loses nothing that was saved when it is terminated while saving', async () => {
    const name = fresh();
    const acknowledged: number[] = [];
    for (let round = 0; round < 8; round++) {
      const worker = await startWorker(name, 0);
      const saves: Promise<unknown>[] = [];
      for (let i = 0; i < 6; i++) {
        const step = round * 10 + i;
        saves.push(worker.ask({ do: 'save', run: 'run', step, byteLength: i % 2 ? 100_000 : 1000 }));
      }
      await Promise.race([Promise.all(saves), new Promise((resolve) => setTimeout(resolve, 5 + 12 * round))]);
      worker.worker.terminate();
      acknowledged.push(...worker.saved);
    }
    const library = await openLibrary({ name });
    const listed = (await library.findRun('run')) ? (await library.listSteps('run')).map(({ step }) => step) : [];
    expect(listed).toEqual(expect.arrayContaining(acknowledged));
    for (const step of listed) expect(await library.verifyStep('run', step), `step ${step}`).toEqual([]);
    expect((await library.scan()).filter(({ harm }) => harm)).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(5);
    await library.commitStep('run', 1000, stepFiles(1));
  });

  it('returns to its starting size after 500 saves with retention', async () => {
    const name = fresh();
    const worker = await startWorker(name, 0);
    const kept = 8;
    const saveAll = async (from: number, to: number) => {
      for (let step = from; step < to; step++) {
        await worker.ask({ do: 'save', run: 'run', step, byteLength: step % 8 === 0 ? 90_000 : 900 });
        if (step >= kept) await worker.ask({ do: 'discard', run: 'run', steps: [step - kept] });
      }
    };
    await saveAll(0, 40);
    const before = await worker.ask<LibraryUsage>({ do: 'usage' });
    expect(inSlots(before)).toBeGreaterThan(0);
    // A multiple of eight: the kept steps are then as large as before.
    await saveAll(40, 40 + 504);
    expect(await worker.ask({ do: 'usage' })).toEqual(before);
    expect(await worker.ask({ do: 'scan' })).toEqual([]);
    expect(await worker.ask({ do: 'problems' })).toEqual([]);
  }, 240_000);

  it('takes turns with other workers, and loses nothing', async () => {
    const name = fresh();
    const several = await Promise.all(Array.from({ length: 4 }, () => startWorker(name, 0)));
    await Promise.all(
      several.flatMap((worker, w) =>
        [0, 1, 2, 3].map((i) => worker.ask({ do: 'save', run: `run ${i % 2}`, step: w * 10 + i, byteLength: i < 2 ? 90_000 : 1000 })),
      ),
    );
    const library = await openLibrary({ name });
    for (const run of ['run 0', 'run 1']) {
      const steps = await library.listSteps(run);
      expect(steps.length).toBe(8);
      for (const { step } of steps) expect(await library.verifyStep(run, step)).toEqual([]);
    }
    expect((await library.scan({ deep: true })).filter(({ harm }) => harm)).toEqual([]);
  });
});

/** Tells the browser to do something about this site's storage. */
async function commandStorage(method: string, params: object): Promise<void> {
  const session = cdp() as unknown as { send(method: string, params: object): Promise<unknown> };
  await session.send(`Storage.${method}`, { origin: location.origin, ...params });
}

describe('site data that is cleared while saving', () => {
  it('ends no save with success that is not there afterwards', async () => {
    const outcomes = { saved: 0, refused: 0 };
    for (let instant = 0; instant < 20; instant++) {
      const name = fresh();
      const worker = await startWorker(name, 0);
      let step = 0;
      const save = () => worker.ask({ do: 'save', run: 'run', step: ++step, byteLength: step % 2 ? 120_000 : 1000 });
      await save();
      const during = Array.from({ length: 3 }, () => save().catch(() => undefined));
      await new Promise((resolve) => setTimeout(resolve, instant * 2));
      await commandStorage('clearDataForOrigin', { storageTypes: 'indexeddb,file_systems' });
      await Promise.all(during);
      // What is begun now must be kept, or refused.
      const kept: number[] = [];
      for (let i = 0; i < 2; i++)
        await save().then(
          () => kept.push(step),
          (cause) => expect(cause.message).toMatch(/cleared|reload/i),
        );
      const library = await openLibrary({ name });
      for (const one of kept) expect(await library.verifyStep('run', one), `step ${one}`).toEqual([]);
      outcomes.saved += kept.length;
      outcomes.refused += 2 - kept.length;
      worker.worker.terminate();
    }
    expect(outcomes.saved + outcomes.refused).toBe(40);
    expect(outcomes.refused).toBeGreaterThan(0);
  }, 60_000);
});

describe('a full disk', () => {
  const limitTo = (quotaSize: number | undefined) => commandStorage('overrideQuotaForOrigin', quotaSize === undefined ? {} : { quotaSize });
  afterEach(() => limitTo(undefined));

  it('is a QuotaError that harms nothing, in plain files', async () => {
    const store = opfsStore(fresh());
    await store.write('kept', patterned(100_000));
    const { usage = 0 } = await navigator.storage.estimate();
    await limitTo(usage + 1_000_000);
    const chunk = patterned(250_000);
    async function* endless() {
      for (let i = 0; i < 100; i++) yield chunk;
    }
    await expect(store.write('big', endless())).rejects.toMatchObject({ kind: 'QuotaError' });
    await expect(store.write('kept', endless())).rejects.toMatchObject({ kind: 'QuotaError' });
    expect(await store.list()).toEqual([{ key: 'kept', byteLength: 100_000 }]);
    expectBytes(await store.read('kept'), patterned(100_000));
  });

  it('at every chunk of ten files is a QuotaError, and an earlier checkpoint stays as it was', async () => {
    const folder = fresh();
    const store = opfsStore(folder);
    const earlier = Array.from({ length: 10 }, (_, i) => [`1/${i}`, patterned(70_000 + i)] as const);
    for (const [key, bytes] of earlier) await store.write(key, bytes);
    const chunk = patterned(65_536);
    /** Ten files of two chunks; before chunk `full` the disk is full. Returns how many files were written. */
    const writeUntil = async (full: number): Promise<number> => {
      let chunks = 0;
      async function* content() {
        for (let i = 0; i < 2; i++) {
          if (chunks++ === full) await limitTo(1);
          yield chunk;
        }
      }
      for (let i = 0; i < 10; i++) await store.write(`2/${i}`, content());
      return chunks;
    };
    for (let full = 0; full < 20; full++) {
      await expect(writeUntil(full), `chunk ${full}`).rejects.toMatchObject({ kind: 'QuotaError' });
      await limitTo(undefined);
      // Whole files may be there; which of them make a checkpoint is what the file written last says.
      const whole = await store.list('2/');
      expect(whole.length, `chunk ${full}`).toBe(Math.floor(full / 2));
      expect(whole.every(({ byteLength }) => byteLength === 2 * chunk.byteLength)).toBe(true);
      await store.deletePrefix('2/');
    }
    expect(await writeUntil(Number.POSITIVE_INFINITY)).toBe(20);
    for (const [key, bytes] of earlier) expectBytes(await store.read(key), bytes, key);
  });

  it('at every row of a save into the database is a QuotaError that leaves nothing of it', async () => {
    const library = await openLibrary({ name: fresh() });
    await library.commitStep('run', 1, stepFiles(1));
    const files = new Map(Array.from({ length: 10 }, (_, i) => [`file ${i}`, patterned(i === 3 ? 1_500_000 : 20_000 + i)]));
    const before = await library.usage();
    const { add, put } = IDBObjectStore.prototype;
    let rows = 0;
    let full = 0;
    const counted = (original: typeof add): typeof add =>
      function (this: IDBObjectStore, ...args) {
        if (rows++ === full) throw new DOMException('no room', 'QuotaExceededError');
        return original.apply(this, args);
      };
    try {
      [IDBObjectStore.prototype.add, IDBObjectStore.prototype.put] = [counted(add), counted(put)];
      for (; ; full++) {
        rows = 0;
        const failure = await library.commitStep('run', 2, files).then(
          () => undefined,
          (cause: LinnetError) => cause,
        );
        if (failure === undefined) break;
        expect(failure.kind, `row ${full}`).toBe('QuotaError');
        expect(await library.usage()).toEqual(before);
        expect(await library.scan({ deep: true })).toEqual([]);
      }
    } finally {
      [IDBObjectStore.prototype.add, IDBObjectStore.prototype.put] = [add, put];
    }
    // The meta row, the run, the step and its ten files.
    expect(full).toBe(13);
    expect(await library.verifyStep('run', 2)).toEqual([]);
    expect(await library.verifyStep('run', 1)).toEqual([]);
  });

  it('stops the pool from growing, not the library from saving', async () => {
    const name = fresh();
    const worker = await startWorker(name, 0);
    const { usage = 0 } = await navigator.storage.estimate();
    await limitTo(usage + 100_000);
    await worker.ask({ do: 'save', run: 'run', step: 1, byteLength: 300_000 }).catch((cause) => expect(cause.kind).toBe('QuotaError'));
    await limitTo(undefined);
    for (const step of [2, 3]) await worker.ask({ do: 'save', run: 'run', step, byteLength: 300_000 });
    expect(await worker.ask({ do: 'scan' })).toEqual([]);
    expect(inSlots(await worker.ask<LibraryUsage>({ do: 'usage' }))).toBeGreaterThan(0);
  });
});

describe('the database of the library', () => {
  it('of a newer version is refused and stays as it is', async () => {
    const name = fresh();
    const newer = await openDB(name, 7, { upgrade: (database) => void database.createObjectStore('future').put('kept', 'key') });
    newer.close();
    await expect(openLibrary({ name })).rejects.toMatchObject({
      kind: 'UnsupportedFormatError',
      message: expect.stringContaining('newer'),
    });
    const again = await openDB(name);
    expect([again.version, await again.get('future', 'key')]).toEqual([7, 'kept']);
    again.close();
  });

  it('that is deleted under way is missed, and nothing is reported as saved into it', async () => {
    const name = fresh();
    const library = await openLibrary({ name });
    await library.commitStep('run', 1, stepFiles(1));
    await deleteDB(name);
    await expect(library.commitStep('run', 2, stepFiles(2))).rejects.toMatchObject({
      kind: 'StorageError',
      message: expect.stringContaining('cleared'),
    });
    const reopened = await openLibrary({ name });
    await reopened.commitStep('run', 2, stepFiles(2));
    expect(await reopened.verifyStep('run', 2)).toEqual([]);
  });

  it('is committed with strict durability, whole or not at all', async () => {
    const durabilities: (string | undefined)[] = [];
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (names, mode, options) {
      if (mode === 'readwrite') durabilities.push(options?.durability);
      return original.call(this, names, mode, options);
    };
    try {
      const library = await openLibrary({ name: fresh() });
      await library.commitStep('run', 1, stepFiles(1));
      await library.commitStep('run', 2, stepFiles(2, 9_000_000));
    } finally {
      IDBDatabase.prototype.transaction = original;
    }
    expect(durabilities.length).toBe(2);
    expect(new Set(durabilities)).toEqual(new Set(['strict']));
  });
});
