import { expect, test } from 'vitest';
import { LinnetError } from '#linnet/core';
import { memoryStore, type WritableStore } from '#linnet/store';
import { listFixtures, readFixtureFiles } from '../../testing/fixtures';
import { listOcdbtVersions, MANIFEST_NAME, openOcdbt } from './reader';

async function fixtureStore(directory: string): Promise<WritableStore> {
  const store = memoryStore(directory);
  for (const [key, bytes] of await readFixtureFiles(directory)) await store.write(key, bytes);
  return store;
}

const isUnfinished = (path: string): boolean => path.includes('.orbax-checkpoint-tmp');
const databases = listFixtures('orbax/').filter((path) => path.endsWith(MANIFEST_NAME) && !isUnfinished(path));

test.each(databases)('%s lists keys whose values can be read one by one', async (path) => {
  const store = await fixtureStore(path.slice(0, -MANIFEST_NAME.length - 1));
  const database = await openOcdbt(store);
  const { entries, nodes } = await database.survey();
  expect(entries).toHaveLength(database.version.keyCount);
  expect(nodes.length).toBeGreaterThan(0);
  for (const { key, byteLength } of entries) {
    expect(await database.byteLength(key)).toBe(byteLength);
    expect((await database.read(key))?.length).toBe(byteLength);
  }
  expect(await database.read('no such key')).toBeUndefined();
});

test('a save that was cut short names the file it lacks', async () => {
  const path = listFixtures('orbax/f_manager_old/').find(
    (name) => name.includes('/params.') && name.endsWith(MANIFEST_NAME) && isUnfinished(name),
  )!;
  const database = await openOcdbt(await fixtureStore(path.slice(0, -MANIFEST_NAME.length - 1)));
  await expect(database.survey()).rejects.toMatchObject({
    kind: 'CorruptFileError',
    message: expect.stringMatching(/data file .* is missing/),
  });
});

test('older versions are found through the version tree', async () => {
  const store = await fixtureStore('orbax/g_versions_uncompressed/ckpt');
  const versions = await listOcdbtVersions(store);
  expect(versions.map(({ generation }) => generation)).toEqual(Array.from({ length: versions.length }, (_, i) => i + 1));
  expect(versions.length).toBeGreaterThan(10);
  const second = await openOcdbt(store, { generation: 2 });
  expect((await second.list()).length).toBe(versions[1]!.keyCount);
  await expect(openOcdbt(store, { generation: 1000 })).rejects.toThrow(/no generation 1000/);
});

test('a store that fails once is asked again', async () => {
  const inner = await fixtureStore('orbax/a_guide_state_new/ckpt');
  let failures = 1;
  const database = await openOcdbt({
    name: 'flaky',
    byteLength: (key) => inner.byteLength(key),
    list: (prefix) => inner.list(prefix),
    read: async (key, range) => {
      if (key.startsWith('d/') && failures-- > 0) throw new LinnetError('StorageError', 'not now');
      return inner.read(key, range);
    },
  });
  await expect(database.read('linear1.kernel.value/.zarray')).rejects.toMatchObject({ kind: 'StorageError' });
  expect(await database.read('linear1.kernel.value/.zarray')).toBeDefined();
});
