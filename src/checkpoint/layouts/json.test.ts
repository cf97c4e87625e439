import { describe, expect, test, vi } from 'vitest';
import { concatBytes, encodeUtf8, isLinnetError } from '#linnet/core';
import { bytesAccess } from '#linnet/format';
import { comparableLeaf, fixtureStore } from '../../testing/checkpointLeaves';
import { mutateJson, randomNumbers } from '../../testing/hostile/mutate';
import { float32, values } from '../../testing/smallTrees';
import { exportFile } from '../exporting/exporting';
import { loadWithoutTarget } from '../load';
import { openTree } from '../openTree';
import { CheckpointPath } from '../paths/checkpointPath';
import { path } from '../paths/resolve';
import { openJsonTree } from './json';

vi.spyOn(console, 'warn').mockImplementation(() => {});

async function jsonOf(source: object): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of exportFile(source, 'json')) pieces.push(piece);
  return concatBytes(pieces);
}

const fileOf = (text: string | Uint8Array): File => new File([text as string], 'tree.json');
const opened = async (text: string | Uint8Array) => openTree(await path(fileOf(text)));
const arrays = (listed: object): string => JSON.stringify({ format: 'linnet.arrays/1', arrays: listed });

describe('a small tree as JSON', () => {
  test.each(['a_guide_state_new', 'b_deep_state_new', 'c_dtypes_new', 'c_scalars_new', 'b_optimizer_state_new'])(
    '%s comes back bit for bit',
    async (fixture) => {
      const saved = await openTree(new CheckpointPath(await fixtureStore(`orbax/${fixture}/ckpt`)));
      const again = await opened(await jsonOf(await fixtureStore(`orbax/${fixture}/ckpt`)));
      expect(again.layout).toBe('json');
      expect(again.leaves.map(({ name }) => name)).toEqual(saved.leaves.map(({ name }) => name));
      for (const [i, leaf] of saved.leaves.entries())
        expect(await comparableLeaf(again, again.leaves[i]!)).toEqual(await comparableLeaf(saved, leaf));
    },
  );

  test('numbers are numbers, what JSON has none for is text, and unusual bits are bytes', async () => {
    const { layer } = JSON.parse(
      new TextDecoder().decode(await jsonOf({ layer: float32([5], 0.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 3) })),
    ).arrays;
    expect(layer).toEqual({ dtype: 'float32', shape: [5], values: [0.5, '-0', 'NaN', 'Infinity', 3] });
    const odd = { ...float32([1], 0), data: Uint8Array.of(1, 0, 192, 127) };
    expect(JSON.parse(new TextDecoder().decode(await jsonOf({ odd }))).arrays.odd).toEqual({
      dtype: 'float32',
      shape: [1],
      data: 'AQDAfw==',
    });
  });

  test('a file written by hand: names are split at dots', async () => {
    const text = arrays({
      'layer.w': { dtype: 'float32', shape: [2, 1], values: [1, 2.5] },
      step: { dtype: 'int64', shape: [], values: ['9007199254740993'] },
    });
    const tree = await loadWithoutTarget(await opened(text));
    expect(values(tree.layer.w)).toEqual([1, 2.5]);
    expect(tree.step.data).toEqual(new Uint8Array(BigInt64Array.of(9007199254740993n).buffer));
  });

  test.each([
    ['other JSON', '{"weights": [1, 2]}', 'UnsupportedFormatError'],
    ['half a file', '{"format": "linnet.arrays/1", "arr', 'CorruptFileError'],
    ['too few values', arrays({ w: { dtype: 'float32', shape: [3], values: [1] } }), 'CorruptFileError'],
    ['an unknown dtype', arrays({ w: { dtype: 'float31', shape: [1], values: [1] } }), 'DTypeError'],
    ['a text that is no number', arrays({ w: { dtype: 'float32', shape: [1], values: ['one'] } }), 'CorruptFileError'],
    ['a shape beyond the limit', arrays({ w: { dtype: 'float32', shape: [1e9], values: [] } }), 'LimitExceededError'],
    ['bytes that do not fit', arrays({ w: { dtype: 'float32', shape: [1], data: 'AAA=' } }), 'ShapeError'],
  ])('%s is refused', async (_, text, kind) => {
    await expect(opened(text)).rejects.toMatchObject({ kind });
  });

  test('trees with more than a million elements are sent elsewhere', async () => {
    const big = { dtype: 'uint8' as const, shape: [1_000_001], data: new Uint8Array(1_000_001) };
    await expect(jsonOf({ big })).rejects.toMatchObject({ kind: 'LimitExceededError' });
  });

  test('changed files end with a LinnetError or a tree', async () => {
    const text = new TextDecoder().decode(await jsonOf({ w: float32([2], 1, 2), list: [1, 'x', null] }));
    const seed = Number(process.env.LINNET_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));
    const random = randomNumbers(seed);
    for (let i = 0; i < 1000; i++) {
      const bytes = encodeUtf8(mutateJson(random, text));
      const error = await openJsonTree(bytesAccess(bytes, 'x'), 'x').then(
        () => undefined,
        (cause: unknown) => cause,
      );
      if (error !== undefined) expect(isLinnetError(error), `seed ${seed}, ${i}: ${String(error)}`).toBe(true);
    }
  });
});
