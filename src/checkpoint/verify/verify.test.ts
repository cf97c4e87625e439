import { describe, expect, test, vi } from 'vitest';
import { type HostArray, hostArray } from '#linnet/core';
import { memoryStore, type WritableStore } from '#linnet/store';
import { comparableLeaf, expectedItems, fixtureNames, fixtureStore } from '../../testing/checkpointLeaves';
import { exportFile } from '../exporting/exporting';
import { collectLeaves } from '../leaves';
import { loadWithoutTarget } from '../load';
import { openTree } from '../openTree';
import { CheckpointPath } from '../paths/checkpointPath';
import { type OrbaxWriteOptions, saveCheckpoint } from '../saveOrbax';
import { repair, verify } from './verify';

// Counts decide here, not time: a busy machine may take long.
vi.setConfig({ testTimeout: 60_000 });

vi.spyOn(console, 'warn').mockImplementation(() => {});

const floats = (...values: number[]): HostArray => hostArray('float32', [values.length], new Uint8Array(Float32Array.from(values).buffer));

async function written(options: OrbaxWriteOptions, tree: object): Promise<WritableStore> {
  const store = memoryStore('written');
  await saveCheckpoint(store, collectLeaves(tree, { copy: false }), { ...options, handler: 'standard' });
  return store;
}

async function copyOf(store: WritableStore): Promise<WritableStore> {
  const copy = memoryStore('copy');
  for (const { key } of await store.list()) await copy.write(key, (await store.read(key))!);
  return copy;
}

async function without(store: WritableStore, ...keys: string[]): Promise<CheckpointPath> {
  const copy = await copyOf(store);
  for (const key of keys) await copy.delete(key);
  return new CheckpointPath(copy);
}

const codes = async (place: CheckpointPath): Promise<string[]> => [...new Set((await verify(place)).map(({ code }) => code))].sort();
const errors = async (place: CheckpointPath) => (await verify(place)).filter(({ severity }) => severity === 'error');

describe('what is sound', () => {
  test.each(fixtureNames)('%s has no error', async (fixture) => {
    const findings = await errors(new CheckpointPath(await fixtureStore(`orbax/${fixture}/ckpt`)));
    expect(findings).toEqual([]);
  });

  test('Linnet leaves nothing unchecked and nothing to say', async () => {
    const big = floats(...Array.from({ length: 1000 }, (_, i) => i));
    for (const options of [
      {},
      { zarr: 3 },
      { ocdbt: false },
      { compression: 'none' },
      { compression: 'gzip', chunkByteSize: 500 },
    ] as OrbaxWriteOptions[]) {
      expect(await verify(new CheckpointPath(await written(options, { big, small: 1, text: 'x' }))), JSON.stringify(options)).toEqual([]);
    }
  });

  test('leaves that nothing protects are listed: uncompressed chunks outside the tree, and zstd frames without a checksum', async () => {
    const findings = await verify(new CheckpointPath(await fixtureStore('orbax/c_chunks_old/ckpt')));
    const unchecked = findings.filter(({ code }) => code === 'unchecked').map(({ where }) => where);
    expect(unchecked).toContain('big');
    const inline = await verify(new CheckpointPath(await fixtureStore('orbax/a_guide_state_new/ckpt')));
    expect(inline.filter(({ code }) => code === 'unchecked').map(({ where }) => where)).toEqual(['_METADATA']);
  });
});

describe('what is missing', () => {
  const tree = { layer: { kernel: floats(1, 2, 3), text: 'x' }, list: [floats(4)] };
  test('each missing file is named with its meaning', async () => {
    const store = await written({}, tree);
    const jax = await written({}, { w: { ...floats(1), valueType: 'jax.Array' } });
    expect(await codes(await without(store, 'commit_success.txt', 'linnet.manifest.json'))).toEqual(['no-commit-file', 'unchecked']);
    expect(await codes(await without(jax, '_sharding', 'linnet.manifest.json'))).toEqual(['no-sharding', 'unchecked']);
    expect(await codes(await without(store, '_METADATA', 'linnet.manifest.json'))).toContain('no-metadata');
    expect(await codes(await without(store, '_strings.json', 'linnet.manifest.json'))).toEqual(['missing-file', 'unchecked']);
    expect(await codes(await without(store, '_strings.json'))).toContain('missing-file');
  });

  test('a save that was not merged is explained, and repaired in a copy', async () => {
    const place = new CheckpointPath(await fixtureStore('orbax/e_multiproc2_new/premerge'));
    expect((await errors(place)).map(({ code, repair: how }) => [code, how])).toContainEqual(['unmerged', 'merge']);
    const copy = new CheckpointPath(memoryStore('repaired'));
    await repair(place, copy);
    expect(await errors(copy)).toEqual([]);
    const saved = await openTree(copy);
    const wanted = (await expectedItems('e_multiproc2_new')).get('ckpt')!;
    const found = await Promise.all(saved.leaves.map((leaf) => comparableLeaf(saved, leaf)));
    expect(found.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([...wanted].sort((a, b) => (a.name < b.name ? -1 : 1)));
  });

  test('without _METADATA the tree is guessed', async () => {
    const store = await written({}, { layer: { kernel: floats(1, 2, 3) } });
    const place = await without(store, '_METADATA', 'linnet.manifest.json', 'commit_success.txt');
    const copy = new CheckpointPath(memoryStore('repaired'));
    await repair(place, copy);
    expect(await errors(copy)).toEqual([]);
    expect((await loadWithoutTarget(await openTree(copy))).layer.kernel).toMatchObject({ shape: [3] });
  });

  test('commit file and sharding are written anew in a copy; the original stays', async () => {
    for (const missing of ['commit_success.txt', '_sharding']) {
      const sound = await written({}, { w: { ...floats(1, 2), valueType: 'jax.Array' } });
      const place = await without(sound, missing, 'linnet.manifest.json');
      const repairs = (await verify(place)).flatMap(({ repair: how }) => how ?? []);
      expect(repairs).toEqual([missing === '_sharding' ? 'sharding' : 'commit-file']);
      const copy = new CheckpointPath(memoryStore('repaired'));
      await repair(place, copy);
      expect(await verify(copy)).toEqual([]);
      expect((await copy.store.list()).map(({ key }) => key)).toContain(missing);
      expect((await place.store.list()).map(({ key }) => key)).not.toContain(missing);
      expect((await loadWithoutTarget(await openTree(copy))).w).toMatchObject({ data: floats(1, 2).data });
    }
  });

  test.each(['safetensors', 'json'] as const)('a %s file has no checksums: all its leaves are unchecked', async (format) => {
    const store = memoryStore('file');
    await store.write(`model.${format}`, exportFile({ w: floats(1), text: 'x', none: null }, format));
    const findings = await verify(new CheckpointPath(store, `model.${format}`));
    expect(findings.map(({ code, where }) => [code, where])).toEqual([
      ['unchecked', 'text'],
      ['unchecked', 'w'],
    ]);
  });

  test('managers are checked step by step', async () => {
    const findings = await verify(new CheckpointPath(await fixtureStore('orbax/f_manager_old/ckpt')));
    expect(findings.filter(({ code }) => code === 'unfinished')).toMatchObject([
      { where: '25.orbax-checkpoint-tmp-1700000000', severity: 'warning' },
    ]);
  });
});
