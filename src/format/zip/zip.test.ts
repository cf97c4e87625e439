import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesEqual, concatBytes, encodeUtf8, isLinnetError } from '#linnet/core';
import { counting, memoryStore } from '#linnet/store';
import { decodeBase64 } from '../../testing/golden';
import { PYTHON_FILES } from '../../testing/hostile/pythonFiles';
import { bytesAccess, storeAccess } from '../randomAccess';
import { openZip } from './reader';
import { type ZipFile, zipArchive } from './writer';

async function pack(files: Iterable<ZipFile>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of zipArchive(files)) pieces.push(piece.slice());
  return concatBytes(pieces);
}

const open = (bytes: Uint8Array) => openZip(bytesAccess(bytes, 'upload.zip'));

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}

test('files survive the round trip, whole or in pieces, and parts can be read', { timeout: 20_000 }, async () => {
  const file = fc.record({ data: fc.uint8Array({ maxLength: 200 }), streamed: fc.boolean(), known: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 6 }), async (list) => {
      const files = list.map(
        ({ data, streamed, known }, i): ZipFile => ({
          name: `run/${i}/d/ü${i}`,
          data: streamed ? inPieces(data) : data,
          ...(known ? { byteLength: data.length } : {}),
        }),
      );
      const store = await open(await pack(files));
      expect((await store.list('run/')).map(({ key }) => key)).toEqual(files.map(({ name }) => name).sort());
      for (const [i, { data }] of list.entries()) {
        expect(bytesEqual((await store.read(files[i]!.name))!, data)).toBe(true);
        await store.check(files[i]!.name);
        const middle = data.length >> 1;
        expect(await store.read(files[i]!.name, { offset: middle, length: data.length - middle })).toEqual(data.slice(middle));
        expect(await store.read(files[i]!.name, { suffix: middle })).toEqual(data.slice(data.length - middle));
      }
      expect(await store.read('run')).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});

test('zips of Python are read: deflated, with folders, streamed', async () => {
  const store = await open(decodeBase64(PYTHON_FILES.zip));
  expect(await store.list()).toEqual([
    { key: 'run/5/_METADATA', byteLength: 100 },
    { key: 'run/5/d/é.txt', byteLength: 1000 },
  ]);
  expect(await store.read('run/5/d/é.txt')).toEqual(encodeUtf8('x'.repeat(1000)));
  expect(await store.read('run/5/_METADATA', { offset: 1, length: 2 })).toEqual(encodeUtf8('}{'));
  const streamed = await open(decodeBase64(PYTHON_FILES.zipstream));
  expect(await streamed.read('streamed.txt')).toEqual(encodeUtf8('hello hello hello'));
});

test('only the directory is read, then only what is asked for', async () => {
  const { store, counts } = counting(memoryStore());
  const files = Array.from({ length: 20 }, (_, i) => ({ name: `f${i}`, data: new Uint8Array(100_000) }));
  await store.write('a.zip', await pack(files));
  const zip = await openZip((await storeAccess(store, 'a.zip'))!);
  expect(counts.bytesRead).toBeLessThan(70_000);
  const opened = counts.bytesRead;
  await zip.read('f3', { offset: 500, length: 10 });
  expect(counts.bytesRead - opened).toBeLessThan(100);
});

test('names that are no plain relative names cannot be written', async () => {
  for (const name of ['', '/a', '../a', 'a/../b', 'a\\b', 'C:/a', 'a\u0000', 'a//b', 'a\u202eb', 'x'.repeat(2000)]) {
    await expect(pack([{ name, data: new Uint8Array(1) }])).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
  }
  const twice = [
    { name: 'W', data: new Uint8Array(1) },
    { name: 'w', data: new Uint8Array(1) },
  ];
  await expect(pack(twice)).rejects.toThrow(/differs from another name only by case/);
});

test('every flipped bit of a zip is found by reading all of it, or changes nothing that is read', { timeout: 20_000 }, async () => {
  const original = await pack([
    { name: 'a', data: encodeUtf8('one') },
    { name: 'd/b', data: inPieces(encodeUtf8('another one')) },
  ]);
  const read = async (bytes: Uint8Array): Promise<string> => {
    const store = await open(bytes);
    const parts: string[] = [];
    for (const { key } of await store.list()) parts.push(key, new TextDecoder().decode(await store.read(key)));
    return parts.join('|');
  };
  const expected = await read(original);
  for (let bit = 0; bit < original.length * 8; bit++) {
    const damaged = original.slice();
    damaged[bit >> 3] = damaged[bit >> 3]! ^ (1 << (bit & 7));
    const result = await read(damaged).catch((error: unknown) => error);
    if (!isLinnetError(result)) expect(result, `bit ${bit}`).toBe(expected);
  }
});

test('a zip that is cut off is refused wherever it is cut', async () => {
  const bytes = await pack([{ name: 'a', data: encodeUtf8('one') }]);
  for (let length = 0; length < bytes.length; length++) {
    await expect(open(bytes.subarray(0, length))).rejects.toMatchObject({ kind: 'CorruptFileError' });
  }
});

test('more than 65,535 files need the 64-bit records', { timeout: 30_000 }, async () => {
  const count = 66_000;
  const files = Array.from({ length: count }, (_, i) => ({ name: `f/${i}`, data: new Uint8Array(i % 3) }));
  const bytes = await pack(files);
  const store = await open(bytes);
  expect((await store.list()).length).toBe(count);
  expect((await store.read('f/65999'))!.length).toBe(65_999 % 3);
  expect((await store.read('f/65999', { offset: 0, length: 0 }))!.length).toBe(0);
  expect((await store.read('f/2'))!.length).toBe(2);
});
