import { beforeAll, expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type Experiment } from '#linnet/core';
import { init } from '#linnet/tensor';
import { loadDataset } from './data/load';
import { prepare } from './data/prepared';
import { Trainer } from './trainer';

beforeAll(() => init({ backend: 'cpu' }));

const trainerOf = async (experiment: Experiment) => new Trainer(experiment, prepare(await loadDataset(experiment), experiment));

const DIGITS: Experiment = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, name: 'digits', trainFraction: 0.7 },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 32, activation: 'relu' }] },
  optimizer: { ...DEFAULT_EXPERIMENT.optimizer, learningRate: 0.01 },
};

test('digits are learned to 95 % of the test set', async () => {
  const trainer = await trainerOf(DIGITS);
  const first = await trainer.test();
  const losses: number[] = [];
  for (let i = 0; i < 12; i++) losses.push(...(await trainer.run(25).data()));
  const { accuracy, loss } = await trainer.test();
  expect(first.accuracy).toBeLessThan(0.3);
  expect(accuracy).toBeGreaterThan(0.95);
  expect(loss).toBeLessThan(first.loss);
  expect(losses.every(Number.isFinite)).toBe(true);
});
