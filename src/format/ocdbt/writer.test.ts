import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesEqual, compareBytes, encodeUtf8, isLinnetError, toHex } from '#linnet/core';
import { collectBytes, counting, GatheringStore, HeldBytes, memoryStore, type WritableStore } from '#linnet/store';
import { MANIFEST_NAME, openOcdbt } from './reader';
import { OcdbtWriter, type OcdbtWriterOptions } from './writer';

async function write(values: ReadonlyMap<string, Uint8Array>, options?: OcdbtWriterOptions) {
  const store = memoryStore('database');
  const writer = new OcdbtWriter(store, options);
  for (const [key, value] of values) await writer.write(key, value);
  await writer.finish();
  return store;
}

const text = encodeUtf8;
const fixed = (byte: number) => (byteLength: number) => new Uint8Array(byteLength).fill(byte);

test('three keys are written byte for byte as the format describes', async () => {
  const store = memoryStore('database');
  const options = { maxInlineValueByteLength: 4, commitTime: 1700000000000000000n, randomBytes: fixed(1) };
  const writer = new OcdbtWriter(store, options);
  await writer.write('b', text(''));
  await writer.write('a/y', text('longer value'));
  await writer.write('a/x', text('hi'));
  await writer.finish();
  const name = `d/${'01'.repeat(16)}`;
  expect(toHex((await store.read(name))!)).toBe(
    `6c6f6e6765722076616c75650cdb20de4d00000000000000000000012200${toHex(text(name))}0302000301` +
      '01612f787962020c00000100000068692b6f654d',
  );
  const manifest = (await store.read(MANIFEST_NAME))!;
  expect(manifest.length).toBe(97);
  expect(toHex(manifest.subarray(0x1e, 0x26))).toBe('000480c2d72f0400');
  expect(toHex(manifest.subarray(0x4b, 0x5d))).toBe('010100000c4d034d0c00002a36fe9c971700');
});

test('two levels are written byte for byte as the format describes', async () => {
  const values = new Map(['aa1', 'aa2', 'ab', 'b'].map((key) => [key, text('v')]));
  const store = await write(values, { maxNodeEntries: 2, randomBytes: fixed(2) });
  const name = `d/${'02'.repeat(16)}`;
  expect(toHex((await store.read(name))!)).toBe(
    '0cdb20de2000000000000000000000000200010131320101000076' +
      '7683fdf259' +
      '0cdb20de21000000000000000000000002000201616262010100007676' +
      '5d79847c' +
      `0cdb20de4e000000000000000000010122${'00'}${toHex(text(name))}020103010200616131620000002020210202202100` +
      '00668a3c89',
  );
});

const keys = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', 'é', '😀'), maxLength: 12 }), { maxLength: 60 });
const options = fc.record({
  maxInlineValueByteLength: fc.constantFrom(0, 3, 1024),
  maxNodeEntries: fc.constantFrom(1, 2, 3, 7, 1000),
  dataFileByteLength: fc.constantFrom(1, 100, 1e9),
  compression: fc.constantFrom('none' as const, 'zstd' as const),
});

test('what is written is read: every key alone, every listing, whatever the shape of the tree', { timeout: 20_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(keys, options, fc.constantFrom('', 'a', 'ab', 'b/', 'é'), async (names, chosen, prefix) => {
      const values = new Map(names.map((name, i) => [name, text(`${name}${'.'.repeat(i % 5)}`)]));
      const database = await openOcdbt(await write(values, chosen));
      expect((await database.list(prefix)).map(({ key }) => key)).toEqual(names.filter((name) => name.startsWith(prefix)).sort());
      for (const [key, value] of values) expect(bytesEqual((await database.read(key))!, value)).toBe(true);
      for (const absent of ['', 'a', 'aaaa', 'zz', 'é', '😀']) {
        if (!values.has(absent)) expect(await database.read(absent)).toBeUndefined();
      }
      const { entries } = await database.survey();
      const inOrder = entries.map(({ key }) => text(key));
      for (let i = 1; i < inOrder.length; i++) expect(compareBytes(inOrder[i - 1]!, inOrder[i]!)).toBeLessThan(0);
    }),
    { numRuns: 150 },
  );
});

test('a range of a large value reads only its bytes, and a lookup one path', async () => {
  const values = new Map(Array.from({ length: 500 }, (_, i) => [`leaf.${i}/0`, new Uint8Array(5000).fill(i)]));
  const { store, counts } = counting(await write(values, { maxNodeEntries: 10 }));
  const database = await openOcdbt(store);
  const opened = counts.bytesRead;
  expect(await database.read('leaf.300/0', { offset: 4000, length: 7 })).toEqual(new Uint8Array(7).fill(300));
  expect(counts.bytesRead - opened).toBeLessThan(3 * 1200);
  expect(counts.reads).toBe(5);
  await expect(database.read('leaf.300/0', { offset: 4999, length: 2 })).rejects.toMatchObject({ kind: 'CorruptFileError' });
});

test('streams are taken piece by piece, small ones go inline', async () => {
  const store = memoryStore('database');
  const writer = new OcdbtWriter(store);
  async function* pieces(count: number): AsyncGenerator<Uint8Array> {
    const memory = new Uint8Array(300);
    for (let i = 0; i < count; i++) yield memory.fill(i);
  }
  await writer.write('small', pieces(3));
  await writer.write('large', pieces(2000));
  await writer.finish();
  const database = await openOcdbt(store);
  const { entries } = await database.survey();
  expect(entries.map(({ key, byteLength, location }) => [key, byteLength, location === undefined])).toEqual([
    ['large', 600_000, false],
    ['small', 900, true],
  ]);
  const large = (await database.read('large'))!;
  for (let i = 0; i < 600_000; i += 299) expect(large[i]).toBe(Math.floor(i / 300) & 255);
});

