import { ByteWriter, concatBytes, crc32c, encodeUtf8 } from '#linnet/core';
import { zstdFramePieces } from '../../format/zstd/encode';
import { cases, type HostileCase } from './case';
import { zstdBomb } from './zstdBomb';

type Files = ReadonlyMap<string, Uint8Array>;
type Json = Record<string, unknown>;

const V2: Json = {
  chunks: [2, 2],
  compressor: null,
  dimension_separator: '.',
  dtype: '<f4',
  fill_value: null,
  filters: null,
  order: 'C',
  shape: [2, 2],
  zarr_format: 2,
};
const BYTES = { name: 'bytes', configuration: { endian: 'little' } };
const sharding = (change: Json = {}): Json => ({
  name: 'sharding_indexed',
  configuration: { chunk_shape: [1, 2], codecs: [BYTES], index_codecs: [BYTES, { name: 'crc32c' }], ...change },
});
const V3: Json = {
  chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 2] } },
  chunk_key_encoding: { name: 'default' },
  codecs: [BYTES],
  data_type: 'float32',
  fill_value: 0,
  node_type: 'array',
  shape: [2, 2],
  zarr_format: 3,
};

const frame = (bytes: Uint8Array): Uint8Array => concatBytes(zstdFramePieces(bytes));
const CHUNK = new Uint8Array(16);

/** A v2 array with a change in its metadata, or with metadata that are just text, and one chunk. */
const v2 = (change: Json | string, chunk: Uint8Array = CHUNK): Files =>
  new Map([
    ['.zarray', encodeUtf8(typeof change === 'string' ? change : JSON.stringify({ ...V2, ...change }))],
    ['0.0', chunk],
  ]);
const v3 = (change: Json, chunk: Uint8Array = CHUNK): Files =>
  new Map([
    ['zarr.json', encodeUtf8(JSON.stringify({ ...V3, ...change }))],
    ['c/0/0', chunk],
  ]);
/** A v2 array in which one value is text that `JSON.stringify` would not write. */
const literal = (name: string, value: string): Files => v2(JSON.stringify({ ...V2, [name]: '@' }).replace('"@"', value));

/** A shard of two inner chunks of 8 bytes with this index. */
function shard(entries: readonly (readonly [bigint, bigint])[], damage = 0): Uint8Array {
  const index = new ByteWriter(64);
  for (const [offset, length] of entries) {
    index.uint64(offset);
    index.uint64(length);
  }
  const tail = new ByteWriter(4);
  tail.uint32(crc32c(index.finish()) ^ damage);
  return concatBytes([CHUNK, index.finish(), tail.finish()]);
}

const json = cases('zarr', [
  ['no JSON', 'CorruptFileError', () => v2('zarr')],
  ['an empty document', 'CorruptFileError', () => v2('')],
  ['two documents', 'CorruptFileError', () => v2(`${JSON.stringify(V2)}{}`)],
  ['a document that is cut off', 'CorruptFileError', () => v2(JSON.stringify(V2).slice(0, -1))],
  ['an array where an object is due', 'CorruptFileError', () => v2('[]')],
  ['one name twice', 'CorruptFileError', () => v2(JSON.stringify(V2).replace('{', '{"shape":[9,9],'))],
  ['200,000 nested arrays', 'LimitExceededError', () => v2('['.repeat(200_000))],
  ['200,000 nested objects', 'LimitExceededError', () => v2('{"a":'.repeat(200_000))],
  ['a document of 70 MB', 'LimitExceededError', () => new Map([['.zarray', new Uint8Array(70_000_000).fill(0x20)]])],
  ['text that is not UTF-8', 'CorruptFileError', () => new Map([['.zarray', Uint8Array.of(0x7b, 0xff, 0x7d)]])],
  ['a bad escape', 'CorruptFileError', () => literal('order', '"\\x43"')],
  ['a line break in a text', 'CorruptFileError', () => literal('order', '"C\n"')],
  ['members only in __proto__', 'CorruptFileError', () => v2(`{"__proto__":${JSON.stringify(V2)}}`)],
]);

const BAD_LENGTHS = ['-1', '1.5', '1e400', '"4"', 'null', 'NaN', 'true', '9007199254740993', '18446744073709551616', '[]', '{}'];

