import { expect, test } from 'vitest';
import { bytesEqual } from '#linnet/core';
import { memoryStore, prefixed, type ReadableStore } from '#linnet/store';
import { listFixtures, readFixtureFiles, readJsonFixture } from '../testing/fixtures';
import { decodeBase64 } from '../testing/golden';
import { MANIFEST_NAME, openOcdbt } from './ocdbt/reader';
import { openZarrArray } from './zarr/array';

interface ExpectedLeaf {
  readonly paramName: string;
  readonly kind: string;
  readonly dtype?: string;
  readonly shape?: number[];
  readonly data?: string;
  readonly prngImpl?: string;
}

const names = [...new Set(listFixtures('orbax/').flatMap((path) => (path.endsWith('expected.json') ? [path.split('/')[1]!] : [])))];

/** The store that holds the zarr keys of an item: its OCDBT database, or its files. */
async function arraysOf(store: ReadableStore): Promise<ReadableStore> {
  return (await store.byteLength(MANIFEST_NAME)) === undefined ? store : openOcdbt(store);
}

test.each(names)('%s: every array is read bit for bit', async (name) => {
  const files = memoryStore(name);
  for (const [key, bytes] of await readFixtureFiles(`orbax/${name}`)) await files.write(key, bytes);
  const { items } = await readJsonFixture<{ items: Record<string, { leaves: ExpectedLeaf[] }> }>(`orbax/${name}/expected.json`);
  let arrays = 0;
  for (const [item, { leaves }] of Object.entries(items)) {
    const store = await arraysOf(prefixed(files, `${item}/`));
    for (const leaf of leaves) {
      if (leaf.data === undefined) continue;
      const array = await openZarrArray(store, leaf.paramName === '' ? '' : `${leaf.paramName}/`);
      expect(array, leaf.paramName).toBeDefined();
      const { dtype, shape, data } = await array!.read({ missingChunks: 'error' });
      if (leaf.prngImpl === undefined) expect([dtype, shape]).toEqual([leaf.dtype, leaf.shape]);
      expect(bytesEqual(data, decodeBase64(leaf.data)), leaf.paramName).toBe(true);
      arrays++;
    }
  }
  expect(arrays).toBeGreaterThan(0);
});
