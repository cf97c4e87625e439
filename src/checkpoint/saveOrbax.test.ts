import { describe, expect, test, vi } from 'vitest';
import { memoryStore } from '#linnet/store';
import { comparableLeaf, expectedItems, fixtureNames, fixtureStore } from '../testing/checkpointLeaves';
import { openOrbax } from './layouts/orbax';
import type { SavedTree } from './layouts/savedTree';
import { type OrbaxWriteOptions, saveCheckpoint } from './saveOrbax';
import { leavesOf } from './treeLeaves';

// Counts decide here, not time: a busy machine may take long.
vi.setConfig({ testTimeout: 60_000 });

const OPTIONS: readonly (readonly [string, OrbaxWriteOptions])[] = [
  ['defaults', {}],
  ['no compression', { compression: 'none' }],
  ['gzip', { compression: 'gzip' }],
  ['zlib', { compression: 'zlib' }],
  ['small chunks', { chunkByteSize: 64 }],
  ['plain files', { ocdbt: false }],
  ['zarr 3', { zarr: 3 }],
  ['zarr 3, no compression, small chunks', { zarr: 3, compression: 'none', chunkByteSize: 64 }],
  ['zarr 3, plain files', { zarr: 3, ocdbt: false }],
  ['any device', { targetDevices: 'any' }],
];

async function comparableTree(saved: SavedTree) {
  const leaves = await Promise.all(saved.leaves.map((leaf) => comparableLeaf(saved, leaf)));
  return leaves.sort((a, b) => (a.name < b.name ? -1 : 1));
}

describe.each(fixtureNames)('%s', (fixture) => {
  test.each(OPTIONS)('written again with %s', async (_, options) => {
    for (const item of (await expectedItems(fixture)).keys()) {
      const original = await openOrbax(await fixtureStore(`orbax/${fixture}/${item}`), 'original');
      const store = memoryStore('copy');
      await saveCheckpoint(store, leavesOf(original), { ...options, handler: 'pytree' });
      const copy = await openOrbax(store, 'copy');
      expect(await comparableTree(copy)).toEqual(await comparableTree(original));
    }
  });
});
