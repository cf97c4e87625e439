import { beforeAll, expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type Experiment, flattenWithPath, hostArraysEqual, type Repairs } from '#linnet/core';
import { exportStep, modelLeaves, RunLibrary, Sandbox, startEngine } from '#linnet/sandbox';
import { openMemoryLibrary } from '#linnet/store';
import type { Array as JaxArray } from '#linnet/tensor';
import { readFixtureFiles } from '../../testing/fixtures';
import type { Upload } from '../protocol';
import { InspectService } from './inspectService';
import { NO_REPAIRS } from './matchTree';
import { locate } from './upload';

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

async function inspected(upload: Upload) {
  const service = new InspectService();
  return { service, report: await service.open(upload, () => {}) };
}

const present = () => modelLeaves(sandbox.session.trainer.form);
const kernels = async () => Object.fromEntries(await arraysOf(sandbox.session.trainer.form.model));

test("a checkpoint of Orbax's own: what it is, what fits, what is missing, what has another shape", async () => {
  await sandbox.newRun(GUIDE);
  const { service, report } = await inspected(await fixture('orbax/a_guide_state_new/ckpt'));
  expect(report).toMatchObject({ description: 'Orbax checkpoint', writer: 'Orbax in Python', storage: 'OCDBT, zarr v2', ownStep: null });
  expect(report.savedAtMs).toBeGreaterThan(1.7e12);
  const { rows, item } = await service.match(null, present(), NO_REPAIRS);
  expect(rows.map(({ path, status }) => [path, status])).toEqual([
    ['linear2.kernel', 'shape'],
    ['linear1.bias', 'missing'],
    ['linear2.bias', 'missing'],
    ['linear1.kernel', 'fits'],
  ]);
  expect(rows[0]).toMatchObject({ saved: 'float32[4, 4]', wanted: 'float32[4, 3]', canCut: true, fill: 'fresh' });

  const fresh = await kernels();
  await sandbox.step(3);
  const arrays = await service.arrays(item, present(), { ...NO_REPAIRS, fills: [['linear1.bias', 'zeros']] });
  expect(await sandbox.load(arrays)).toMatchObject({
    loaded: ['linear1.kernel'],
    zeroed: ['linear1.bias'],
    fresh: ['linear2.bias', 'linear2.kernel'],
  });
  const after = await kernels();
  expect(hostArraysEqual(after['linear1.kernel.value']!, fresh['linear1.kernel.value']!)).toBe(false);
  // Fresh means a new model's values, not what training made of them.
  expect(hostArraysEqual(after['linear2.kernel.value']!, fresh['linear2.kernel.value']!)).toBe(true);
  await sandbox.step(2);
  expect(sandbox.session.step).toBe(2);
});

test('a leaf is cut to the shape that is wanted, as Orbax does when it is not strict', async () => {
  await sandbox.newRun(GUIDE);
  const { service } = await inspected(await fixture('orbax/a_guide_state_new/ckpt'));
  const arrays = await service.arrays('ckpt', present(), { ...NO_REPAIRS, fills: [['linear2.kernel', 'cut']] });
  const [, kernel] = arrays.model.find(([path]) => path === 'linear2.kernel')!;
  expect(kernel.shape).toEqual([4, 3]);
  await sandbox.load(arrays);
  expect(hostArraysEqual((await kernels())['linear2.kernel.value']!, kernel)).toBe(true);
});

