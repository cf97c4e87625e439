import { describe, expect, test, vi } from 'vitest';
import { encodeUtf8, LinnetError } from '#linnet/core';
import { memoryStore, type WritableStore } from '#linnet/store';
import { fixtureStore } from '../testing/checkpointLeaves';
import { below, mutateBytes, mutateJson, pick, randomNumbers } from '../testing/hostile/mutate';
import { prototypeState } from '../testing/hostile/readers';
import { parseFileManifest } from './fileManifest';
import { loadWithoutTarget } from './load';
import { CheckpointManager } from './manager/checkpointManager';
import { openTree } from './openTree';
import { parseArrayMetadatas } from './orbax/arrayMetadatas';
import { parseCheckpointMetadata } from './orbax/checkpointMetadata';
import { parseTreeMetadata } from './orbax/metadataFile';
import { parseShardings } from './orbax/shardings';
import { parseStrings } from './orbax/strings';
import { CheckpointPath } from './paths/checkpointPath';
import { verify } from './verify/verify';

/** How many times as many inputs LINNET_SOAK=1 tries. */
const LONGER = process.env.LINNET_SOAK === '1' ? 20 : 1;

// Counts decide here, not time: a busy machine may take long.
vi.setConfig({ testTimeout: 60_000 * LONGER });

vi.spyOn(console, 'warn').mockImplementation(() => {});

const SEED = Number(process.env.LINNET_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** Anything may happen to a damaged file but an error of another kind, and a change of the objects' common ancestor. */
async function survives(work: () => unknown, what: string): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!(cause instanceof LinnetError) || cause.kind === 'InternalError')
      throw new Error(`seed ${SEED}, ${what}: ${String(cause)}`, { cause });
  }
}

const PARSERS: readonly (readonly [string, string, (bytes: Uint8Array) => unknown])[] = [
  ['_METADATA', 'orbax/c_scalars_new/ckpt/_METADATA', parseTreeMetadata],
  ['_sharding', 'orbax/e_sharded_4x2_zarr2_new/ckpt/_sharding', parseShardings],
  ['array_metadatas', 'orbax/b_deep_state_new/ckpt/array_metadatas/process_0', (bytes) => parseArrayMetadatas(bytes, 'x')],
  ['_strings.json', 'orbax/c_scalars_new/ckpt/_strings.json', (bytes) => ['s', 'tuple.1', '__proto__', 'a/b'].map(parseStrings(bytes))],
  ['_CHECKPOINT_METADATA', 'orbax/b_deep_state_new/ckpt/_CHECKPOINT_METADATA', parseCheckpointMetadata],
];

describe('each JSON file, changed in its values and its bytes', () => {
  test.each(PARSERS)('%s', async (name, path, parse) => {
    const { readFixture } = await import('../testing/fixtures');
    const bytes = await readFixture(path);
    const text = new TextDecoder().decode(bytes);
    const before = prototypeState();
    const random = randomNumbers(SEED);
    for (let i = 0; i < 1000 * LONGER; i++) {
      const changed = i % 2 === 0 ? encodeUtf8(mutateJson(random, text)) : mutateBytes(random, bytes);
      await survives(() => parse(changed), `${name} ${i}`);
    }
    expect(prototypeState()).toBe(before);
  });

  test('the list of files', async () => {
    const random = randomNumbers(SEED);
    const text = '{"format":"linnet.manifest/1","files":{"a":{"byteLength":1,"sha256":"00"}},"sha256":"x"}';
    for (let i = 0; i < 1000 * LONGER; i++) await survives(() => parseFileManifest(encodeUtf8(mutateJson(random, text))), `manifest ${i}`);
  });
});

describe('whole checkpoints with changed, missing and swapped files', () => {
  const FIXTURES = [
    'a_guide_state_new',
    'c_scalars_old',
    'd_zarr3_files_new',
    'd_zarr2_files_new',
    'e_multiproc2_new',
    'd_zarr3_chunks_new',
    'h_v1_pytree_new',
    'f_manager_old',
  ];

  async function damage(store: WritableStore, random: () => number): Promise<void> {
    const keys = (await store.list()).map(({ key }) => key);
    for (let change = 1 + below(random, 2); change > 0; change--) {
      const key = pick(random, keys);
      const bytes = (await store.read(key)) ?? new Uint8Array(0);
      const kind = below(random, 10);
      if (kind === 0) await store.delete(key);
      else if (kind === 1) await store.write(key, (await store.read(pick(random, keys))) ?? new Uint8Array(0));
      else if (bytes[0] === 0x7b) await store.write(key, encodeUtf8(mutateJson(random, new TextDecoder().decode(bytes))));
      else await store.write(key, mutateBytes(random, bytes));
    }
  }

  test.each(FIXTURES)('%s', async (fixture) => {
    const sound = await fixtureStore(`orbax/${fixture}/ckpt`);
    const files = await Promise.all((await sound.list()).map(async ({ key }) => [key, (await sound.read(key))!] as const));
    const random = randomNumbers(SEED);
    const before = prototypeState();
    for (let i = 0; i < 60 * LONGER; i++) {
      const store = memoryStore('damaged');
      for (const [key, bytes] of files) await store.write(key, bytes);
      await damage(store, random);
      const place = new CheckpointPath(store);
      await survives(async () => loadWithoutTarget(await openTree(place)), `${fixture} ${i} restore`);
      await survives(() => verify(place), `${fixture} ${i} verify`);
      if (fixture.startsWith('f_'))
        await survives(
          async () => new CheckpointManager(place, { bestFn: (metrics) => metrics.accuracy }).restore(null),
          `${fixture} ${i} manager`,
        );
    }
    expect(prototypeState()).toBe(before);
  });
});