const geometry = cases('zarr', [
  ...BAD_LENGTHS.map((value) => [`a length of ${value}`, 'CorruptFileError', () => literal('shape', `[2,${value}]`)] as const),
  ['a product above 2^53', 'LimitExceededError', () => v2({ shape: [2 ** 30, 2 ** 30], chunks: [2 ** 30, 2 ** 30] })],
  ['a product that wraps to nothing', 'LimitExceededError', () => v2({ shape: [2 ** 32, 2 ** 32], chunks: [2 ** 32, 2 ** 32] })],
  ['chunks of no length', 'CorruptFileError', () => v2({ chunks: [0, 2] })],
  ['chunks of another rank', 'CorruptFileError', () => v2({ chunks: [2] })],
  ['40 dimensions', 'LimitExceededError', () => v2({ shape: new Array(40).fill(1), chunks: new Array(40).fill(1) })],
  ['2^32 chunks', 'LimitExceededError', () => v2({ shape: [2 ** 32], chunks: [1] })],
  ['a chunk of 2^40 bytes', 'LimitExceededError', () => v2({ chunks: [2 ** 20, 2 ** 18] })],
  ['3 GB of which nothing is stored', 'LimitExceededError', () => v2({ shape: [750_000_000], chunks: [1_000_000] })],
  ['5 GB', 'LimitExceededError', () => v2({ shape: [1_250_000_000], chunks: [1_000_000] })],
  ['2 GB in a chunk of 16 bytes', 'LimitExceededError', () => v2({ shape: [500_000_000], chunks: [500_000_000] })],
]);

const encoding = cases('zarr', [
  ['zarr_format 3 in a .zarray', 'UnsupportedFormatError', () => v2({ zarr_format: 3 })],
  ['an unknown dtype', 'UnsupportedFormatError', () => v2({ dtype: '<f3' })],
  ['Python objects', 'UnsupportedFormatError', () => v2({ dtype: '|O' })],
  ['records', 'UnsupportedFormatError', () => v2({ dtype: [['a', '<f4']] })],
  ['a dtype called constructor', 'UnsupportedFormatError', () => v2({ dtype: 'constructor' })],
  ['PRNG keys', 'UnsupportedFormatError', () => v2({ dtype: 'key<fry>' })],
  ['blosc', 'UnsupportedFormatError', () => v2({ compressor: { id: 'blosc' } })],
  ['a compressor without a name', 'CorruptFileError', () => v2({ compressor: {} })],
  ['filters', 'UnsupportedFormatError', () => v2({ filters: [{ id: 'delta' }] })],
  ['an unknown order', 'CorruptFileError', () => v2({ order: 'X' })],
  ['a separator that is a path', 'CorruptFileError', () => v2({ dimension_separator: '/../' })],
  ['a fill value that is no number', 'CorruptFileError', () => v2({ fill_value: 'many' })],
  ['a fill value that is an object', 'CorruptFileError', () => v2({ fill_value: { a: 1 } })],
  ['a chunk that is too short', 'CorruptFileError', () => v2({}, new Uint8Array(15))],
  ['a chunk that is too long', 'CorruptFileError', () => v2({}, new Uint8Array(17))],
  ['a chunk that is no zstd', 'CorruptFileError', () => v2({ compressor: { id: 'zstd' } })],
  ['a zstd chunk that is too short', 'CorruptFileError', () => v2({ compressor: { id: 'zstd' } }, frame(new Uint8Array(15)))],
  ['a zstd chunk that is too long', 'LimitExceededError', () => v2({ compressor: { id: 'zstd' } }, frame(new Uint8Array(17)))],
  ['a zstd chunk of 100 MB', 'LimitExceededError', () => v2({ compressor: { id: 'zstd' } }, zstdBomb(800))],
  ['a chunk that is no gzip', 'CorruptFileError', () => v2({ compressor: { id: 'gzip' } })],
  ['a chunk that is no zlib', 'CorruptFileError', () => v2({ compressor: { id: 'zlib' } })],
]);

