import { crc32c } from '../../src/core/crc32c';
import { indexedDbStore, type Library, openLibrary, opfsStore } from '../../src/store';
import { pausesOfSave, stepsPerSecond } from './besideTraining';

const MIB = 1024 * 1024;
const SIZE = 64 * MIB;
const ROUNDS = 3;

/** One figure: what was done, how long it took at best, and how many MiB/s that is. */
interface Figure {
  readonly what: string;
  readonly ms: number;
  readonly mibPerSecond: number;
  /** Longest time for which the thread answered nothing else; undefined where it was not watched. */
  readonly longestPauseMs?: number;
}

function payload(seed: number): Uint8Array {
  const words = new Uint32Array(SIZE / 4);
  let state = seed + 1;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = state;
  }
  return new Uint8Array(words.buffer);
}

/** Runs `work` while a message port ticks; the longest gap between ticks is how long a training step would have waited. */
async function timed(what: string, work: () => Promise<unknown>): Promise<Figure> {
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  let longest = 0;
  port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    port2.postMessage(0);
  };
  port2.postMessage(0);
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  longest = Math.max(longest, performance.now() - last);
  port1.close();
  return { what, ms, mibPerSecond: SIZE / MIB / (ms / 1000), longestPauseMs: longest };
}

async function best(what: string, work: (round: number) => Promise<unknown>): Promise<Figure> {
  const figures: Figure[] = [];
  for (let round = 0; round < ROUNDS; round++) figures.push(await timed(what, () => work(round)));
  return figures.reduce((a, b) => (b.ms < a.ms ? b : a));
}

async function rawOpfs(bytes: Uint8Array): Promise<Figure[]> {
  const root = await navigator.storage.getDirectory();
  const access = await (await root.getFileHandle('raw', { create: true })).createSyncAccessHandle();
  access.truncate(SIZE);
  access.flush();
  const write = await best('raw OPFS: write + flush', async () => {
    access.write(bytes as Uint8Array<ArrayBuffer>, { at: 0 });
    access.flush();
  });
  const into = new Uint8Array(SIZE);
  const read = await best('raw OPFS: read', async () => access.read(into, { at: 0 }));
  access.close();
  await root.removeEntry('raw');
  return [write, read];
}

async function rawIndexedDb(bytes: Uint8Array): Promise<Figure[]> {
  const store = indexedDbStore('bench-raw');
  const write = await best('IndexedDB store: write (strict)', () => store.write('a', bytes));
  const read = await best('IndexedDB store: read', () => store.read('a'));
  await store.delete('a');
  return [write, read];
}

async function plainOpfs(bytes: Uint8Array): Promise<Figure[]> {
  const store = opfsStore('bench');
  const write = await best('OPFS store: write', () => store.write('a', bytes));
  const read = await best('OPFS store: read', () => store.read('a'));
  await store.deletePrefix('');
  return [write, read];
}

async function inLibrary(where: string, library: Library, files: readonly Uint8Array[], warmUp: number): Promise<Figure[]> {
  const save = (step: number) => library.commitStep('run', step, [['model/d/data', files[step % files.length] as Uint8Array]]);
  for (let step = 0; step < warmUp; step++) {
    await save(step);
    await library.idle();
  }
  let step = warmUp;
  const write = await best(`library (${where}): save, verified`, () => save(step++));
  await library.idle();
  const read = await best(`library (${where}): restore, checked`, async () =>
    (await library.openStep('run', step - 1)).read('model/d/data'),
  );
  const usage = await library.usage();
  if ((where === 'slots') !== usage.slots > usage.freeSlots) throw new Error(`the library did not save in ${where}`);
  await library.purge((await library.bin('run')).id);
  await library.idle();
  library.close();
  return [write, read];
}

async function measure(): Promise<Figure[]> {
  const files = [payload(1), payload(2)];
  const [first] = files as [Uint8Array, Uint8Array];
  const pool = { minSlotBytes: 16 * MIB, maxSlotBytes: 1024 * MIB, poolBytes: 2048 * MIB, spareSaves: 4, oldAfterMs: 0 };
  return [
    ...(await rawOpfs(first)),
    ...(await rawIndexedDb(first)),
    ...(await plainOpfs(first)),
    ...(await inLibrary('slots', await openLibrary({ name: 'bench-slots', pool }), files, 1)),
    ...(await inLibrary('IndexedDB', await openLibrary({ name: 'bench-rows', pool: { ...pool, poolBytes: 0 } }), files, 0)),
    await best('CRC-32C', async () => crc32c(first)),
    await best('SHA-256', () => crypto.subtle.digest('SHA-256', first as Uint8Array<ArrayBuffer>)),
  ];
}

self.onmessage = async () =>
  self.postMessage({ storage: await measure(), pauses: await pausesOfSave(SIZE), rates: await stepsPerSecond() });
