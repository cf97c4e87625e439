import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bytesEqual,
  DTYPES,
  encodeUtf8,
  type HostArray,
  hostArray,
  hostArraysEqual,
  isHostArray,
  itemByteLength,
  sizeOf,
  typedView,
} from '#linnet/core';
import { counting, memoryStore } from '#linnet/store';
import { openOcdbt } from '../ocdbt/reader';
import { OcdbtWriter } from '../ocdbt/writer';
import { chunkGrid, openZarrArray, type Slice } from './array';
import { rowMajorStrides, swapByteOrder, transposeBytes } from './layout';
import { type WriteArrayOptions, writeZarrArray } from './write';

const ramp = (dtype: HostArray['dtype'], shape: readonly number[]): HostArray =>
  hostArray(
    dtype,
    shape,
    Uint8Array.from({ length: sizeOf(shape) * itemByteLength(dtype) }, (_, i) => (i * 7 + (i >> 8)) & 255),
  );

async function written(array: HostArray, options?: WriteArrayOptions) {
  const store = memoryStore();
  await writeZarrArray(store, 'a/', array, options);
  const { store: counted, counts } = counting(store);
  return { store, counts, opened: (await openZarrArray(counted, 'a/'))! };
}

/** What a slice must be, element by element. */
function expectedSlice(array: HostArray, { start, end }: Slice): Uint8Array {
  const strides = rowMajorStrides(array.shape);
  const size = itemByteLength(array.dtype);
  const bytes: number[] = [];
  const visit = (axis: number, at: number): void => {
    if (axis === array.shape.length) bytes.push(...array.data.subarray(at * size, (at + 1) * size));
    else for (let i = start[axis]!; i < end[axis]!; i++) visit(axis + 1, at + i * strides[axis]!);
  };
  visit(0, 0);
  return Uint8Array.from(bytes);
}

const compression = fc.constantFrom<WriteArrayOptions['compression']>(
  { id: 'none' },
  { id: 'zstd' },
  { id: 'gzip', level: 0 },
  { id: 'gzip', level: 6 },
);
const geometry = fc.integer({ min: 0, max: 4 }).chain((rank) => {
  const lengths = (min: number, max: number): fc.Arbitrary<number[]> =>
    fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank });
  return fc.record({
    shape: lengths(0, 5),
    inner: lengths(1, 3),
    factors: lengths(1, 2),
    cuts: fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { minLength: rank, maxLength: rank }),
  });
});

test('arrays and slices survive the round trip, whatever shapes, chunks, shards and codecs', { timeout: 20_000 }, async () => {
  const formats = fc.constantFrom<2 | 3>(2, 3);
  const dtypes = fc.constantFrom(...DTYPES.filter((dtype) => dtype !== 'key<fry>'));
  await fc.assert(
    fc.asyncProperty(geometry, formats, compression, dtypes, async ({ shape, inner, factors, cuts }, zarrFormat, codec, dtype) => {
      const array = ramp(dtype, shape);
      const shard = inner.map((dim, axis) => dim * factors[axis]!);
      const options = { zarrFormat, compression: codec, chunkShape: zarrFormat === 3 ? shard : inner };
      const { opened } = await written(array, zarrFormat === 3 ? { ...options, innerChunkShape: inner } : options);
      expect(opened.metadata.zarrFormat).toBe(zarrFormat);
      expect(hostArraysEqual(await opened.read({ missingChunks: 'error' }), array)).toBe(true);
      const start = shape.map((dim, axis) => Math.min(cuts[axis]![0], dim));
      const end = shape.map((dim, axis) => Math.min(Math.max(cuts[axis]![1], start[axis]!), dim));
      const slice = await opened.read({ slice: { start, end }, missingChunks: 'error' });
      expect(bytesEqual(slice.data, expectedSlice(array, { start, end }))).toBe(true);
    }),
    { numRuns: 250 },
  );
});

test('a slice reads only the chunks it overlaps', async () => {
  const array = ramp('float32', [100, 100]);
  const { opened, counts } = await written(array, { chunkShape: [10, 10], compression: { id: 'none' } });
  expect(chunkGrid(opened.metadata)).toEqual([10, 10]);
  const before = { ...counts };
  await opened.read({ slice: { start: [15, 20], end: [25, 30] } });
  expect(counts.reads - before.reads).toBe(2);
  expect(counts.bytesRead - before.bytesRead).toBe(800);
});

test('a slice of a shard reads its index and the inner chunks it overlaps', async () => {
  const array = ramp('float32', [100, 100]);
  const options = { zarrFormat: 3, chunkShape: [100, 100], innerChunkShape: [10, 10], compression: { id: 'none' } } as const;
  const { opened, counts } = await written(array, options);
  const before = { ...counts };
  await opened.read({ slice: { start: [15, 20], end: [25, 30] } });
  expect(counts.reads - before.reads).toBe(3);
  expect(counts.bytesRead - before.bytesRead).toBe(100 * 16 + 4 + 800);
});

test('metadata are read without data', async () => {
  const { counts } = await written(ramp('float32', [1000, 100]));
  expect(counts.bytesRead).toBeLessThan(300);
});