const version3 = cases('zarr', [
  ['a group', 'UnsupportedFormatError', () => v3({ node_type: 'group' })],
  ['a grid that is not regular', 'UnsupportedFormatError', () => v3({ chunk_grid: { name: 'rectilinear' } })],
  ['no codecs', 'CorruptFileError', () => v3({ codecs: [] })],
  ['an unknown codec', 'UnsupportedFormatError', () => v3({ codecs: [BYTES, { name: 'blosc' }] })],
  ['codecs in the wrong order', 'UnsupportedFormatError', () => v3({ codecs: [{ name: 'zstd' }, BYTES] })],
  ['a codec called __proto__', 'UnsupportedFormatError', () => v3({ codecs: [{ name: '__proto__' }] })],
  ['a transpose of other axes', 'CorruptFileError', () => v3({ codecs: [{ name: 'transpose', configuration: { order: [0, 5] } }, BYTES] })],
  [
    'a transpose that names one axis twice',
    'CorruptFileError',
    () => v3({ codecs: [{ name: 'transpose', configuration: { order: [1, 1] } }, BYTES] }),
  ],
  ['an unknown byte order', 'CorruptFileError', () => v3({ codecs: [{ name: 'bytes', configuration: { endian: 'middle' } }] })],
  ['storage transformers', 'UnsupportedFormatError', () => v3({ storage_transformers: [{ name: 'x' }] })],
  ['an unknown key encoding', 'UnsupportedFormatError', () => v3({ chunk_key_encoding: { name: 'hash' } })],
  [
    'a key separator that is a path',
    'CorruptFileError',
    () => v3({ chunk_key_encoding: { name: 'default', configuration: { separator: '/../' } } }),
  ],
  ['a checksum that does not fit', 'CorruptFileError', () => v3({ codecs: [BYTES, { name: 'crc32c' }] }, new Uint8Array(20))],
  ['a chunk too short for its checksum', 'CorruptFileError', () => v3({ codecs: [BYTES, { name: 'crc32c' }] }, new Uint8Array(2))],
]);

const DEEP = (): Json => sharding({ codecs: [sharding({ codecs: [sharding({ codecs: [sharding()] })] })] });

const shards = cases('zarr', [
  ['inner chunks that do not divide', 'CorruptFileError', () => v3({ codecs: [sharding({ chunk_shape: [2, 3] })] })],
  ['inner chunks of another rank', 'CorruptFileError', () => v3({ codecs: [sharding({ chunk_shape: [2] })] })],
  ['an index that is compressed', 'UnsupportedFormatError', () => v3({ codecs: [sharding({ index_codecs: [BYTES, { name: 'gzip' }] })] })],
  [
    'an index in big-endian',
    'UnsupportedFormatError',
    () => v3({ codecs: [sharding({ index_codecs: [{ name: 'bytes', configuration: { endian: 'big' } }] })] }),
  ],
  ['an index in the middle', 'CorruptFileError', () => v3({ codecs: [sharding({ index_location: 'middle' })] })],
  ['shards in shards in shards in shards', 'LimitExceededError', () => v3({ codecs: [DEEP()] })],
  ['a shard too short for its index', 'CorruptFileError', () => v3({ codecs: [sharding()] }, new Uint8Array(10))],
  [
    'an index with a wrong checksum',
    'CorruptFileError',
    () =>
      v3(
        { codecs: [sharding()] },
        shard(
          [
            [0n, 8n],
            [8n, 8n],
          ],
          1,
        ),
      ),
  ],
  [
    'an inner chunk past the end',
    'CorruptFileError',
    () =>
      v3(
        { codecs: [sharding()] },
        shard([
          [0n, 8n],
          [5000n, 8n],
        ]),
      ),
  ],
  [
    'an inner chunk above 2^53',
    'CorruptFileError',
    () =>
      v3(
        { codecs: [sharding()] },
        shard([
          [0n, 8n],
          [2n ** 63n, 8n],
        ]),
      ),
  ],
  [
    'an inner chunk half absent',
    'CorruptFileError',
    () =>
      v3(
        { codecs: [sharding()] },
        shard([
          [0n, 8n],
          [2n ** 64n - 1n, 8n],
        ]),
      ),
  ],
  [
    'an inner chunk that is too long',
    'CorruptFileError',
    () =>
      v3(
        { codecs: [sharding()] },
        shard([
          [0n, 8n],
          [0n, 16n],
        ]),
      ),
  ],
  [
    '2^24 inner chunks',
    'LimitExceededError',
    () =>
      v3({
        shape: [4096, 4096],
        chunk_grid: { name: 'regular', configuration: { chunk_shape: [4096, 4096] } },
        codecs: [sharding({ chunk_shape: [1, 1] })],
      }),
  ],
]);

/** Hostile zarr arrays, of both versions. */
export const zarrCases: readonly HostileCase[] = [...json, ...geometry, ...encoding, ...version3, ...shards];
