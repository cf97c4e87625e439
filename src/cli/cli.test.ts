import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StandardCheckpointer } from '#linnet/checkpoint';
import { hostArray } from '#linnet/core';
import { NodeDirectoryStore } from './directoryStore';
import { nodePath } from './nodePath';
import { run } from './run';

const fixture = (name: string): string => fileURLToPath(new URL(`../testing/fixtures/orbax/${name}/ckpt`, import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'linnet-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function linnet(...argv: string[]): Promise<{ code: number; out: string; json: any }> {
  const lines: string[] = [];
  const code = await run(argv, { print: (line) => lines.push(line) });
  const out = lines.join('\n');
  return { code, out, json: argv.includes('--json') ? JSON.parse(out) : undefined };
}

const vector = (...values: number[]) => hostArray('float32', [values.length], new Uint8Array(Float32Array.from(values).buffer));

async function saved(name: string, tree: object): Promise<string> {
  const directory = join(folder, name);
  const checkpointer = new StandardCheckpointer();
  await checkpointer.save(await nodePath(directory), tree, { force: true });
  await checkpointer.close();
  return directory;
}

describe('ls and show', () => {
  test('steps, items, and one tree', async () => {
    const { code, json } = await linnet('ls', fixture('f_manager_old'), '--json');
    expect(code).toBe(0);
    expect(json.map(({ path }: { path: string }) => path)).toEqual([
      '5/meta',
      '5/opt_state',
      '5/params',
      '15/meta',
      '15/opt_state',
      '15/params',
      '20/meta',
      '20/opt_state',
      '20/params',
    ]);
    expect(json[0]).toEqual({ path: '5/meta', holds: 'json', byteLength: 25 });
    expect(json[2]).toMatchObject({ holds: 'tree (orbax)', leaves: 2, byteLength: 32 });
    expect((await linnet('ls', fixture('a_guide_state_new'))).out).toMatch(/path +holds +leaves +size\n.*\n\. +tree \(orbax\) +2 +128 B/);
  });

  test('show lists what there is where several trees are', async () => {
    for (const name of ['f_manager_old', 'h_v1_pytree_new'].map(fixture)) {
      const { code, out } = await linnet('show', name);
      expect(code, out).toBe(0);
      expect(out).toMatch(/leaf +kind +value|path +holds +leaves/);
    }
    expect((await linnet('show', fixture('f_manager_old'))).out).toBe((await linnet('ls', fixture('f_manager_old'))).out);
    expect(await linnet('show', fixture('f_manager_old'), 'params.w')).toMatchObject({ code: 2, out: expect.stringContaining('steps') });
  });

  test('leaves in a table, one leaf with its values', async () => {
    const { out } = await linnet('show', fixture('b_deep_state_new'));
    expect(out).toContain('b0.dropout.rngs.key.value');
    expect(out).toContain('key<fry>[]');
    expect(out).toContain('18 leaves');
    expect((await linnet('show', fixture('c_scalars_new'))).out).toMatch(/big +scalar +int64 1099511627776 +8 B/);
    const directory = await saved('values', { w: vector(1, 2, 6, Number.NaN), text: 'a\u001b[31mb' });
    const { json } = await linnet('show', directory, 'w', '--json');
    expect(json).toMatchObject({ dtype: 'float32', shape: [4], min: 1, max: 6, mean: 3, notFinite: 1, first: ['1', '2', '6', 'NaN'] });
    expect((await linnet('show', directory)).out).not.toContain('\u001b');
    expect(await linnet('show', directory, 'nope')).toMatchObject({ code: 2 });
  });
});

describe('diff', () => {
  test('the same tree in two layouts has no difference', async () => {
    expect(await linnet('diff', fixture('d_zarr2_ocdbt_new'), fixture('d_zarr3_files_new'))).toMatchObject({ code: 0 });
  });
  test('every kind of difference', async () => {
    const a = await saved('a', { same: vector(1), values: vector(1, 2), type: vector(1), gone: vector(1), text: 'x' });
    const b = await saved('b', { same: vector(1), values: vector(1, 2.5), type: vector(1, 2), added: vector(1), text: 'y' });
    const { code, json } = await linnet('diff', a, b, '--json');
    expect(code).toBe(1);
    expect(json).toEqual({
      differences: [
        { leaf: 'gone', kind: 'only in first', first: 'float32[1]' },
        { leaf: 'text', kind: 'values', first: 'x', second: 'y' },
        { leaf: 'type', kind: 'type', first: 'float32[1]', second: 'float32[2]' },
        {
          leaf: 'values',
          kind: 'values',
          first: 'float32[2]',
          second: 'float32[2]',
          values: { elements: 2, changed: 1, notFinite: 0, largest: 0.5, relative: 0.2, ulps: 2 ** 21, at: 1 },
        },
        { leaf: 'added', kind: 'only in second', second: 'float32[1]' },
      ],
      sameLeaves: 1,
    });
    const { out } = await linnet('diff', a, b);
    expect(out).toMatch(/values +values +float32\[2\] +float32\[2\] +1 of 2 +0\.5 +0\.2 +2,097,152/);
    expect(out).toContain('5 leaves differ, 1 are the same');
  });
});

describe('verify', () => {
  test('findings are told with what they mean, leaves without a checksum together', async () => {
    const { code, out } = await linnet('verify', fixture('c_chunks_old'));
    expect(code).toBe(0);
    expect(out).toMatch(/warning: commit_success\.txt\n {4}There is no/);
    expect(out).toMatch(/note: 2 unchecked leaves\n {4}deep\.v, big\. A flipped bit/);
    expect(out.split('\n').at(-1)).toBe('No damage found.');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect((await linnet('verify', fixture('f_manager_default_new'))).out).toMatch(/note: ckpt_00000002\/default\/_METADATA\n/);
  });
  test('sound, damaged, repaired', async () => {
    const directory = await saved('sound', { w: vector(1, 2) });
    expect(await linnet('verify', directory)).toMatchObject({ code: 0 });
    const file = join(directory, '_METADATA');
    await writeFile(file, (await readFile(file, 'utf8')).replace('scalar', 'skalar').replace('2', '1'));
    const { code, json } = await linnet('verify', directory, '--json');
    expect(code).toBe(1);
    expect(json[0]).toMatchObject({ severity: 'error', where: '_METADATA' });
    const premerge = fixture('e_multiproc2_new').replace('ckpt', 'premerge');
    const to = join(folder, 'repaired');
    expect(await linnet('verify', premerge, '--repair', to)).toMatchObject({ code: 1 });
    expect(await linnet('verify', to)).toMatchObject({ code: 0 });
    expect(await linnet('diff', to, fixture('e_multiproc2_new'))).toMatchObject({ code: 0 });
  });
});

describe('convert', () => {
  test.each(['out', 'out.zip', 'out.safetensors', 'out.json'])('to %s and back, bit for bit', async (name) => {
    const from = fixture('b_deep_state_new');
    const to = join(folder, name);
    expect(await linnet('convert', from, to, '--compression', 'gzip')).toMatchObject({ code: 0 });
    expect(await linnet('diff', from, to)).toMatchObject({ code: 0 });
    expect(await linnet('convert', from, to)).toMatchObject({ code: 2 });
    expect(await linnet('convert', from, to, '--force', '--zarr', '3', '--files')).toMatchObject({ code: 0 });
    expect(await linnet('diff', from, to)).toMatchObject({ code: 0 });
  });
  test('an option that is none', async () => {
    expect(await linnet('convert', fixture('a_guide_state_new'), join(folder, 'x'), '--zarr', '4')).toMatchObject({
      code: 2,
      out: expect.stringContaining('--zarr'),
    });
  });
});

test('mistakes are explained, with exit code 2', async () => {
  expect(await linnet()).toMatchObject({ code: 0, out: expect.stringContaining('convert <from> <to>') });
  expect(await linnet('frobnicate')).toMatchObject({ code: 2 });
  expect(await linnet('show')).toMatchObject({ code: 2, out: expect.stringContaining('Usage') });
  expect(await linnet('show', '--nonsense', 'x')).toMatchObject({ code: 2 });
  const { code, json } = await linnet('show', join(folder, 'nowhere'), '--json');
  expect(code).toBe(2);
  expect(json.error.kind).toBe('CheckpointNotFoundError');
});

test('a directory store refuses keys that leave it', async () => {
  const store = new NodeDirectoryStore(folder);
  for (const key of ['../x', '/etc/passwd', 'a/../../x', 'a//b', '.', 'a\0b'])
    await expect(store.read(key), key).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
  await store.write('deep/file', Uint8Array.of(1, 2, 3));
  expect(await store.read('deep/file', { suffix: 2 })).toEqual(Uint8Array.of(2, 3));
  expect(await store.read('deep/file', { offset: 1, length: 1 })).toEqual(Uint8Array.of(2));
  await expect(store.read('deep/file', { offset: 1, length: 9 })).rejects.toMatchObject({ kind: 'CorruptFileError' });
  expect(await store.read('deep')).toBeUndefined();
  expect(await store.list('deep/f')).toEqual([{ key: 'deep/file', byteLength: 3 }]);
  await store.deletePrefix('deep/');
  expect(await store.byteLength('deep/file')).toBeUndefined();
});
