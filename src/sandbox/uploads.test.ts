import { beforeAll, expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type Experiment, flattenWithPath, hostArraysEqual } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import type { Array as JaxArray } from '#linnet/tensor';
import { readFixtureFiles } from '../testing/fixtures';
import { startEngine } from './engine';
import { exportStep } from './exporting';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { inspectUpload, openUpload } from './uploads';

const silent = { state() {}, metrics() {}, checkpoints() {}, changed() {} };
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = new Sandbox(await startEngine('cpu'), new RunLibrary(await openMemoryLibrary()), silent);
});

/** A model whose layers have the shapes of the guide's: two of 4 by 4. */
const GUIDE: Experiment = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, name: 'iris' },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 4, activation: 'tanh' }] },
  // Not 0: with that seed the model starts with the very weights of the guide.
  training: { ...DEFAULT_EXPERIMENT.training, seed: 3 },
};

const fixture = async (directory: string) => ({
  name: directory,
  files: [...(await readFixtureFiles(directory))].map(([path, bytes]) => ({ path: `ckpt/${path}`, blob: new Blob([bytes.slice()]) })),
});

async function arraysOf(tree: unknown) {
  return Promise.all(
    flattenWithPath(tree).leaves.map(async ([path, leaf]) => [path.join('.'), await (leaf as JaxArray).toHost()] as const),
  );
}

test("a checkpoint of Orbax's own: what fits, what is missing, what has another shape", async () => {
  await sandbox.newRun(GUIDE);
  const upload = await openUpload(await fixture('orbax/a_guide_state_new/ckpt'));
  const report = inspectUpload(upload, sandbox.session.trainer.form.model);
  const rows = Object.fromEntries(report.match!.map(({ path, status }) => [path, status]));
  expect(rows).toEqual({ 'linear1.bias': 'missing', 'linear1.kernel': 'fits', 'linear2.bias': 'missing', 'linear2.kernel': 'shape' });
  expect(report.match!.find(({ path }) => path === 'linear2.kernel')).toMatchObject({ saved: 'float32[4, 4]', wanted: 'float32[4, 3]' });

  const before = sandbox.session.trainer.snapshot();
  const result = await sandbox.load(upload, { missing: 'keep' });
  expect(result).toMatchObject({ loaded: ['linear1.kernel'], kept: ['linear1.bias', 'linear2.bias', 'linear2.kernel'], dropped: [] });
  const after = sandbox.session.trainer.form;
  expect(await after.model.linear1.kernel.value.toArray()).not.toEqual(await before.model.linear1.kernel.value.toArray());
  expect(await after.model.linear2.kernel.value.toArray()).toEqual(await before.model.linear2.kernel.value.toArray());
  await sandbox.step(2);
  expect(sandbox.session.step).toBe(2);
});

test('nothing that fits is an error that says why, and the run stays', async () => {
  await sandbox.newRun({ ...GUIDE, model: { ...GUIDE.model, hidden: [{ width: 5, activation: 'tanh' }] } });
  const { id } = sandbox.session.info;
  const upload = await openUpload(await fixture('orbax/a_guide_state_new/ckpt'));
  await expect(sandbox.load(upload, { missing: 'keep' })).rejects.toThrow(
    /Nothing of .* fits the model.*linear1\.kernel: It has the shape \[4, 4\]/,
  );
  expect(sandbox.session.info.id).toBe(id);
});

test('its own export as a zip comes back bit for bit, and goes on the same', async () => {
  const { id } = await sandbox.newRun(GUIDE);
  await sandbox.step(5);
  await sandbox.save();
  const { name, blob } = await exportStep(await sandbox.library.open(id, 5), 'my run/x', 5, 'orbax');
  expect(name).toBe('my run-x-5.zip');
  await sandbox.step(4);
  const straight = await arraysOf(sandbox.session.trainer.form);
  const upload = await openUpload({ name, files: [{ path: name, blob }] });
  expect(upload.description).toContain('saved by Linnet');
  await sandbox.load(upload, { missing: 'keep' });
  expect(sandbox.session.step).toBe(5);
  await sandbox.step(4);
  const resumed = await arraysOf(sandbox.session.trainer.form);
  resumed.forEach(([path, array], i) => {
    expect(hostArraysEqual(array, straight[i]![1]), path).toBe(true);
  });
});

test('parameters alone, as safetensors and npz, fit the model they came from', async () => {
  const { id } = await sandbox.newRun(GUIDE);
  await sandbox.step(1);
  await sandbox.save();
  for (const format of ['safetensors', 'npz'] as const) {
    const { name, blob } = await exportStep(await sandbox.library.open(id, 1), 'run', 1, format);
    const upload = await openUpload({ name, files: [{ path: name, blob }] });
    const { match } = inspectUpload(upload, sandbox.session.trainer.form.model);
    expect(
      match!.map(({ status }) => status),
      format,
    ).toEqual(['fits', 'fits', 'fits', 'fits']);
  }
});

test('what is no checkpoint is refused by name', async () => {
  const blob = new Blob(['nothing to see']);
  await expect(openUpload({ name: 'a.txt', files: [{ path: 'a.txt', blob }] })).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
  await expect(openUpload({ name: 'empty', files: [] })).rejects.toThrow('"empty" holds no files');
});
