import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { encodeUtf8 } from '#linnet/core';
import { fileListStore, memoryStore, openMemoryLibrary, type ReadableStore } from '#linnet/store';
import { fixtureStore } from '../../testing/checkpointLeaves';
import { detect } from '../detect';
import { exportDirectory } from '../exporting/exporting';
import { openTree } from '../openTree';
import { eraseAndCreateEmpty } from '../testUtils';
import { CheckpointPath } from './checkpointPath';
import { libraryPath } from './libraryStore';
import { path } from './resolve';

const bytes = Uint8Array.of(1);

describe('CheckpointPath', () => {
  test('goes down by name, and only down', async () => {
    const place = await path('memory:/runs//birds/');
    expect(String(place.join('a/b', 3))).toBe('memory:/runs/birds/a/b/3');
    expect(place.join('x').name).toBe('x');
    expect(place.parent.key).toBe('runs');
    for (const bad of ['..', 'a/../b', '.'])
      expect(() => place.join(bad)).toThrow(expect.objectContaining({ kind: 'InvalidArgumentError' }));
  });

  test('exists, list and remove see what lies below, and not beside', async () => {
    const root = await eraseAndCreateEmpty('memory:/paths');
    await root.write(async (store) => {
      for (const key of ['a/x', 'a/y/z', 'ab/x', 'file']) await store.write(key, bytes);
    });
    expect(await root.list()).toEqual(['a', 'ab', 'file']);
    expect(await root.join('a').list()).toEqual(['x', 'y']);
    expect(await root.join('file').exists()).toBe(true);
    expect(await root.join('b').exists()).toBe(false);
    await root.join('a').remove();
    expect(await root.list()).toEqual(['ab', 'file']);
    await root.join('file').remove();
    expect(await root.list()).toEqual(['ab']);
  });

  test('what is read only says so', async () => {
    const place = await path(fileListStore([{ path: 'x', file: new Blob([]) }]));
    await expect(place.write(async () => {})).rejects.toMatchObject({ kind: 'StorageError' });
    await expect(place.remove()).rejects.toMatchObject({ kind: 'StorageError' });
  });

  test.each(['nowhere:/x', 'just text', 'indexeddb:/'])('%s is no path', async (text) => {
    await expect(path(text)).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
  });

  test('addresses of files on the web', async () => {
    const place = await path('https://example.org/models/net.safetensors');
    expect([place.root.name, place.key]).toEqual(['https://example.org/models/', 'net.safetensors']);
    expect((await path('https://example.org/runs/3')).root.name).toBe('https://example.org/runs/3/');
  });
});

describe('the library', () => {
  test('a step is opened once for all the files that are read of it, and anew when it was replaced', async () => {
    const library = await openMemoryLibrary();
    const open = vi.spyOn(library, 'openStep');
    const place = await libraryPath('run/3', library);
    for (const version of [1, 2]) {
      await place.write(async (store) => {
        for (const name of ['a', 'b', 'c']) await store.write(name, Uint8Array.of(version));
      });
      for (const name of ['a', 'b', 'c']) expect(await place.store.read(name)).toEqual(Uint8Array.of(version));
      expect(open).toHaveBeenCalledTimes(version);
    }
    expect(await (await libraryPath('run/4', library)).store.read('a')).toBeUndefined();
  });
});