test('mistakes of the caller are named', async () => {
  const writer = new OcdbtWriter(memoryStore('database'));
  await writer.write('a', text('1'));
  await writer.write('a', text('2'));
  await expect(writer.finish()).rejects.toThrow(/"a" is written twice/);
  await expect(new OcdbtWriter(memoryStore()).write('a\ud800', text('1'))).rejects.toThrow(/half a character/);
  await expect(new OcdbtWriter(memoryStore()).write('k'.repeat(70_000), text('1'))).rejects.toMatchObject({ kind: 'LimitExceededError' });
  const other = new OcdbtWriter(memoryStore('database'));
  const first = other.write('a', text('1'));
  await expect(other.write('b', text('2'))).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
  await first;
  await other.finish();
  await expect(other.write('c', text('3'))).rejects.toThrow(/finished/);
});

test('a store that fails fails the write, and no manifest is left', async () => {
  const inner = memoryStore('database');
  const failing = {
    write: async (key: string, data: Uint8Array | AsyncIterable<Uint8Array>) => {
      if (!key.startsWith('d/')) return inner.write(key, data);
      for await (const _ of data as AsyncIterable<Uint8Array>) throw new TypeError('disk full');
    },
  };
  const writer = new OcdbtWriter(failing);
  const error = await (async () => {
    for (let i = 0; i < 3; i++) await writer.write(`key${i}`, new Uint8Array(400_000));
    await writer.finish();
  })().catch((thrown: unknown) => thrown);
  expect(isLinnetError(error, 'StorageError')).toBe(true);
  expect((error as Error).message).toContain('disk full');
  expect(await inner.list()).toEqual([]);
});

test('an empty database has no root and lists nothing', async () => {
  const database = await openOcdbt(await write(new Map()));
  expect(await database.list()).toEqual([]);
  expect(await database.read('a')).toBeUndefined();
});

test('abort ends the store’s write with an error', async () => {
  const store = memoryStore('database');
  const writer = new OcdbtWriter(store);
  await writer.write('a', new Uint8Array(500_000));
  await writer.abort();
  expect(await store.list()).toEqual([]);
});

test('values leave memory as they come: at most one buffer waits', { timeout: 20_000 }, async () => {
  let received = 0;
  const sink = {
    write: async (_: string, data: Uint8Array | AsyncIterable<Uint8Array>) => {
      if (data instanceof Uint8Array) received += data.length;
      else for await (const piece of data) received += piece.length;
    },
  };
  const writer = new OcdbtWriter(sink);
  let given = 0;
  for (let i = 0; i < 400; i++) {
    const value = new Uint8Array(1 + ((i * 7919) % 300_000));
    await writer.write(`k${i}`, value);
    if (value.length > 1024) given += value.length;
    expect(given - received).toBeLessThanOrEqual(256 * 1024);
  }
  await writer.finish();
  expect(received).toBeGreaterThan(given);
});

test('small values beyond the budget go to the data file, metadata stay inside', { timeout: 20_000 }, async () => {
  const store = memoryStore('database');
  const writer = new OcdbtWriter(store);
  const count = 34_000;
  for (let i = 0; i < count; i++) await writer.write(`k${i}`, new Uint8Array(1024));
  await writer.write('a/zarr.json', new Uint8Array(5000));
  await writer.finish();
  const entries = await (await openOcdbt(store)).entries();
  const inside = entries.filter(({ location }) => location === undefined);
  expect(inside.length).toBe(32 * 1024 + 1);
  expect(inside.some(({ key }) => key === 'a/zarr.json')).toBe(true);
  expect(entries.length).toBe(count + 1);
});

test('a store that holds what it is given gets the same files as one that copies, from values in every form', async () => {
  const bytesOf = (seed: number) => Uint8Array.from({ length: (seed * 7919) % 30_000 }, (_, i) => (i * seed) & 0xff);
  async function* throughOneBuffer(bytes: Uint8Array) {
    const buffer = new Uint8Array(5000);
    for (let at = 0; at < bytes.length; at += buffer.length) {
      const piece = bytes.subarray(at, at + buffer.length);
      buffer.set(piece);
      yield buffer.subarray(0, piece.length);
    }
  }
  const inPieces = (bytes: Uint8Array) => new HeldBytes([bytes.subarray(0, 4500), bytes.subarray(4500)]);
  const forms = [(bytes: Uint8Array) => bytes, throughOneBuffer, inPieces];
  async function filesBy(store: WritableStore): Promise<Map<string, Uint8Array>> {
    const writer = new OcdbtWriter(store, { randomBytes: fixed(1), maxNodeEntries: 40 });
    for (let seed = 0; seed < 200; seed++) await writer.write(`k${seed}`, forms[seed % forms.length]!(bytesOf(seed)));
    await writer.finish();
    const files = new Map<string, Uint8Array>();
    for (const { key } of await store.list()) files.set(key, (await store.read(key))!);
    return files;
  }
  const gathering = new GatheringStore('held');
  const held = await filesBy(gathering);
  const copied = await filesBy(memoryStore());
  expect([...held.keys()]).toEqual([...copied.keys()]);
  for (const [key, bytes] of copied) expect(bytesEqual(held.get(key)!, bytes), key).toBe(true);
  for (const [key, file] of gathering.files()) expect(bytesEqual(await collectBytes(file), copied.get(key)!), key).toBe(true);
});
