import { ByteWriter, concatBytes, type ErrorKind, encodeUtf8 } from '#linnet/core';
import { storedDeflatePieces } from '../../format/deflate';
import { cases, type HostileCase } from './case';
import { type RawEnd, type RawFile, rawZip } from './rawZip';

const text = encodeUtf8;
const deflated = (bytes: Uint8Array): Uint8Array => concatBytes(storedDeflatePieces(bytes, 'raw'));

/** Names that reach outside a folder, show as another name, or are no names. */
const BAD_NAMES = [
  ['', '/etc/passwd', '//server/share', '../a', 'a/../../b', 'a/..', './a', 'a/./b', '.', '..', 'a//b', '..\\a', 'a\\..\\b', '\\a'],
  [
    'C:/a',
    'c:a',
    'a/../b',
    '..／a',
    '．．/a',
    'a\u0000b',
    'a\nb',
    'a\u001bb',
    'a\u202egpj.exe',
    'a\u2066b',
    '\ufeffa',
    'a\u2028b',
    'a\u0085b',
  ],
].flat();

const names = BAD_NAMES.map((name): [string, ErrorKind, HostileCase['build']] => [
  `the name ${JSON.stringify(name)}`,
  'CorruptFileError',
  () => rawZip([{ name, data: text('x') }]),
]);

function zip64Record(fields: {
  count?: bigint;
  byteLength: bigint;
  offset: bigint;
  at: number;
  magic?: number;
  locatorAt?: bigint;
}): Uint8Array {
  const writer = new ByteWriter(80);
  writer.uint32(fields.magic ?? 0x06064b50);
  writer.uint64(44n);
  writer.uint32(45);
  writer.uint32(0);
  writer.uint32(0);
  writer.uint64(fields.count ?? 1n);
  writer.uint64(fields.count ?? 1n);
  writer.uint64(fields.byteLength);
  writer.uint64(fields.offset);
  writer.uint32(0x07064b50);
  writer.uint32(0);
  writer.uint64(fields.locatorAt ?? BigInt(fields.at));
  writer.uint32(1);
  return writer.finish();
}

type Zip64 = Partial<Parameters<typeof zip64Record>[0]>;
const zip64 = (fields: Zip64): Uint8Array =>
  rawZip([{ name: 'a', data: text('x') }], {
    count: 0xffff,
    middle: (offset, byteLength) =>
      zip64Record({ byteLength: BigInt(byteLength), offset: BigInt(offset), at: offset + byteLength, ...fields }),
  });

const one = (file: Partial<RawFile>, end?: RawEnd): Uint8Array => rawZip([{ name: 'a', data: text('content'), ...file }], end);

const structure = cases('zip', [
  ['nothing', 'CorruptFileError', () => new Uint8Array(0)],
  ['no end record', 'CorruptFileError', () => new Uint8Array(100)],
  ['bytes behind the end record', 'CorruptFileError', () => one({}, { after: text('tail') })],
  ['the directory ends elsewhere', 'CorruptFileError', () => one({}, { directoryOffset: 3 })],
  ['the directory is longer than the file', 'CorruptFileError', () => one({}, { directoryByteLength: 0x7fffffff })],
  ['more files than there are', 'CorruptFileError', () => one({}, { count: 2 })],
  ['fewer files than there are', 'CorruptFileError', () => rawZip([{ name: 'a' }, { name: 'b' }], { count: 1 })],
  ['60,000 files in a small directory', 'CorruptFileError', () => one({}, { count: 60_000 })],
  ['one part of several', 'UnsupportedFormatError', () => one({}, { disk: 3 })],
  ['a file on another part', 'UnsupportedFormatError', () => one({ disk: 2 })],
  ['64-bit sizes announced, record missing', 'CorruptFileError', () => one({}, { count: 0xffff })],
  ['a zip64 locator past the end', 'CorruptFileError', () => zip64({ locatorAt: 10_000n })],
  ['a zip64 locator above 2^53', 'CorruptFileError', () => zip64({ locatorAt: 2n ** 63n })],
  ['a zip64 record that is none', 'CorruptFileError', () => zip64({ magic: 1 })],
  ['a zip64 directory above 2^53', 'CorruptFileError', () => zip64({ byteLength: 2n ** 63n })],
  ['a zip64 directory at another place', 'CorruptFileError', () => zip64({ offset: 7n })],
  ['a million files', 'LimitExceededError', () => zip64({ count: 1_000_000n })],
  ['2^60 files', 'CorruptFileError', () => zip64({ count: 2n ** 60n })],
  ['a 64-bit size without its field', 'CorruptFileError', () => one({ size: 0xffffffff, packed: 0xffffffff })],
  [
    'a 64-bit size above 2^53',
    'CorruptFileError',
    () => one({ size: 0xffffffff, packed: 0xffffffff, extra: new Uint8Array(20).fill(255).with(0, 1).with(1, 0).with(2, 16).with(3, 0) }),
  ],
  ['an extra field that is cut off', 'CorruptFileError', () => one({ size: 0xffffffff, extra: Uint8Array.of(1, 0, 99, 0, 1) })],
]);

