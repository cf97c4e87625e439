import { afterAll, expect, test } from 'vitest';
import { ByteWriter, concatBytes, crc32c, encodeUtf8, hostArray, isLinnetError } from '#linnet/core';
import { memoryStore } from '#linnet/store';
import { readFixture } from '../testing/fixtures';
import { decodeBase64 } from '../testing/golden';
import { bounded } from '../testing/hostile/bounded';
import type { HostileParser } from '../testing/hostile/case';
import { mutateBytes, mutateJson, pick, type Random, randomNumbers } from '../testing/hostile/mutate';
import { PYTHON_FILES } from '../testing/hostile/pythonFiles';
import { prototypeState, READ_ALL } from '../testing/hostile/readers';
import { OcdbtWriter } from './ocdbt/writer';
import { safetensorsPieces } from './safetensors';
import { writeZarrArray } from './zarr/write';

/** Another seed each run; set LINNET_FUZZ_SEED to repeat one that a failing test names. */
const SEED = Number(globalThis.process?.env.LINNET_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));
/** How many times as many inputs LINNET_SOAK=1 tries. */
const LONGER = globalThis.process?.env.LINNET_SOAK === '1' ? 20 : 1;

const before = prototypeState();
afterAll(() => expect(prototypeState()).toBe(before));

type Content = Uint8Array | ReadonlyMap<string, Uint8Array>;

const array = hostArray('float32', [3, 4], new Uint8Array(48).fill(7));

async function filesOf(write: (store: ReturnType<typeof memoryStore>) => Promise<void>): Promise<Map<string, Uint8Array>> {
  const store = memoryStore();
  await write(store);
  const files = new Map<string, Uint8Array>();
  for (const { key } of await store.list()) files.set(key, (await store.read(key))!);
  return files;
}

const database = (maxNodeEntries: number) =>
  filesOf(async (store) => {
    const writer = new OcdbtWriter(store, { maxNodeEntries, maxInlineValueByteLength: 8 });
    for (let i = 0; i < 12; i++) await writer.write(`layer.${i % 3}/${i}`, new Uint8Array(i * 2));
    await writer.finish();
  });

/** `files` with one of them changed. */
function changeOne(
  random: Random,
  files: ReadonlyMap<string, Uint8Array>,
  change: (bytes: Uint8Array, key: string) => Uint8Array,
): Content {
  const key = pick(random, [...files.keys()]);
  return new Map(files).set(key, change(files.get(key)!, key));
}

/** Changes the body of an envelope and gives it a length and checksum that fit, so that decoders see it. */
function mutateEnvelope(random: Random, bytes: Uint8Array): Uint8Array {
  const body = mutateBytes(random, bytes.subarray(14, -4));
  const writer = new ByteWriter();
  writer.bytes(bytes.subarray(0, 4));
  writer.uint64(BigInt(body.length + 18));
  writer.bytes(bytes.subarray(12, 14));
  writer.bytes(body);
  writer.uint32(crc32c(writer.finish()));
  return writer.finish();
}

/** The data file of a tree is nodes one after another: one of them is changed, and put back if it still fits. */
function mutateData(random: Random, bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = Array.from(bytes, (_, at) => at).filter((at) => at + 18 <= bytes.length && view.getUint32(at) === 0x0cdb20de);
  if (starts.length === 0 || random() < 0.1) return mutateBytes(random, bytes);
  const start = pick(random, starts);
  const end = start + Number(view.getBigUint64(start + 4, true));
  const length = end - start;
  const changed = mutateEnvelope(random, bytes.subarray(start, end));
  const resized = new Uint8Array(length);
  resized.set(changed.subarray(0, length));
  const sealed = new DataView(resized.buffer);
  sealed.setBigUint64(4, BigInt(length), true);
  sealed.setUint32(length - 4, crc32c(resized.subarray(0, -4)), true);
  return concatBytes([bytes.subarray(0, start), resized, bytes.subarray(end)]);
}

