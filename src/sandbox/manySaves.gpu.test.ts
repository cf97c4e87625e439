import { expect, test } from 'vitest';
import { openMemoryLibrary } from '#linnet/store';
import { currentBackend } from '#linnet/tensor';
import { heapBytes, slope } from '../testing/heap';
import { startEngine } from './engine';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { SMALL } from './testing/wholeRun';

const LONG = (import.meta as { readonly env?: Record<string, string> }).env?.LINNET_SOAK === '1';
const SAVES = LONG ? 10_000 : 500;
/** Saves until everything that is made once is made, and retention is at work. */
const WARM_UP = 300;
/** The heap is looked at each time that so many were made. */
const WINDOW = (SAVES - WARM_UP) / 20;
/** Bytes that the heap may grow with each save, of a run that grows by a step: what is kept of a step's metrics, and noise. */
const HEAP_GROWTH = 1000;
/** Autosaves kept, and beside them the best one. */
const KEPT = 51;

test(
  `${SAVES} autosaves of a training run leave the kept ones, and no memory on the device`,
  async () => {
    const store = await openMemoryLibrary();
    const library = new RunLibrary(store);
    const sandbox = new Sandbox(await startEngine(), library, { state() {}, metrics() {}, checkpoints() {}, changed() {} });
    const { id, name } = await sandbox.newRun({
      ...SMALL,
      model: { ...SMALL.model, batchNorm: false, hidden: [{ width: 3, activation: 'tanh' }] },
    });
    const start = await store.usage();
    const save = async (): Promise<void> => {
      const { session } = sandbox;
      await sandbox.step(1);
      const snapshot = await session.loop.snapshot();
      const metrics = session.metrics.latest();
      const content = await session.content(snapshot, sandbox.engine, 0);
      await library.save(id, name, snapshot.step, content, { kind: 'auto', metrics });
    };
    const ledger = () => {
      const { liveBytes, liveBuffers } = currentBackend().stats();
      return { liveBytes, liveBuffers };
    };
    for (let i = 0; i < WARM_UP; i++) await save();
    const before = ledger();
    // The checkpoints themselves are in memory here, and each holds the history of its run.
    const heap = async (): Promise<number> => ((await heapBytes()) ?? Number.NaN) - (await store.usage()).totalBytes;
    const heaps = [await heap()];
    for (let i = WARM_UP; i < SAVES; i++) {
      await save();
      if ((i - WARM_UP) % WINDOW === WINDOW - 1) heaps.push(await heap());
    }
    expect(ledger()).toEqual(before);
    const growth = slope(heaps) / WINDOW;
    expect(growth, `bytes of heap more with each save, of ${heaps.map((bytes) => Math.round(bytes / 1024)).join(' ')} kB`).toBeLessThan(
      HEAP_GROWTH,
    );
    const { steps, binned } = await store.usage();
    expect(steps).toBeLessThanOrEqual(KEPT + 1);
    expect(binned).toBe(0);
    const named = (await library.checkpoints(id)).filter((checkpoint) => checkpoint.isBest);
    expect(named).toHaveLength(1);
    await store.purge((await store.bin(id)).id);
    expect(await store.usage()).toEqual({ ...start, runs: 0 });
  },
  LONG ? 3_600_000 : 240_000,
);