test('renaming puts a leaf in the place of another; what looks the same is found', async () => {
  const other = { ...GUIDE, model: { ...GUIDE.model, hidden: [{ width: 4, activation: 'tanh' as const }] } };
  const { id } = await sandbox.newRun(other);
  await sandbox.step(1);
  await sandbox.save();
  const { name, blob } = await exportStep(await sandbox.library.open(id, 1), 'run', 1, 'safetensors');
  const text = new TextDecoder('latin1').decode(await blob.arrayBuffer());
  const renamed = Uint8Array.from(text.replaceAll('linear2', 'head_no'), (letter) => letter.charCodeAt(0));
  const { service } = await inspected({ name, files: [{ path: name, blob: new Blob([renamed]) }] });
  const { rows } = await service.match(null, present(), NO_REPAIRS);
  expect(rows.map(({ path, status, likely }) => [path, status, likely])).toEqual([
    ['linear2.bias', 'missing', 'head_no.bias'],
    ['linear2.kernel', 'missing', 'head_no.kernel'],
    ['head_no.bias', 'unexpected', null],
    ['head_no.kernel', 'unexpected', null],
    ['linear1.bias', 'fits', null],
    ['linear1.kernel', 'fits', null],
  ]);
  const repairs: Repairs = { ...NO_REPAIRS, renames: [['head_no.kernel', 'linear2.kernel']] };
  const statuses = (await service.match('', present(), repairs)).rows.map(({ path, status }) => `${path} ${status}`);
  expect(statuses).toEqual([
    'linear2.bias missing',
    'head_no.bias unexpected',
    'linear2.kernel renamed',
    'linear1.bias fits',
    'linear1.kernel fits',
  ]);
  const trained = await kernels();
  await sandbox.newRun(other);
  await sandbox.load(await service.arrays('', present(), repairs));
  expect(hostArraysEqual((await kernels())['linear2.kernel.value']!, trained['linear2.kernel.value']!)).toBe(true);
});

test('what nothing vouches for is named: chunks without checksums, and every array of a safetensors file', async () => {
  const { service } = await inspected(await fixture('orbax/c_chunks_old/ckpt'));
  const { findings, unchecked } = await service.check();
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(unchecked).toContainEqual(['ckpt', ['big']]);
  const sound = await inspected(await fixture('orbax/a_guide_state_new/ckpt'));
  const inline = await sound.service.check();
  expect(inline.unchecked).toEqual([]);
  expect(inline.findings).toMatchObject([{ severity: 'note', code: 'unchecked', where: 'ckpt/_METADATA' }]);
});

test('nothing that fits is an error that says why, and the run stays', async () => {
  await sandbox.newRun({ ...GUIDE, model: { ...GUIDE.model, hidden: [{ width: 5, activation: 'tanh' }] } });
  const { service } = await inspected(await fixture('orbax/a_guide_state_new/ckpt'));
  await expect(service.arrays('ckpt', present(), NO_REPAIRS)).rejects.toThrow(
    /Nothing of .* fits the model.*linear1\.kernel: It has the shape \[4, 4\]/,
  );
});

test.each(['orbax', 'jax'] as const)('its own export as a zip (%s) comes back bit for bit, and goes on the same', async (format) => {
  const { id } = await sandbox.newRun(GUIDE);
  await sandbox.step(5);
  await sandbox.save();
  const { name, blob } = await exportStep(await sandbox.library.open(id, 5), 'my run/x', 5, format);
  expect(name).toBe(format === 'jax' ? 'my run-x-5-jax.zip' : 'my run-x-5.zip');
  await sandbox.step(4);
  const straight = await arraysOf(sandbox.session.trainer.form);
  const upload = { name, files: [{ path: name, blob }] };
  const { service, report } = await inspected(upload);
  expect(report).toMatchObject({ writer: 'Linnet', ownStep: 5 });
  expect(await service.check()).toEqual({ findings: [], unchecked: [] });
  await sandbox.importStep((await locate(upload)).step.path);
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
    const { service } = await inspected({ name, files: [{ path: name, blob }] });
    const { rows } = await service.match(null, present(), NO_REPAIRS);
    expect(
      rows.map(({ status }) => status),
      format,
    ).toEqual(['fits', 'fits', 'fits', 'fits']);
    expect((await service.check()).unchecked).toHaveLength(format === 'safetensors' ? 4 : 0);
  }
});

test('what is no checkpoint is refused by name', async () => {
  const blob = new Blob(['nothing to see']);
  await expect(inspected({ name: 'a.txt', files: [{ path: 'a.txt', blob }] })).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
  await expect(inspected({ name: 'empty', files: [] })).rejects.toThrow('"empty" holds no files');
});
