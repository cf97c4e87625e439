import { beforeAll, expect, test } from 'vitest';
import {
  type CheckpointInfo,
  DEFAULT_EXPERIMENT,
  type EngineInfo,
  type Experiment,
  flattenWithPath,
  hostArraysEqual,
  type SessionState,
} from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import type { Array as JaxArray } from '#linnet/tensor';
import { startEngine } from './engine';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { disposeTree } from './trainingState';

let engine: EngineInfo;
beforeAll(async () => {
  engine = await startEngine('cpu');
});

interface Seen {
  readonly states: SessionState[];
  readonly steps: number[];
  checkpoints: CheckpointInfo[];
}

async function makeSandbox(): Promise<{ sandbox: Sandbox; seen: Seen }> {
  const seen: Seen = { states: [], steps: [], checkpoints: [] };
  const sandbox = new Sandbox(engine, new RunLibrary(await openMemoryLibrary()), {
    state: (state) => seen.states.push(state),
    metrics: ({ steps }) => seen.steps.push(...steps),
    checkpoints: (list) => {
      seen.checkpoints = list;
    },
    changed: () => {},
  });
  return { sandbox, seen };
}

/** Every bit that a run is: arrays of model, optimiser and random streams, and the history. */
async function everything(sandbox: Sandbox) {
  const state = sandbox.session.trainer.snapshot();
  const arrays = await Promise.all(
    flattenWithPath(state).leaves.map(async ([path, leaf]) => [path.join('.'), await (leaf as JaxArray).toHost()] as const),
  );
  disposeTree(state);
  return { arrays, metrics: sandbox.session.metrics.toJson(), step: sandbox.session.step };
}

async function expectSame(actual: Sandbox, expected: Awaited<ReturnType<typeof everything>>): Promise<void> {
  const found = await everything(actual);
  expect(found.step).toBe(expected.step);
  expect(found.metrics).toEqual(expected.metrics);
  expect(found.arrays.map(([path]) => path)).toEqual(expected.arrays.map(([path]) => path));
  found.arrays.forEach(([path, array], i) => {
    expect(hostArraysEqual(array, expected.arrays[i]![1]), path).toBe(true);
  });
}

const SMALL: Experiment = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, samples: 100 },
  model: { ...DEFAULT_EXPERIMENT.model, dropout: 0.2, batchNorm: true },
  optimizer: { ...DEFAULT_EXPERIMENT.optimizer, schedule: 'warmupCosine', clipNorm: 1, weightDecay: 1e-4, name: 'adamw' },
  training: { ...DEFAULT_EXPERIMENT.training, batchSize: 16 },
};

test('50 steps straight are 50 steps with a save, a restore in a new sandbox, and the rest', async () => {
  const { sandbox } = await makeSandbox();
  await sandbox.newRun(SMALL);
  await sandbox.step(50);
  const straight = await everything(sandbox);
  for (const k of [1, 4, 7, 25, 49]) {
    const { sandbox: first } = await makeSandbox();
    const { id } = await first.newRun(SMALL);
    await first.step(k);
    await first.save();
    const second = new Sandbox(first.engine, first.library, { state() {}, metrics() {}, checkpoints() {}, changed() {} });
    await second.restore(id, k);
    await expectSame(second, await everything(first));
    await second.step(50 - k);
    await expectSame(second, straight);
  }
}, 30_000);
