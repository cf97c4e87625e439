import { expect, test } from 'vitest';
import { openMemoryLibrary } from '#linnet/store';
import { currentBackend } from '#linnet/tensor';
import { startEngine } from './engine';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { SMALL } from './testing/wholeRun';

const SAVES = 500;
/** Autosaves kept, and beside them the best one. */
const KEPT = 51;

test(`${SAVES} autosaves of a training run leave the kept ones, and no memory on the device`, async () => {
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
  for (let i = 0; i < 60; i++) await save();
  const before = ledger();
  for (let i = 60; i < SAVES; i++) await save();
  expect(ledger()).toEqual(before);
  const { steps, binned } = await store.usage();
  expect(steps).toBeLessThanOrEqual(KEPT + 1);
  expect(binned).toBe(0);
  const named = (await library.checkpoints(id)).filter((checkpoint) => checkpoint.isBest);
  expect(named).toHaveLength(1);
  await store.purge((await store.bin(id)).id);
  expect(await store.usage()).toEqual({ ...start, runs: 0 });
}, 240_000);
