import { describe, expect, test, vi } from 'vitest';
import { concatBytes, type HostArray, hostArray } from '#linnet/core';
import { bytesAccess, openZip } from '#linnet/format';
import { memoryStore, openMemoryLibrary } from '#linnet/store';
import { comparableLeaf, fixtureStore } from '../../testing/checkpointLeaves';
import { Composite, JsonSave, StandardSave } from '../manager/args';
import { CheckpointManager } from '../manager/checkpointManager';
import { openTree } from '../openTree';
import { CheckpointPath } from '../paths/checkpointPath';
import { libraryPath } from '../paths/libraryStore';
import { path } from '../paths/resolve';
import { StandardCheckpointer } from '../standardCheckpointer';
import { verify } from '../verify/verify';
import { exportDirectory, exportFile, exportZip } from './exporting';

vi.spyOn(console, 'warn').mockImplementation(() => {});
const floats = (...values: number[]): HostArray => hostArray('float32', [values.length], new Uint8Array(Float32Array.from(values).buffer));

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return concatBytes(all);
}

async function leavesAt(place: CheckpointPath) {
  const saved = await openTree(place);
  const leaves = await Promise.all(saved.leaves.map((leaf) => comparableLeaf(saved, leaf)));
  return leaves.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const fileOf = (bytes: Uint8Array, name: string): File => new File([bytes as Uint8Array<ArrayBuffer>], name);

describe('exports', () => {
  test('a step of the library as a zip: run and step in its names, opened again from the file', async () => {
    const library = await openMemoryLibrary();
    const manager = new CheckpointManager(await libraryPath('birds', library));
    await manager.save(40, Composite({ model: StandardSave({ w: floats(1, 2) }), linnet: JsonSave({ step: 40 }) }), {
      metrics: { loss: 1 },
    });
    await manager.close();
    const zip = await collect(exportZip(await libraryPath('birds/40', library)));
    const names = (await (await openZip(bytesAccess(zip, 'zip'))).list()).map(({ key }) => key);
    expect(names.every((name) => name.startsWith('birds/40/'))).toBe(true);
    expect(names).toContain('birds/40/linnet.manifest.json');
    const place = await path(fileOf(zip, 'birds.zip'));
    expect(await leavesAt(place.join('birds', 40, 'model'))).toEqual(await leavesAt(await libraryPath('birds/40/model', library)));
    expect(await verify(place)).toEqual([]);
    const root = new CheckpointManager(place.join('birds'), { readOnly: true });
    expect((await root.restore(40)).linnet).toEqual({ step: 40 });
  });

  test.each(['birds', ''])('an item as a zip in the directory "%s" is restored from the zip', async (directory) => {
    const fixture = new CheckpointPath(await fixtureStore('orbax/b_deep_state_new/ckpt'));
    const zip = await collect(exportZip(fixture, { directory, orbax: {} }));
    const place = await path(fileOf(zip, 'x.zip'));
    expect(await leavesAt(place)).toEqual(await leavesAt(fixture));
  });

  test('a copy is byte for byte, and its manifest lists every file', async () => {
    const source = await fixtureStore('orbax/f_manager_default_new/ckpt');
    const copy = memoryStore('copy');
    await exportDirectory(new CheckpointPath(source), copy);
    for (const { key } of await source.list()) expect(await copy.read(key), key).toEqual(await source.read(key));
    const added = (await copy.list()).filter(({ key }) => !key.endsWith('linnet.manifest.json'));
    expect(added).toEqual(await source.list());
    const bytes = (await copy.read('ckpt_00000002/default/manifest.ocdbt'))!;
    bytes[20]! ^= 1;
    await copy.write('ckpt_00000002/default/manifest.ocdbt', bytes);
    expect(
      (await verify(new CheckpointPath(copy))).some(
        ({ where, code }) => where === 'ckpt_00000002/default/manifest.ocdbt' && code === 'damaged',
      ),
    ).toBe(true);
  });

  test('steps are written anew in other options, managers step by step', async () => {
    const source = new CheckpointPath(await fixtureStore('orbax/f_manager_old/ckpt'));
    const copy = new CheckpointPath(memoryStore('copy'));
    await exportDirectory(source, copy, { orbax: { zarr: 3, ocdbt: false } });
    expect(await leavesAt(copy.join(15, 'params'))).toEqual(await leavesAt(source.join(15, 'params')));
    const manager = new CheckpointManager(copy, { readOnly: true, bestFn: (metrics) => metrics.accuracy });
    expect([await manager.allSteps(), await manager.bestStep()]).toEqual([[5, 15, 20], 5]);
    expect(await copy.join(15, 'params', 'w', 'zarr.json').exists()).toBe(true);
  });

  test('an existing destination is refused', async () => {
    const to = memoryStore('full');
    await to.write('x', new Uint8Array(1));
    await expect(exportDirectory({ w: floats(1) }, to)).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
    await exportDirectory({ w: floats(1) }, to, { force: true });
    expect(await to.byteLength('x')).toBeUndefined();
  });

  test('safetensors remembers the tree: keys, kinds, text, typed keys', async () => {
    const fixture = new CheckpointPath(await fixtureStore('orbax/b_deep_state_new/ckpt'));
    const place = await path(fileOf(await collect(exportFile(fixture, 'safetensors')), 'model.safetensors'));
    expect(await leavesAt(place)).toEqual(await leavesAt(fixture));
    const tree = { list: [floats(1), { a: 2 }], text: 'x', none: null, 'dot.ted': floats(3) };
    const own = await path(fileOf(await collect(exportFile(tree, 'safetensors')), 'own.safetensors'));
    const restored = await new StandardCheckpointer().restore(own);
    expect(restored.list[0]).toMatchObject({ shape: [1] });
    expect(Number(restored.list[1].a)).toBe(2);
    expect([restored.text, restored.none]).toEqual(['x', null]);
    expect(restored['dot.ted']).toMatchObject({ dtype: 'float32' });
  });

  test('npz holds the arrays by name', async () => {
    const bytes = await collect(exportFile({ layer: { kernel: floats(1, 2), bias: floats(3) } }, 'npz'));
    const restored = await new StandardCheckpointer().restore(await path(fileOf(bytes, 'm.npz')));
    expect(restored.layer.kernel).toMatchObject({ dtype: 'float32', shape: [2] });
    const zip = await path(fileOf(await collect(exportZip({ w: floats(1) }, { format: 'npz' })), 'm.zip'));
    expect((await zip.list()).length).toBeGreaterThan(0);
  });

  test('files of other frameworks are refused with a way to convert them', async () => {
    const pickle = fileOf(Uint8Array.of(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0), 'x.pkl');
    await expect(openTree(await path(pickle))).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
    const text = fileOf(new TextEncoder().encode('hello world, this is no checkpoint'), 'notes.txt');
    await expect(openTree(await path(text))).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
  });

  test('Flax 0.10: None where a layer has no bias, keys as words', async () => {
    const fixture = new CheckpointPath(await fixtureStore('orbax/a_guide_state_new/ckpt'));
    const copy = new CheckpointPath(memoryStore('old'));
    await exportDirectory(fixture, copy, { orbax: { flax: '0.10' } });
    const kinds = (place: CheckpointPath) => leavesAt(place).then((leaves) => leaves.map(({ name, kind }) => `${name} ${kind}`));
    expect(await kinds(copy)).toEqual(await kinds(new CheckpointPath(await fixtureStore('orbax/a_guide_state_old/ckpt'))));
    const deep = new CheckpointPath(memoryStore('deep'));
    await exportDirectory(new CheckpointPath(await fixtureStore('orbax/b_deep_state_new/ckpt')), deep, { orbax: { flax: '0.10' } });
    const leaves = await leavesAt(deep);
    expect(leaves.find(({ name }) => name === 'b0.dropout.rngs.key.value')).toMatchObject({ dtype: 'uint32', shape: [2] });
    expect(leaves.every(({ randomKeyImpl }) => randomKeyImpl === undefined)).toBe(true);
  });
});