/** Runs `count` mutated inputs of one parser. Every error must be a LinnetError, and quick. */
async function fuzz(parser: HostileParser, count: number, make: (random: Random) => Content): Promise<number> {
  let refused = 0;
  for (let i = 0; i < count * LONGER; i++) {
    const content = make(randomNumbers(SEED + i));
    const outcome = await bounded(() => READ_ALL[parser](content), `${parser}, seed ${SEED} + ${i}`);
    if (!('error' in outcome)) continue;
    const { error } = outcome;
    refused++;
    if (!isLinnetError(error) || error.kind === 'InternalError') throw new Error(`${parser}, seed ${SEED} + ${i}`, { cause: error });
  }
  return refused;
}

test(`OCDBT, seed ${SEED}`, { timeout: 30_000 * LONGER }, async () => {
  const databases = [await database(3), await database(100)];
  const refused = await fuzz('ocdbt', 5000, (random) =>
    changeOne(random, pick(random, databases), (bytes, key) =>
      key === 'manifest.ocdbt' ? mutateEnvelope(random, bytes) : mutateData(random, bytes),
    ),
  );
  expect(refused).toBeGreaterThan(500);
});

test(`zarr, seed ${SEED}`, { timeout: 30_000 * LONGER }, async () => {
  const arrays = await Promise.all(
    [
      { chunkShape: [2, 2] },
      { compression: { id: 'gzip' as const } },
      { zarrFormat: 3 as const, chunkShape: [4, 4], innerChunkShape: [2, 4] },
    ].map((options) => filesOf((store) => writeZarrArray(store, '', array, options))),
  );
  const refused = await fuzz('zarr', 5000, (random) =>
    changeOne(random, pick(random, arrays), (bytes, key) =>
      key.startsWith('.') || key.endsWith('.json')
        ? encodeUtf8(mutateJson(random, new TextDecoder().decode(bytes)))
        : mutateBytes(random, bytes),
    ),
  );
  expect(refused).toBeGreaterThan(500);
});

test(`zip, seed ${SEED}`, { timeout: 30_000 * LONGER }, async () => {
  const zips = [PYTHON_FILES.zip, PYTHON_FILES.zipstream].map(decodeBase64);
  expect(await fuzz('zip', 3000, (random) => mutateBytes(random, pick(random, zips)))).toBeGreaterThan(500);
});

test(`npz, seed ${SEED}`, { timeout: 30_000 * LONGER }, async () => {
  const archives = [PYTHON_FILES.npz, PYTHON_FILES.npzc].map(decodeBase64);
  expect(await fuzz('npz', 1500, (random) => mutateBytes(random, pick(random, archives)))).toBeGreaterThan(300);
  const files = [PYTHON_FILES.f4, PYTHON_FILES.fortran, PYTHON_FILES.v2].map(decodeBase64);
  expect(await fuzz('npy', 1500, (random) => mutateBytes(random, pick(random, files)))).toBeGreaterThan(300);
});

test(`safetensors, seed ${SEED}`, { timeout: 30_000 * LONGER }, async () => {
  const arrays = new Map([
    ['a', array],
    ['b', hostArray('bfloat16', [2], new Uint8Array(4))],
  ]);
  const [head, ...data] = safetensorsPieces(arrays, new Map([['format', 'pt']]));
  const text = new TextDecoder().decode(head!.subarray(8));
  const refused = await fuzz('safetensors', 3000, (random) => {
    if (random() < 0.3) return mutateBytes(random, concatBytes([head!, ...data]));
    const header = encodeUtf8(mutateJson(random, text));
    return concatBytes([new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer), header, ...data]);
  });
  expect(refused).toBeGreaterThan(500);
});

test(`zstd, seed ${SEED}`, { timeout: 30_000 * LONGER }, async () => {
  const manifest = await readFixture('orbax/g_500leaves_new/ckpt/manifest.ocdbt');
  const frames = [manifest.subarray(14, -4), decodeBase64(PYTHON_FILES.zstdBlocks)];
  expect(await fuzz('zstd', 2500, (random) => mutateBytes(random, pick(random, frames)))).toBeGreaterThan(500);
});
