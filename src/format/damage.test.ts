import { expect, test } from 'vitest';
import { hostArray, isLinnetError } from '#linnet/core';
import { memoryStore, type ReadableStore } from '#linnet/store';
import { openOcdbt } from './ocdbt/reader';
import { OcdbtWriter } from './ocdbt/writer';
import { openZarrArray } from './zarr/array';
import { type WriteArrayOptions, writeZarrArray } from './zarr/write';

const ARRAYS = {
  'layer.kernel/': hostArray(
    'float32',
    [3, 4],
    Uint8Array.from({ length: 48 }, (_, i) => i * 5),
  ),
  'layer.bias/': hostArray(
    'bfloat16',
    [4],
    Uint8Array.from({ length: 8 }, (_, i) => i),
  ),
  'zeros/': hostArray('int32', [20], new Uint8Array(80)),
};

/** A small database as Linnet writes it: some values inside nodes, some outside, two levels of nodes. */
async function makeFiles(options: WriteArrayOptions, compression: 'none' | 'zstd'): Promise<Map<string, Uint8Array>> {
  const store = memoryStore();
  const writer = new OcdbtWriter(store, { compression, maxInlineValueByteLength: 60, maxNodeEntries: 4 });
  for (const [prefix, array] of Object.entries(ARRAYS)) await writeZarrArray(writer, prefix, array, options);
  await writer.finish();
  const files = new Map<string, Uint8Array>();
  for (const { key } of await store.list()) files.set(key, (await store.read(key))!);
  return files;
}

function storeOf(files: ReadonlyMap<string, Uint8Array>): ReadableStore {
  return {
    name: 'damaged',
    async read(key, range) {
      const bytes = files.get(key);
      if (bytes === undefined || range === undefined) return bytes;
      const start = 'suffix' in range ? bytes.length - range.suffix : range.offset;
      const part = bytes.subarray(start, 'suffix' in range ? undefined : start + range.length);
      return part.length === ('suffix' in range ? range.suffix : range.length) ? part : undefined;
    },
    byteLength: async (key) => files.get(key)?.length,
    list: async () => [...files].map(([key, bytes]) => ({ key, byteLength: bytes.length })),
  };
}

/** Reads all arrays; resolves to undefined if that went well, else to the error. */
async function damageOf(files: ReadonlyMap<string, Uint8Array>): Promise<unknown> {
  try {
    const database = await openOcdbt(storeOf(files));
    await database.survey();
    for (const prefix of Object.keys(ARRAYS)) {
      const array = await openZarrArray(database, prefix);
      if (array === undefined) return undefined;
      await array.read({ missingChunks: 'error' });
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

const LAYOUTS: [string, WriteArrayOptions, 'none' | 'zstd'][] = [
  ['zarr v2, zstd', {}, 'none'],
  ['zarr v2, packed nodes', { compression: { id: 'zstd' } }, 'zstd'],
  ['zarr v3 with shards', { zarrFormat: 3 }, 'none'],
];

test.each(LAYOUTS)('%s: every flipped bit of every file is found', { timeout: 60_000 }, async (_, options, compression) => {
  const files = await makeFiles(options, compression);
  expect(await damageOf(files)).toBeUndefined();
  for (const [key, bytes] of files) {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] = damaged[bit >> 3]! ^ (1 << (bit & 7));
      const error = await damageOf(new Map(files).set(key, damaged));
      if (!isLinnetError(error)) throw new Error(`bit ${bit} of ${key} (${bytes.length} bytes): ${String(error)}`);
    }
  }
});

test.each(LAYOUTS)('%s: a file that is cut off at any byte is found', async (_, options, compression) => {
  const files = await makeFiles(options, compression);
  for (const [key, bytes] of files) {
    for (let length = 0; length < bytes.length; length++) {
      const error = await damageOf(new Map(files).set(key, bytes.subarray(0, length)));
      if (!isLinnetError(error)) throw new Error(`${key} cut at ${length} of ${bytes.length}: ${String(error)}`);
    }
  }
});

test('a bad byte says in which structure it lies', async () => {
  const files = await makeFiles({}, 'none');
  const [name, bytes] = [...files].find(([key]) => key.startsWith('d/'))!;
  const error = await damageOf(new Map(files).set(name, bytes.slice().fill(0, bytes.length - 6)));
  expect(String(error)).toMatch(
    /^CorruptFileError: d\/[0-9a-f]{32} at byte \d+: B\+tree node: checksum .* differs from 0, .* at byte \d+\.$/,
  );
});
