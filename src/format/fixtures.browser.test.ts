import { expect, test } from 'vitest';
import { bytesEqual, concatBytes, isLinnetError } from '#linnet/core';
import { memoryStore } from '#linnet/store';
import { readFixtureFiles, readJsonFixture } from '../testing/fixtures';
import { decodeBase64 } from '../testing/golden';
import { HOSTILE_CORPUS } from '../testing/hostile/corpus';
import { prototypeState, READ_ALL } from '../testing/hostile/readers';
import { deflate, inflate, storedDeflatePieces } from './deflate';
import { openOcdbt } from './ocdbt/reader';
import { openZarrArray } from './zarr/array';

test.each(['a_guide_state_new', 'c_dtypes_old', 'd_zarr3_ocdbt_new', 'e_sharded_4x2_zarr2_new', 'g_500leaves_new'])(
  '%s: every array is read bit for bit',
  async (name) => {
    const store = memoryStore(name);
    for (const [key, bytes] of await readFixtureFiles(`orbax/${name}/ckpt`)) await store.write(key, bytes);
    const { items } = await readJsonFixture(`orbax/${name}/expected.json`);
    const database = await openOcdbt(store);
    for (const leaf of items.ckpt.leaves) {
      if (leaf.data === undefined) continue;
      const { data } = await (await openZarrArray(database, `${leaf.paramName}/`))!.read({ missingChunks: 'error' });
      expect(bytesEqual(data, decodeBase64(leaf.data)), leaf.paramName).toBe(true);
    }
  },
);

test.each(['gzip', 'zlib', 'raw'] as const)('%s comes back, and stops at the limit', async (format) => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i >> 5);
  for (const packed of [await deflate(bytes, format), storedDeflatePieces(bytes, format)]) {
    expect(bytesEqual(await inflate(concatBytes(packed), format, bytes.length), bytes)).toBe(true);
    await expect(inflate(concatBytes(packed), format, 1000)).rejects.toMatchObject({ kind: 'LimitExceededError' });
  }
});

test('every hostile file ends with its kind of error here too', { timeout: 60_000 }, async () => {
  const before = prototypeState();
  for (const { name, parser, kind, build } of HOSTILE_CORPUS) {
    const error = await READ_ALL[parser](build()).catch((thrown: unknown) => thrown);
    expect(isLinnetError(error, kind), `${name}: ${String(error)}`).toBe(true);
  }
  expect(prototypeState()).toBe(before);
});
