import { DEFAULT_EXPERIMENT, type HostArray } from '../../src/core';
import { buffersOf, RunLibrary, Sandbox, startEngine } from '../../src/sandbox';
import { fetchAll } from '../../src/sandbox/stepContent';
import { fromHost, type Array as JaxArray } from '../../src/tensor';
import { VaultWriter } from '../../src/worker/vaultWriter';
import { contentOf } from './checkpoints';

/** What saving costs the thread that trains. */
export interface PauseFigure {
  readonly what: string;
  readonly ms: number;
  /** Longest time for which the thread answered nothing else. */
  readonly longestPauseMs: number;
}

async function watched(what: string, work: () => Promise<unknown>): Promise<PauseFigure> {
  let last = performance.now();
  let longestPauseMs = 0;
  const look = (): void => {
    const now = performance.now();
    longestPauseMs = Math.max(longestPauseMs, now - last);
    last = now;
  };
  const ticking = setInterval(look, 1);
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  look();
  clearInterval(ticking);
  return { what, ms, longestPauseMs };
}

const ARRAYS = 16;
const ROUNDS = 6;
/** How long the thread is watched while nothing is saved, ms. */
const COMPARED_MS = 400;

/** A thread that computes for `ms` and knows nothing of saving: on a machine with few cores it costs others time as well. */
async function spin(ms: number): Promise<void> {
  const worker = new Worker(new URL('./spin.ts', import.meta.url), { type: 'module' });
  await new Promise((resolve) => {
    worker.onmessage = resolve;
    worker.postMessage(ms);
  });
  worker.terminate();
}

/**
 * A save of `byteLength` bytes as the page makes it: fetched from the device, then encoded and written by a thread of its own. Every round;
 * beside it what the thread misses while nothing is saved, and while another thread just computes.
 */
export async function pausesOfSave(byteLength: number): Promise<PauseFigure[]> {
  await startEngine();
  const elements = byteLength / ARRAYS / 4;
  const arrays: JaxArray[] = Array.from({ length: ARRAYS }, (_, i) =>
    fromHost({ dtype: 'float32', shape: [elements], data: new Uint8Array(new Float32Array(elements).map((_, at) => at * (i + 1)).buffer) }),
  );
  const writer = new VaultWriter();
  const figures: PauseFigure[] = [];
  for (let step = 0; step < ROUNDS; step++) {
    let fetched: HostArray[] = [];
    const fetching = await watched('fetching from the device', async () => {
      fetched = await fetchAll(arrays, () => {});
    });
    const content = contentOf(fetched, step);
    if (buffersOf(content).length !== ARRAYS + 1) throw new Error('the arrays share memory');
    let handedOverMs = 0;
    const writing = await watched('encoding and writing on another thread', () => {
      const start = performance.now();
      const written = writer.write({ run: 'bench', step, content, options: { metrics: {}, kind: 'bench', replace: true } }, () => {});
      handedOverMs = performance.now() - start;
      return written;
    });
    const handing = { what: 'of which handing over to it', ms: handedOverMs, longestPauseMs: handedOverMs };
    const nothing = await watched('nothing', () => new Promise((resolve) => setTimeout(resolve, COMPARED_MS)));
    const computing = await watched('another thread that computes', () => spin(COMPARED_MS));
    // The first round loads scripts.
    if (step > 0) figures.push(fetching, writing, handing, nothing, computing);
  }
  for (const array of arrays) array.dispose();
  return figures;
}

/** How long each stretch of training is, ms, and how many of each kind. */
const STRETCH_MS = 4000;
const STRETCHES = 4;

/** Steps per second of digits 64-256-128-10, batch 128, in stretches without saves and with one every 100 steps, in turns. */
export async function stepsPerSecond(): Promise<{ readonly without: number[]; readonly withSaves: number[]; readonly saves: number }> {
  const engine = await startEngine();
  const library = await RunLibrary.open(new VaultWriter());
  const sandbox = new Sandbox(engine, library, { state() {}, metrics() {}, checkpoints() {}, changed() {} });
  const widths = [256, 128].map((width) => ({ width, activation: 'relu' as const }));
  await sandbox.newRun({
    ...DEFAULT_EXPERIMENT,
    data: { ...DEFAULT_EXPERIMENT.data, name: 'digits' },
    model: { ...DEFAULT_EXPERIMENT.model, hidden: widths },
    training: { ...DEFAULT_EXPERIMENT.training, batchSize: 128 },
  });
  await sandbox.step(100);
  const over = async (ms: number, save: () => Promise<unknown>): Promise<number> => {
    await sandbox.play();
    const [from, start] = [sandbox.session.step, performance.now()];
    let next = from + 100;
    while (performance.now() - start < ms) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (sandbox.session.step < next) continue;
      next += 100;
      void save();
    }
    const rate = ((sandbox.session.step - from) * 1000) / (performance.now() - start);
    await sandbox.pause();
    return rate;
  };
  let saves = 0;
  const [without, withSaves]: [number[], number[]] = [[], []];
  for (let i = 0; i < STRETCHES; i++) {
    without.push(await over(STRETCH_MS, async () => {}));
    const save = (): Promise<unknown> => {
      saves++;
      return sandbox.save();
    };
    withSaves.push(await over(STRETCH_MS, save));
  }
  return { without, withSaves, saves };
}
