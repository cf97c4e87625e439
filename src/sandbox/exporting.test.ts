import { expect, test } from 'vitest';
import { path, StandardCheckpointer } from '#linnet/checkpoint';
import { DEFAULT_EXPERIMENT, type Experiment } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { startEngine } from './engine';
import { exportStep } from './exporting';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';

const IRIS: Experiment = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, name: 'iris' },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 4, activation: 'tanh' }] },
};

test('a zip for JAX has the step, the rows and a script in which names stay names', async () => {
  const sandbox = new Sandbox(await startEngine('cpu'), new RunLibrary(await openMemoryLibrary()), {
    ...{ state() {}, metrics() {}, checkpoints() {}, changed() {} },
  });
  const { id } = await sandbox.newRun(IRIS);
  await sandbox.step(3);
  await sandbox.save();
  const { name, blob } = await exportStep(await sandbox.library.open(id, 3), '../"""; import os', 3, 'jax');
  expect(name).toBe('; import os-3-jax.zip');
  const run = (await path(new File([blob], name))).join('; import os');
  const files = (await run.store.list()).map(({ key }) => key);
  expect(files.filter((file) => !file.startsWith('3/'))).toEqual(['continue_in_jax.py', 'data.npz']);
  const script = new TextDecoder().decode(await run.store.read('continue_in_jax.py'));
  expect(script.split('\n').filter((line) => line.includes('import os'))).toEqual([String.raw`RUN = "../\"\"\"; import os"`]);
  expect(script).toContain('nnx.Linear(4, 4, rngs=rngs)');
  const npz = new File([(await run.store.read('data.npz'))!.slice()], 'data.npz');
  const rows = await new StandardCheckpointer().restore(await path(npz));
  expect([rows.train_inputs.shape, rows.train_labels.dtype, rows.test_labels.shape]).toEqual([[105, 4], 'int32', [45]]);
});
