import { ByteWriter, concatBytes, crc32c } from '#linnet/core';
import { MAGIC, sealEnvelope } from '../../format/ocdbt/envelope';
import { cases, type HostileCase } from './case';
import { body, byte, DATA, database, interior, leaf, manifest, node, numberedManifest, type RawVersion, table } from './rawOcdbt';
import { zstdBomb } from './zstdBomb';

type Files = ReadonlyMap<string, Uint8Array>;

const LEAF = leaf([[0, 'a']]);
const only = (bytes: Uint8Array): Files => new Map([['manifest.ocdbt', bytes]]);

/** `bytes` with a change, and a checksum that fits it. */
function resealed(bytes: Uint8Array, change: (bytes: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy);
  const tail = new ByteWriter(4);
  tail.uint32(crc32c(copy.subarray(0, -4)));
  copy.set(tail.finish(), copy.length - 4);
  return copy;
}

const version = (fields: RawVersion): Files => new Map([...database(LEAF, fields)]);
const path = (name: string, base = 0): Files => only(manifest([{ length: LEAF.length }], table(name, base)));

/** An envelope around a body that is already packed. */
function packed(frame: Uint8Array): Uint8Array {
  const sealed = sealEnvelope('B+tree node', frame, 'none');
  return resealed(sealed, (bytes) => {
    bytes[13] = 1;
  });
}

const LONG = 'k'.repeat(60_000);

/** A leaf of `count` keys that all share the first one's bytes: unfolds to `count` times its size. */
function prefixBomb(count: number): Uint8Array {
  const suffix = (i: number): string => String.fromCharCode(48 + (i >> 6), 48 + (i & 63));
  return leaf(Array.from({ length: count }, (_, i) => (i === 0 ? [0, LONG + suffix(0)] : [LONG.length, suffix(i)])));
}

const manifests = cases('ocdbt', [
  ['an empty manifest', 'CorruptFileError', () => only(new Uint8Array(0))],
  ['a manifest of another kind of file', 'CorruptFileError', () => only(LEAF)],
  ['a length that lies', 'CorruptFileError', () => only(resealed(manifest([{}]), (bytes) => void bytes.fill(9, 4, 5)))],
  ['a length above 2^53', 'CorruptFileError', () => only(resealed(manifest([{}]), (bytes) => void bytes.fill(255, 4, 12)))],
  ['a checksum that does not fit', 'CorruptFileError', () => only(manifest([{}]).map((byte, i) => (i === 20 ? byte ^ 1 : byte)))],
  ['version 1 of the format', 'CorruptFileError', () => only(resealed(manifest([{}]), (bytes) => bytes.set([1], 12)))],
  ['an unknown compression', 'CorruptFileError', () => only(resealed(manifest([{}]), (bytes) => bytes.set([2], 13)))],
  ['an unknown kind of manifest', 'CorruptFileError', () => only(resealed(manifest([{}]), (bytes) => bytes.set([2], 30)))],
  ['bytes left over', 'CorruptFileError', () => only(manifest([{}], table(DATA), body(0, 'more')))],
  ['no version', 'CorruptFileError', () => only(manifest([]))],
  ['generation 0', 'CorruptFileError', () => version({ generation: 0 })],
  ['generations in the wrong order', 'CorruptFileError', () => only(manifest([{ generation: 2 }, { generation: 1 }]))],
  ['one generation twice', 'CorruptFileError', () => only(manifest([{ generation: 2 }, { generation: 2 }]))],
  ['a root in no file', 'CorruptFileError', () => version({ file: 7 })],
  ['a root past the end', 'CorruptFileError', () => version({ offset: 5000 })],
  ['a root longer than a node may be', 'LimitExceededError', () => version({ length: 2 ** 40 })],
  ['a root out of range', 'CorruptFileError', () => version({ offset: Number.MAX_SAFE_INTEGER })],
  ['a tree of 200 levels', 'LimitExceededError', () => version({ height: 200 })],
  ['2^50 keys', 'LimitExceededError', () => version({ keyCount: 2 ** 50 })],
  ['no root, but keys', 'CorruptFileError', () => version({ offset: Number.POSITIVE_INFINITY, length: Number.POSITIVE_INFINITY })],
  ['a root of another height', 'CorruptFileError', () => version({ height: 1 })],
  ['another number of keys than stated', 'CorruptFileError', () => version({ keyCount: 2 })],
  [
    '2^40 versions',
    'LimitExceededError',
    () => only(sealEnvelope('manifest', body(new Uint8Array(16), byte(0), 0, 0, byte(0), 0, table(DATA), 2 ** 40), 'none')),
  ],
  [
    '50,000 versions in no bytes',
    'CorruptFileError',
    () => only(sealEnvelope('manifest', body(new Uint8Array(16), byte(0), 0, 0, byte(0), 0, table(DATA), 50_000), 'none')),
  ],
  [
    'a number of eleven bytes',
    'CorruptFileError',
    () => only(sealEnvelope('manifest', body(new Uint8Array(16), byte(0), new Uint8Array(11).fill(255)), 'none')),
  ],
  [
    'a number of 2^60',
    'CorruptFileError',
    () =>
      only(sealEnvelope('manifest', body(new Uint8Array(16), byte(0), Uint8Array.of(128, 128, 128, 128, 128, 128, 128, 128, 16)), 'none')),
  ],
  ['numbered manifests that are missing', 'CorruptFileError', () => only(numberedManifest())],
  [
    'a numbered manifest of another number',
    'CorruptFileError',
    () =>
      new Map([
        ['manifest.ocdbt', numberedManifest()],
        ['manifest.0000000000000007', manifest([{}])],
      ]),
  ],
  [
    'a numbered manifest that is numbered again',
    'CorruptFileError',
    () =>
      new Map([
        ['manifest.ocdbt', numberedManifest()],
        ['manifest.0000000000000001', numberedManifest()],
      ]),
  ],
]);