const content = cases('zip', [
  ['a wrong checksum', 'CorruptFileError', () => one({ crc: 1 })],
  ['another name in the local header', 'CorruptFileError', () => one({ local: { name: 'b' } })],
  ['another method in the local header', 'CorruptFileError', () => one({ local: { method: 8 } })],
  ['another checksum in the local header', 'CorruptFileError', () => one({ local: { crc: 1 } })],
  ['another size in the local header', 'CorruptFileError', () => one({ local: { size: 1 } })],
  ['other flags in the local header', 'CorruptFileError', () => one({ local: { flags: 1 } })],
  ['no local header', 'CorruptFileError', () => one({ local: { magic: 5 } })],
  ['a local header past the end', 'CorruptFileError', () => one({ offset: 100_000 })],
  ['data past the directory', 'CorruptFileError', () => one({ size: 5000, packed: 5000 })],
  ['a stored file of two sizes', 'CorruptFileError', () => one({ size: 3 })],
  ['deflated data that are none', 'CorruptFileError', () => one({ method: 8 })],
  ['deflated data cut off', 'CorruptFileError', () => one({ method: 8, data: deflated(text('content')).slice(0, -3), size: 7 })],
  ['more than is announced', 'LimitExceededError', () => one({ method: 8, data: deflated(text('content')), size: 3 })],
  ['less than is announced', 'CorruptFileError', () => one({ method: 8, data: deflated(text('content')), size: 30 })],
  ['a file that claims 2 GB', 'LimitExceededError', () => one({ method: 8, size: 2_000_000_000 })],
  ['array data that claim 2 GB', 'LimitExceededError', () => one({ name: `d/${'0'.repeat(32)}`, method: 8, size: 2_000_000_000 })],
  [
    'two files in the same bytes',
    'CorruptFileError',
    () =>
      rawZip([
        { name: 'a', data: text('x') },
        { name: 'b', offset: 0 },
      ]),
  ],
  [
    'files inside one another',
    'CorruptFileError',
    () =>
      rawZip([
        { name: 'a', data: new Uint8Array(100) },
        { name: 'b', offset: 40, data: text('x') },
      ]),
  ],
  [
    '1,000 files of 10 MB in nothing',
    'LimitExceededError',
    () => rawZip(Array.from({ length: 1000 }, (_, i) => ({ name: `f${i}`, method: 8, data: text('x'), size: 10_000_000 }))),
  ],
  ['an encrypted file', 'UnsupportedFormatError', () => one({ flags: 1 })],
  ['strong encryption', 'UnsupportedFormatError', () => one({ flags: 0x40 })],
  ['a masked directory', 'UnsupportedFormatError', () => one({ flags: 0x2000 })],
  ['LZMA', 'UnsupportedFormatError', () => one({ method: 14 })],
  ['zstd', 'UnsupportedFormatError', () => one({ method: 93 })],
  ['a symbolic link', 'UnsupportedFormatError', () => one({ mode: 0o120777, data: text('/etc/passwd') })],
  ['a folder with content', 'CorruptFileError', () => one({ name: 'a/' })],
  ['one name twice', 'CorruptFileError', () => rawZip([{ name: 'a' }, { name: 'a' }])],
  ['two names that differ by case', 'CorruptFileError', () => rawZip([{ name: 'manifest' }, { name: 'Manifest' }])],
  ['two names that differ by the form of an accent', 'CorruptFileError', () => rawZip([{ name: 'é' }, { name: 'e\u0301' }])],
  ['a name that is not UTF-8', 'CorruptFileError', () => one({ name: Uint8Array.of(0xff, 0xfe, 0x41) })],
  ['a name of 5,000 bytes', 'LimitExceededError', () => one({ name: 'x'.repeat(5000) })],
  ['a path of 100 folders', 'LimitExceededError', () => one({ name: `${'a/'.repeat(100)}b` })],
]);

/** Hostile zips. */
export const zipCases: readonly HostileCase[] = [...cases('zip', names), ...structure, ...content];
