import { DEFAULT_EXPERIMENT, type HostArray } from '../../src/core';
import { buffersOf, RunLibrary, Sandbox, type StepContent, startEngine } from '../../src/sandbox';
import { fetchAll } from '../../src/sandbox/stepContent';
import { fromHost, type Array as JaxArray } from '../../src/tensor';
import { VaultWriter } from '../../src/worker/vaultWriter';

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

/** A save of `byteLength` bytes as the page makes it: fetched from the device, then encoded and written by a thread of its own. */
export async function pausesOfSave(byteLength: number): Promise<PauseFigure[]> {
  await startEngine();
  const elements = byteLength / ARRAYS / 4;
  const arrays: JaxArray[] = Array.from({ length: ARRAYS }, (_, i) =>
    fromHost({ dtype: 'float32', shape: [elements], data: new Uint8Array(new Float32Array(elements).map((_, at) => at * (i + 1)).buffer) }),
  );
  const writer = new VaultWriter();
  const figures: PauseFigure[] = [];
  for (let step = 0; step < 3; step++) {
    let fetched: HostArray[] = [];
    figures.push(
      await watched('fetching from the device', async () => {
        fetched = await fetchAll(arrays, () => {});
      }),
    );
    const model = Object.fromEntries(fetched.map((array, i) => [`layer${i}`, array]));
    const content = { model, optimizer: { step: fetched[0] }, rngs: { key: fetched[0] }, record: { step } } as unknown as StepContent;
    if (buffersOf(content).length !== ARRAYS) throw new Error('the arrays share memory');
    const options = { metrics: {}, kind: 'bench', replace: true };
    figures.push(
      await watched('encoding and writing on another thread', () => writer.write({ run: 'bench', step, content, options }, () => {})),
    );
  }
  for (const array of arrays) array.dispose();
  const best = (list: readonly number[]): number => Math.min(...list);
  return ['fetching from the device', 'encoding and writing on another thread'].map((what) => {
    const rounds = figures.filter((figure) => figure.what === what);
    return { what, ms: best(rounds.map(({ ms }) => ms)), longestPauseMs: best(rounds.map(({ longestPauseMs }) => longestPauseMs)) };
  });
}

/** Steps per second of digits 64-256-128-10, batch 128, without saves and with one every 100 steps. */
export async function stepsPerSecond(): Promise<{ readonly without: number; readonly withSaves: number; readonly saves: number }> {
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
  const without = await over(6000, async () => {});
  const withSaves = await over(6000, () => {
    saves++;
    return sandbox.save();
  });
  return { without, withSaves, saves };
}