test('an array of one chunk is written without a copy and read into one', async () => {
  const array = ramp('float32', [512, 512]);
  const seen: Uint8Array[] = [];
  const sink = {
    write: async (_: string, data: Uint8Array | AsyncIterable<Uint8Array>) => {
      if (data instanceof Uint8Array) seen.push(data);
      else for await (const piece of data) seen.push(piece);
    },
  };
  await writeZarrArray(sink, '', array);
  const copied = seen.filter(({ buffer }) => buffer !== array.data.buffer).reduce((sum, { length }) => sum + length, 0);
  expect(copied).toBeLessThan(1000);
});

test('missing chunks are the fill value, or damage', async () => {
  const store = memoryStore();
  const metadata = { chunks: [2], compressor: null, dtype: '<f4', fill_value: 1.5, filters: null, order: 'C', shape: [5], zarr_format: 2 };
  await store.write('.zarray', encodeUtf8(JSON.stringify(metadata)));
  await store.write('1', new Uint8Array(8));
  const array = (await openZarrArray(store, ''))!;
  expect(Array.from(typedView(await array.read()), Number)).toEqual([1.5, 1.5, 0, 0, 1.5]);
  await expect(array.read({ missingChunks: 'error' })).rejects.toMatchObject({ kind: 'CorruptFileError', details: { missing: '0' } });
  expect(await array.chunkKeys()).toEqual(['0', '1', '2']);
});

test.each([
  ['NaN', '<f4', [0, 0, 192, 127]],
  ['-Infinity', '<f2', [0, 252]],
  [true, '|b1', [1]],
  [[1, -1], '<c8', [0, 0, 128, 63, 0, 0, 128, 191]],
  [-3, '<i8', [253, 255, 255, 255, 255, 255, 255, 255]],
])('the fill value %j of %s', async (value, dtype, bytes) => {
  const store = memoryStore();
  const metadata = { chunks: [1], compressor: null, dtype, fill_value: value, filters: null, order: 'C', shape: [2], zarr_format: 2 };
  await store.write('.zarray', encodeUtf8(JSON.stringify(metadata)));
  expect([...(await (await openZarrArray(store, ''))!.read()).data]).toEqual([...bytes, ...bytes]);
});

test('column order and big-endian numbers are turned round', async () => {
  const store = memoryStore();
  const metadata = {
    chunks: [2, 3],
    compressor: null,
    dtype: '>i2',
    fill_value: null,
    filters: null,
    order: 'F',
    shape: [2, 3],
    zarr_format: 2,
  };
  await store.write('.zarray', encodeUtf8(JSON.stringify(metadata)));
  await store.write('0.0', Uint8Array.of(0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6));
  expect(Array.from(typedView(await (await openZarrArray(store, ''))!.read()), Number)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('transpose there and back is nothing', () => {
  const { data } = ramp('int16', [2, 3, 4]);
  const there = transposeBytes(data, [2, 3, 4], [2, 0, 1], 2);
  expect(transposeBytes(there, [2, 3, 4], [2, 0, 1], 2, true)).toEqual(data);
  expect(swapByteOrder(swapByteOrder(data, 'int16'), 'int16')).toEqual(data);
});

test('a slice outside the array is a ShapeError', async () => {
  const { opened } = await written(ramp('int8', [3, 3]));
  for (const [start, end] of [
    [[0], [1]],
    [
      [0, 0],
      [4, 1],
    ],
    [
      [2, 0],
      [1, 1],
    ],
    [
      [0.5, 0],
      [1, 1],
    ],
  ]) {
    await expect(opened.read({ slice: { start: start!, end: end! } })).rejects.toMatchObject({ kind: 'ShapeError' });
  }
});

test('arrays live in a database as in a folder', async () => {
  const store = memoryStore();
  const writer = new OcdbtWriter(store);
  const arrays = new Map([ramp('float32', [40, 40]), ramp('bfloat16', []), ramp('int64', [3])].map((array, i) => [`layer.${i}/`, array]));
  for (const [prefix, array] of arrays) await writeZarrArray(writer, prefix, array);
  await writer.finish();
  const database = await openOcdbt(store);
  for (const [prefix, array] of arrays) {
    const read = await (await openZarrArray(database, prefix))!.read({ missingChunks: 'error' });
    expect(isHostArray(read) && hostArraysEqual(read, array)).toBe(true);
  }
  expect(await openZarrArray(database, 'none/')).toBeUndefined();
});

test.each<[WriteArrayOptions, boolean]>([
  [{ compression: { id: 'none' } }, false],
  [{ compression: { id: 'zstd' } }, true],
  [{ compression: { id: 'zlib', level: 0 } }, true],
  [{ zarrFormat: 3, chunkShape: [4, 4], innerChunkShape: [2, 2] }, true],
  [{ zarrFormat: 3, chunkShape: [4, 4], innerChunkShape: [2, 2], compression: { id: 'none' } }, false],
])('whether chunks are checked: %j', async (options, isChecked) => {
  const { opened } = await written(ramp('int16', [4, 4]), options);
  for (const key of await opened.chunkKeys()) expect(await opened.isChecked(key)).toBe(isChecked);
});

test('zstd frames of others without a checksum count as unchecked', async () => {
  const { store, opened } = await written(ramp('int16', [4, 4]));
  const [key] = await opened.chunkKeys();
  const frame = (await store.read(key!))!;
  await store.write(key!, frame.with(4, frame[4]! & ~4));
  expect(await opened.isChecked(key!)).toBe(false);
});