const BAD_PATHS = ['/etc/passwd', '../outside', 'd/../../outside', 'd/./0', 'd//0', 'd\\0', 'C:/0', 'd/\u00000', 'd/'];

const paths = cases('ocdbt', [
  ...BAD_PATHS.map((name) => [`the data file ${JSON.stringify(name)}`, 'CorruptFileError', () => path(name)] as const),
  ['a data file that is missing', 'CorruptFileError', () => path('d/none')],
  ['a data file without a name', 'CorruptFileError', () => path('')],
  ['a data file name of 5,000 bytes', 'LimitExceededError', () => path('d'.repeat(5000))],
  ['a base longer than its path', 'CorruptFileError', () => path('d/0', 9)],
  ['2^40 data files', 'LimitExceededError', () => only(manifest([{}], body(2 ** 40)))],
  ['90,000 data files in no bytes', 'CorruptFileError', () => only(manifest([{}], body(90_000)))],
  ['a path that shares more than there is', 'CorruptFileError', () => only(manifest([{}], body(2, 9, 3, 3, 0, 0, 'd/0', 'd/1')))],
  ['a path that is not UTF-8', 'CorruptFileError', () => only(manifest([{}], body(1, 2, 0, Uint8Array.of(0xff, 0xfe))))],
]);

const SELF = (length: number): Uint8Array => interior(1, [{ key: 'a', offset: 0, length }]);
const cycle = (): Files => {
  const self = SELF(SELF(0).length);
  return database(self, { height: 1 });
};

function twoChildren(change: { second?: { key?: string; offset?: number; prefix?: number; keyCount?: number } }): Files {
  const rootOf = (offset: number): Uint8Array =>
    interior(1, [
      { key: 'a', offset, length: LEAF.length },
      { key: 'b', length: LEAF.length, offset: offset + LEAF.length, ...change.second },
    ]);
  const root = rootOf(rootOf(100).length);
  return database(root, { height: 1, keyCount: 2 }, concatBytes([LEAF, leaf([[0, 'b']])]));
}

