import { crc32c } from '../../src/core/crc32c';
import { Library } from '../../src/store';
import { IndexedDbCatalog } from '../../src/store/library/indexedDbCatalog';
import { opfsSlots } from '../../src/store/library/opfsSlots';
import { loadTree, saveTree, treeOf } from './checkpoints';
import { type RawPlace, rawIndexedDb, rawOpfs } from './raw';
import { Stages } from './stages';

const MIB = 1024 * 1024;
const SIZE = 64 * MIB;
const ROUNDS = 5;
const FILE = 'model/d/data';

/** Milliseconds of every round, by what was done. */
export type Timings = Record<string, number[]>;

/** Not compressible, and another each time. */
function payload(seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(SIZE / 4);
  let state = seed + 1;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = state;
  }
  return new Uint8Array(words.buffer);
}

class Stopwatch {
  readonly timings: Timings = {};

  note(what: string, ms: number): void {
    this.timings[what] ??= [];
    this.timings[what].push(ms);
  }

  async time<T>(what: string, work: () => Promise<T> | T): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.note(what, performance.now() - start);
    return result;
  }
}

/** A library that puts everything into slots, or nothing, and says what its storage calls take. */
async function libraryIn(place: 'OPFS' | 'IndexedDB'): Promise<{ library: Library; stages: Stages }> {
  const name = `bench-${place}`;
  const stages = new Stages();
  const poolBytes = place === 'OPFS' ? 2048 * MIB : 0;
  const pool = { minSlotBytes: 16 * MIB, maxSlotBytes: 1024 * MIB, poolBytes, spareSaves: 2, oldAfterMs: 0 };
  const parts = { catalog: stages.catalog(new IndexedDbCatalog(name)), slots: stages.slots(opfsSlots([name])) };
  return { library: await Library.over({ ...parts, pool }), stages };
}

/** One contest: raw, the library with one file, and a checkpoint of 16 arrays, in turns. The first round makes files and compiles; it does not count. */
async function contest(place: 'OPFS' | 'IndexedDB', raw: RawPlace): Promise<Timings> {
  const { library, stages } = await libraryIn(place);
  const counted = new Stopwatch();
  const settle = async (step: number): Promise<void> => {
    // As retention does: the slots of an earlier step are the next one's.
    if (step > 0) await library.discard('run', [step - 1]);
    await library.idle();
  };
  let step = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const watch = round === 0 ? new Stopwatch() : counted;
    const bytes = payload(round);
    await watch.time('raw write', () => raw.write(bytes));
    stages.reset();
    const start = performance.now();
    await library.commitStep('run', step, [[FILE, bytes]]);
    const total = performance.now() - start;
    watch.note('library save', total);
    const { write, sync, readBack, catalogue } = stages;
    for (const [stage, ms] of Object.entries({ write, sync, 'read back': readBack, catalogue })) watch.note(`  ${stage}`, ms);
    watch.note('  sums, comparing, waits', total - write - sync - readBack - catalogue);
    const isPooled = (await library.usage()).slots > (await library.usage()).freeSlots;
    // There are no slots before the first save.
    if (round > 0 && isPooled !== (place === 'OPFS')) throw new Error(`the library did not save in ${place}`);
    await watch.time('raw read', () => raw.read());
    await watch.time('library restore', async () => (await library.openStep('run', step)).read(FILE));
    await settle(step++);
    const tree = treeOf(bytes);
    await watch.time('checkpoint save', () => saveTree(library, step, tree));
    await watch.time('checkpoint restore', () => loadTree(library, step));
    await settle(step++);
  }
  library.close();
  return counted.timings;
}

async function processor(): Promise<Timings> {
  const watch = new Stopwatch();
  const [bytes, other] = [payload(1), payload(2)];
  for (let round = 0; round < ROUNDS; round++) {
    await watch.time('CRC-32C', () => crc32c(bytes));
    await watch.time('SHA-256, blocks of 1 MiB', async () => {
      for (let at = 0; at < SIZE; at += MIB) await crypto.subtle.digest('SHA-256', bytes.subarray(at, at + MIB));
    });
    await watch.time('copy into fresh memory', () => bytes.slice());
    await watch.time('copy into memory in use', () => other.set(bytes));
  }
  return watch.timings;
}

/** Everything about throughput: by place, raw and ours in turns, and what the processor's part takes. */
export async function measureStorage(): Promise<Record<string, Timings>> {
  const opfs = await rawOpfs(SIZE);
  const warm = new Stopwatch();
  const memory = payload(0);
  for (let round = 0; round < ROUNDS; round++) await warm.time('raw read into memory in use', () => opfs.readWarm(memory));
  const inOpfs = await contest('OPFS', opfs);
  await opfs.close();
  const database = await rawIndexedDb();
  const inDatabase = await contest('IndexedDB', database);
  await database.close();
  return { OPFS: { ...inOpfs, ...warm.timings }, IndexedDB: inDatabase, processor: await processor() };
}
