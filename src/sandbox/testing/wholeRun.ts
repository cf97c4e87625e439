import { expect } from 'vitest';
import { DEFAULT_EXPERIMENT, type Experiment, flattenWithPath, type HostArray, hostArraysEqual } from '#linnet/core';
import type { Array as JaxArray } from '#linnet/tensor';
import type { SavedMetrics } from '../metrics';
import type { Sandbox } from '../sandbox';
import { disposeTree } from '../trainingState';

/** All that a run is at a step. */
export interface WholeRun {
  readonly arrays: readonly (readonly [path: string, array: HostArray])[];
  readonly metrics: SavedMetrics;
  readonly step: number;
}

/** Every bit that a run is: arrays of model, optimiser and random streams, and the history. */
export async function everything(sandbox: Sandbox): Promise<WholeRun> {
  const state = sandbox.session.trainer.snapshot();
  const arrays = await Promise.all(
    flattenWithPath(state).leaves.map(async ([path, leaf]) => [path.join('.'), await (leaf as JaxArray).toHost()] as const),
  );
  disposeTree(state);
  return { arrays, metrics: sandbox.session.metrics.toJson(), step: sandbox.session.step };
}

/** Asserts that a run is, bit for bit, what `expected` was. */
export async function expectSame(actual: Sandbox, expected: WholeRun, what = ''): Promise<void> {
  const found = await everything(actual);
  expect(found.step, what).toBe(expected.step);
  expect(found.metrics, what).toEqual(expected.metrics);
  expect(
    found.arrays.map(([path]) => path),
    what,
  ).toEqual(expected.arrays.map(([path]) => path));
  found.arrays.forEach(([path, array], i) => {
    expect(hostArraysEqual(array, expected.arrays[i]![1]), `${what} ${path}`).toBe(true);
  });
}

/** A run with everything that has a state of its own: dropout, running statistics, a schedule, moments. */
export const SMALL: Experiment = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, samples: 100 },
  model: { ...DEFAULT_EXPERIMENT.model, dropout: 0.2, batchNorm: true },
  optimizer: { ...DEFAULT_EXPERIMENT.optimizer, schedule: 'warmupCosine', clipNorm: 1, weightDecay: 1e-4, name: 'adamw' },
  training: { ...DEFAULT_EXPERIMENT.training, batchSize: 16 },
};