describe('folders on the web', () => {
  async function serve(store: ReadableStore): Promise<void> {
    vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
      const found = await store.read(decodeURIComponent(new URL(String(input)).pathname.slice('/runs/'.length)));
      if (found === undefined) return new Response(null, { status: 404 });
      const range = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get('Range') ?? '');
      const part = range === null ? found : found.slice(Number(range[1]), Number(range[2]) + 1);
      const headers = { 'Content-Length': String(part.byteLength), 'Content-Range': `bytes 0-0/${found.byteLength}` };
      return new Response(init?.method === 'HEAD' ? null : part.slice().buffer, { status: range === null ? 200 : 206, headers });
    });
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
  }

  test('an item is found without listing', async () => {
    await serve(await fixtureStore('orbax/a_guide_state_new/ckpt'));
    const { leaves } = await openTree(await path('https://example.org/runs'));
    expect(leaves.map(({ name }) => name)).toEqual(['linear1.kernel.value', 'linear2.kernel.value']);
  });

  test('what Linnet exported can be listed, anything else not', async () => {
    const exported = memoryStore('exported');
    await exportDirectory(new CheckpointPath(await fixtureStore('orbax/f_manager_default_new/ckpt')), exported);
    await serve(exported);
    const place = await path('https://example.org/runs');
    expect(await detect(place)).toMatchObject({ kind: 'manager', steps: ['ckpt_00000002', 'ckpt_00000003'] });
    await exported.delete('linnet.manifest.json');
    await expect(detect(place)).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
  });
});

describe('detect', () => {
  const kindOf = async (directory: string) => (await detect(new CheckpointPath(await fixtureStore(`orbax/${directory}`)))).kind;
  test('every layout by what it holds', async () => {
    expect(await kindOf('a_guide_state_new/ckpt')).toBe('orbax');
    expect(await kindOf('d_zarr2_files_old/ckpt')).toBe('orbax');
    expect(await kindOf('f_manager_old/ckpt')).toBe('manager');
    expect(await kindOf('f_manager_old/ckpt/15')).toBe('step');
    expect(await kindOf('f_manager_default_new/ckpt/ckpt_00000002')).toBe('step');
    expect(await kindOf('h_v1_pytree_new/ckpt')).toBe('v1');
    expect(await kindOf('m_comp_mid/ckpt')).toBe('manager');
  });

  test('a JSON item that Orbax marked as committed', async () => {
    const step = await fixtureStore('orbax/f_manager_default_new/ckpt/ckpt_00000002');
    await step.write('meta/metadata', encodeUtf8('{"a": 1}'));
    await step.write('meta/commit_success.txt', encodeUtf8('done'));
    const found = await detect(new CheckpointPath(step));
    expect(found.kind === 'step' ? found.items.get('meta') : found.kind).toBe('json');
  });

  test('one folder further down', async () => {
    const inner = await fixtureStore('orbax/f_manager_old/ckpt/15');
    const outer = memoryStore('outer');
    for (const { key } of await inner.list()) await outer.write(`download/${key}`, (await inner.read(key))!);
    for (const clutter of ['__MACOSX/download/._meta', '.DS_Store', 'download/.DS_Store']) await outer.write(clutter, bytes);
    const found = await detect(new CheckpointPath(outer));
    expect([found.kind, String(found.path)]).toEqual(['step', 'outer/download']);
  });

  test('what is incomplete', async () => {
    expect(await detect(new CheckpointPath(await fixtureStore('orbax/e_multiproc2_new/premerge')))).toMatchObject({
      kind: 'orbax',
      problem: 'unmerged',
    });
    const store = await fixtureStore('orbax/a_guide_state_new/ckpt');
    await store.delete('_METADATA');
    expect(await detect(new CheckpointPath(store))).toMatchObject({ kind: 'orbax', problem: 'no-metadata' });
    const place = new CheckpointPath(memoryStore('m'), '7.orbax-checkpoint-tmp-123');
    await expect(detect(place)).rejects.toThrow('unfinished save');
    await expect(detect(new CheckpointPath(memoryStore('m')))).rejects.toThrow('nothing is there');
  });

  test("older Flax's msgpack files, PyTorch archives: refused with the way to convert them", async () => {
    const store = memoryStore('m');
    await store.write('checkpoint_10', bytes);
    await store.write('checkpoint_20', bytes);
    await expect(detect(new CheckpointPath(store))).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
    const torch = memoryStore('t');
    await torch.write('archive/data.pkl', bytes);
    await torch.write('archive/version', bytes);
    await expect(detect(new CheckpointPath(torch))).rejects.toMatchObject({
      kind: 'UnsupportedFormatError',
      message: expect.stringContaining('PyTorch'),
    });
  });
});