const nodes = cases('ocdbt', [
  ['a node of the wrong kind', 'CorruptFileError', () => database(manifest([{}]))],
  ['a node without entries', 'CorruptFileError', () => database(node(byte(0), 0, 0))],
  ['2^30 entries', 'LimitExceededError', () => database(node(byte(0), 0, 2 ** 30))],
  ['a million entries in no bytes', 'CorruptFileError', () => database(node(byte(0), 0, 1_000_000))],
  [
    'a key that shares more than there is',
    'CorruptFileError',
    () =>
      database(
        leaf([
          [0, 'a'],
          [5, 'b'],
        ]),
        { keyCount: 2 },
      ),
  ],
  [
    'one key twice',
    'CorruptFileError',
    () =>
      database(
        leaf([
          [0, 'a'],
          [0, 'a'],
        ]),
        { keyCount: 2 },
      ),
  ],
  [
    'keys in the wrong order',
    'CorruptFileError',
    () =>
      database(
        leaf([
          [0, 'b'],
          [0, 'a'],
        ]),
        { keyCount: 2 },
      ),
  ],
  ['a key longer than keys may be', 'CorruptFileError', () => database(leaf([[0, 'k'.repeat(70_000)]]))],
  ['keys that unfold to 180 MB', 'LimitExceededError', () => database(prefixBomb(3000), { keyCount: 3000 })],
  ['a key that is not UTF-8', 'CorruptFileError', () => database(node(byte(0), 0, 1, 2, Uint8Array.of(0xff, 0xfe), 1, byte(0), 'v'))],
  ['an unknown kind of value', 'CorruptFileError', () => database(node(byte(0), 0, 1, 1, 'a', 1, byte(2), 'v'))],
  ['an inline value that is cut off', 'CorruptFileError', () => database(node(byte(0), 0, 1, 1, 'a', 100, byte(0), 'v'))],
  ['an inline value of 2 MB', 'LimitExceededError', () => database(leaf([[0, 'a']], 'v'.repeat(2_000_000)))],
  ['a value in no file', 'CorruptFileError', () => database(node(byte(0), 0, 1, 1, 'a', 1, byte(1), 0, 0))],
  ['a value past the end of its file', 'CorruptFileError', () => database(node(byte(0), table(DATA), 1, 1, 'a', 100, byte(1), 0, 5000))],
  [
    'a value out of range',
    'CorruptFileError',
    () => database(node(byte(0), table(DATA), 1, 1, 'a', 100, byte(1), 0, Number.MAX_SAFE_INTEGER)),
  ],
  ['a value in a file that is missing', 'CorruptFileError', () => database(node(byte(0), table('d/none'), 1, 1, 'a', 100, byte(1), 0, 0))],
  ['bytes left over in a node', 'CorruptFileError', () => database(node(byte(0), 0, 1, 1, 'a', 1, byte(0), 'v', 'more'))],
  ['a node that is its own child', 'CorruptFileError', cycle],
  [
    'one child twice',
    'CorruptFileError',
    () =>
      twoChildren({
        second: {
          offset: interior(1, [
            { key: 'a', offset: 100, length: LEAF.length },
            { key: 'b', offset: 130, length: LEAF.length },
          ]).length,
        },
      }),
  ],
  ['a child that states another number of keys', 'CorruptFileError', () => twoChildren({ second: { keyCount: 7 } })],
  ['a child that hands down more than its key', 'CorruptFileError', () => twoChildren({ second: { prefix: 5 } })],
  ['a child whose keys come before', 'CorruptFileError', () => twoChildren({ second: { key: 'b', prefix: 0, offset: 3 } })],
  ['a child out of range', 'CorruptFileError', () => twoChildren({ second: { offset: Number.MAX_SAFE_INTEGER } })],
  ['a node that unpacks to 13 GB', 'LimitExceededError', () => database(packed(zstdBomb(100_000)))],
  ['a node that is no zstd', 'CorruptFileError', () => database(packed(body('not zstd at all')))],
  ['a zstd window of 2^41', 'LimitExceededError', () => database(packed(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0)))],
  [
    'a zstd frame that lies of its size',
    'CorruptFileError',
    () => database(packed(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 4, 1, 0, 0))),
  ],
  [
    'a zstd frame with a dictionary',
    'CorruptFileError',
    () => database(packed(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 0, 1, 0, 0))),
  ],
  ['magic numbers of a version tree', 'CorruptFileError', () => database(sealEnvelope('version tree node', body(MAGIC.manifest), 'none'))],
]);

/** Hostile OCDBT databases. */
export const ocdbtCases: readonly HostileCase[] = [...manifests, ...paths, ...nodes];
