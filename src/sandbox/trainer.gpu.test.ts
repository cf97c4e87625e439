import { beforeAll, expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type Experiment } from '#linnet/core';
import { currentBackend } from '#linnet/tensor';
import { loadDataset } from './data/load';
import { prepare } from './data/prepared';
import { onDevice } from './deviceRows';
import { startEngine } from './engine';
import { Trainer } from './trainer';
import { disposeTree } from './trainingState';

beforeAll(async () => {
  const engine = await startEngine();
  expect(engine.fallbackReason).toBeNull();
});

const trainerOf = async (experiment: Experiment) => new Trainer(experiment, prepare(await loadDataset(experiment), experiment));

const DIGITS: Experiment = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, name: 'digits' },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 32, activation: 'relu' }] },
};

test('digits are learned to 95 % of the test set', async () => {
  const trainer = await trainerOf(DIGITS);
  const losses: number[] = [];
  for (let i = 0; i < 12; i++) losses.push(...(await trainer.run(25).data()));
  const { accuracy } = await trainer.test();
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(accuracy).toBeGreaterThan(0.95);
}, 60_000);

test('chunks of any size give the same bits', async () => {
  const run = async (chunks: number[]) => {
    const trainer = await trainerOf({ ...DEFAULT_EXPERIMENT, data: { ...DEFAULT_EXPERIMENT.data, samples: 100 } });
    const losses: number[] = [];
    for (const count of chunks) losses.push(...(await trainer.run(count).data()));
    const kernel = await trainer.kernel('linear2');
    trainer.dispose();
    return { losses, kernel };
  };
  const whole = await run([30]);
  expect(await run([5, 25])).toEqual(whole);
  expect(await run([1, 1, 1, 1, 1, 25])).toEqual(whole);
}, 60_000);

test('one program runs any number of steps', async () => {
  const trainer = await trainerOf(DEFAULT_EXPERIMENT);
  expect(trainer.isReady(7)).toBe(false);
  trainer.prepare(7);
  await expect.poll(() => trainer.isReady(7), { timeout: 50_000 }).toBe(true);
  const { pipelinesCreated } = currentBackend().stats();
  for (const count of [2, 25, 100]) expect((await trainer.run(count).data()).length).toBe(count);
  expect(currentBackend().stats().pipelinesCreated).toBe(pipelinesCreated);
  trainer.dispose();
}, 60_000);

test('training, evaluating, snapshots and pictures leave no memory behind', async () => {
  const trainer = await trainerOf({ ...DEFAULT_EXPERIMENT, data: { ...DEFAULT_EXPERIMENT.data, samples: 100 } });
  const round = async () => {
    const losses = trainer.run(5);
    await losses.data();
    losses.dispose();
    await trainer.test();
    disposeTree(trainer.snapshot());
    const inputs = onDevice(new Float32Array(20), [10, 2]);
    for (const array of [inputs, ...trainer.activations(inputs)]) array.dispose();
    await currentBackend().synchronize();
  };
  for (let i = 0; i < 3; i++) await round();
  // What earlier tests left to the finalizer goes now, not between the two looks.
  for (let i = 0; i < 3; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const before = currentBackend().stats();
  for (let i = 0; i < 10; i++) await round();
  const after = currentBackend().stats();
  expect([after.liveBuffers, after.liveBytes]).toEqual([before.liveBuffers, before.liveBytes]);
  expect(after.pipelinesCreated).toBe(before.pipelinesCreated);
}, 60_000);
