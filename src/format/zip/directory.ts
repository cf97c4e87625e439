import { ByteReader, checkLimit, LIMITS, LinnetError } from '#linnet/core';
import type { RandomAccess } from '../randomAccess';
import { checkFileName, decodeFileName, foldFileName } from './names';

/** One file of an archive as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly rawName: Uint8Array;
  readonly method: 'stored' | 'deflated';
  readonly flags: number;
  readonly crc32: number;
  readonly compressedByteLength: number;
  readonly byteLength: number;
  readonly localHeaderOffset: number;
}

/** Where the central directory lies, and how many files it says it has. */
interface Directory {
  readonly offset: number;
  readonly byteLength: number;
  readonly count: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const ZIP64_EXTRA = 1;
const ENCRYPTED = 0x2041;
const SYMLINK = 0o120000;
const FILE_TYPE = 0o170000;

/** Flag: sizes and checksum follow the data. */
export const HAS_DESCRIPTOR = 8;

const corrupt = (message: string): LinnetError => new LinnetError('CorruptFileError', `zip: ${message}.`);

/** The end record: the last one whose comment reaches exactly to the end of the file. */
async function findEnd(source: RandomAccess): Promise<{ at: number; reader: ByteReader }> {
  const length = Math.min(source.byteLength, END_BYTES + MAX_COMMENT);
  const tail = await source.read(source.byteLength - length, length);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail[at + 1] !== 0x4b || tail[at + 2] !== 5 || tail[at + 3] !== 6) continue;
    const commentLength = tail[at + 20]! | (tail[at + 21]! << 8);
    if (at + END_BYTES + commentLength === length) {
      return { at: source.byteLength - length + at, reader: new ByteReader(tail.subarray(at), 'zip end record') };
    }
  }
  throw corrupt('there is no end record; the file is cut off or is no zip');
}

async function findDirectory(source: RandomAccess): Promise<Directory> {
  const { at, reader } = await findEnd(source);
  if (reader.uint32() !== END) throw corrupt('there is no end record');
  const [disk, directoryDisk, countHere, count] = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()];
  const [byteLength, offset] = [reader.uint32(), reader.uint32()];
  const found = { offset, byteLength, count };
  if (disk === 0xffff || count === 0xffff || byteLength === 0xffffffff || offset === 0xffffffff || (await hasLocator(source, at))) {
    return findDirectory64(source, at);
  }
  if (disk !== 0 || directoryDisk !== 0 || countHere !== count) throw split();
  if (offset + byteLength !== at)
    throw corrupt(`the directory is said to end at byte ${offset + byteLength}, but the end record is at ${at}`);
  return found;
}

const split = (): LinnetError => new LinnetError('UnsupportedFormatError', 'The zip is one part of several; join the parts first.');

async function hasLocator(source: RandomAccess, end: number): Promise<boolean> {
  if (end < LOCATOR_BYTES) return false;
  return new ByteReader(await source.read(end - LOCATOR_BYTES, 4), 'zip64 locator').uint32() === LOCATOR;
}

/** The 64-bit end record, which a locator before the end record points to. Source: APPNOTE 4.3.14, 4.3.15. */
async function findDirectory64(source: RandomAccess, end: number): Promise<Directory> {
  if (!(await hasLocator(source, end))) throw corrupt('64-bit sizes are announced, but their record is missing');
  const locator = new ByteReader(await source.read(end - LOCATOR_BYTES, LOCATOR_BYTES), 'zip64 locator');
  locator.seek(8);
  const at = locator.safeUint64('offset of the zip64 record');
  if (at + END64_BYTES > end - LOCATOR_BYTES) throw corrupt(`the zip64 record is said to be at byte ${at}, behind its locator`);
  const reader = new ByteReader(await source.read(at, END64_BYTES), 'zip64 record');
  if (reader.uint32() !== END64) throw corrupt(`there is no zip64 record at byte ${at}`);
  const recordEnd = at + 12 + reader.safeUint64('size of the zip64 record');
  if (recordEnd !== end - LOCATOR_BYTES) throw corrupt(`the zip64 record is said to end at byte ${recordEnd}, not at its locator`);
  reader.seek(16);
  if (reader.uint32() !== 0 || reader.uint32() !== 0) throw split();
  const countHere = reader.safeUint64('number of files');
  const count = reader.safeUint64('number of files');
  if (countHere !== count) throw split();
  const byteLength = reader.safeUint64('size of the directory');
  const offset = reader.safeUint64('offset of the directory');
  if (offset + byteLength !== at) throw corrupt(`the directory is said to end at byte ${offset + byteLength}, but its record is at ${at}`);
  return { offset, byteLength, count };
}

/** 64-bit values of those fields that hold 0xffffffff in the fixed part, in this order. */
function readZip64(extra: Uint8Array, fields: readonly number[]): number[] {
  if (!fields.includes(0xffffffff)) return [...fields];
  for (const reader = new ByteReader(extra, 'zip extra field'); reader.remaining >= 4; ) {
    const id = reader.uint16();
    const data = new ByteReader(reader.take(reader.uint16(), 'extra field'), 'zip64 extra field');
    if (id === ZIP64_EXTRA) return fields.map((field) => (field === 0xffffffff ? data.safeUint64('64-bit size') : field));
  }
  throw corrupt('a 64-bit size is announced, but its extra field is missing');
}

/** Sizes of a local header, with their 64-bit forms. */
export const localSizes = (extra: Uint8Array, sizes: readonly [number, number]): number[] => readZip64(extra, sizes);

function readEntry(reader: ByteReader): ZipEntry {
  const start = reader.offset;
  if (reader.uint32() !== ENTRY) throw reader.error('a directory entry does not begin as one', start);
  const madeBy = reader.uint16();
  reader.uint16();
  const flags = reader.uint16();
  const method = reader.uint16();
  reader.uint32();
  const crc32 = reader.uint32();
  const packed = reader.uint32();
  const unpacked = reader.uint32();
  const [nameLength, extraLength, commentLength, disk] = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()];
  reader.uint16();
  const mode = reader.uint32() >>> 16;
  const offset = reader.uint32();
  const rawName = reader.take(nameLength, 'file name').slice();
  const extra = reader.take(extraLength, 'extra field');
  reader.take(commentLength, 'comment');
  const name = decodeFileName(rawName);
  if (disk !== 0 && disk !== 0xffff) throw split();
  if ((flags & ENCRYPTED) !== 0)
    throw new LinnetError('UnsupportedFormatError', `${JSON.stringify(name)} in the zip is encrypted; pack it without a password.`);
  if (method !== 0 && method !== 8) {
    throw new LinnetError(
      'UnsupportedFormatError',
      `${JSON.stringify(name)} is packed by method ${method}; stored (0) and deflated (8) are read. Pack it with another tool.`,
    );
  }
  if (madeBy >> 8 === 3 && (mode & FILE_TYPE) === SYMLINK) {
    throw new LinnetError('UnsupportedFormatError', `${JSON.stringify(name)} is a symbolic link; put the file itself into the zip.`);
  }
  const [byteLength, compressedByteLength, localHeaderOffset] = readZip64(extra, [unpacked, packed, offset]);
  return {
    name,
    rawName,
    method: method === 0 ? 'stored' : 'deflated',
    flags,
    crc32,
    compressedByteLength: compressedByteLength!,
    byteLength: byteLength!,
    localHeaderOffset: localHeaderOffset!,
  };
}

/** Deflate's own limit, for the data of arrays: honest zeros shrink that much. */
const ARRAY_DATA = /(^|\/)d\/[0-9a-f]{32}$|(^|\/)(c(\/\d+)*|\d+(\.\d+)*)$/;

function checkSizes(entry: ZipEntry): void {
  const { name, method, byteLength, compressedByteLength } = entry;
  if (method === 'stored' && byteLength !== compressedByteLength) {
    throw corrupt(`${JSON.stringify(name)} is stored, but has ${compressedByteLength} bytes packed and ${byteLength} unpacked`);
  }
  const ratio = ARRAY_DATA.test(name) ? LIMITS.chunkExpansionRatio : LIMITS.expansionRatio;
  checkLimit(
    `unpacked size of ${JSON.stringify(name)}`,
    byteLength,
    LIMITS.expansionFreeByteLength + compressedByteLength * ratio,
    'bytes',
  );
}

/** Two files in the same bytes: how a small zip claims to hold terabytes. */
function checkOverlaps(entries: readonly ZipEntry[], directoryOffset: number): void {
  const sorted = [...entries].sort((a, b) => a.localHeaderOffset - b.localHeaderOffset);
  sorted.forEach((entry, i) => {
    const end = entry.localHeaderOffset + 30 + entry.rawName.length + entry.compressedByteLength;
    const limit = sorted[i + 1]?.localHeaderOffset ?? directoryOffset;
    if (end > limit) throw corrupt(`${JSON.stringify(entry.name)} reaches to byte ${end}, into what begins at ${limit}`);
  });
}

/**
 * Reads the central directory: every count, size and name is checked before anything is unpacked. Folders are left out.
 * Errors: CorruptFileError, LimitExceededError, UnsupportedFormatError. Source: PKWARE's APPNOTE.
 */
export async function readDirectory(source: RandomAccess): Promise<ZipEntry[]> {
  if (source.byteLength < END_BYTES) throw corrupt(`${source.byteLength} bytes are too few`);
  const { offset, byteLength, count } = await findDirectory(source);
  checkLimit('files in a zip', count, LIMITS.archiveEntries);
  checkLimit('directory of a zip', byteLength, LIMITS.zipDirectoryByteLength, 'bytes');
  if (count * ENTRY_BYTES > byteLength) throw corrupt(`${count} files do not fit a directory of ${byteLength} bytes`);
  const reader = new ByteReader(await source.read(offset, byteLength), 'zip directory');
  const all = Array.from({ length: count }, () => readEntry(reader));
  reader.end();
  checkOverlaps(all, offset);
  const seen = new Map<string, string>();
  let total = 0;
  return all.filter((entry) => {
    const isFolder = entry.name.endsWith('/');
    checkFileName(isFolder ? entry.name.slice(0, -1) : entry.name);
    if (isFolder && entry.byteLength > 0) throw corrupt(`the folder ${JSON.stringify(entry.name)} has content`);
    const folded = foldFileName(entry.name);
    const other = seen.get(folded);
    if (other !== undefined) throw corrupt(`${JSON.stringify(other)} and ${JSON.stringify(entry.name)} are one name for some file systems`);
    seen.set(folded, entry.name);
    checkSizes(entry);
    total += entry.byteLength;
    checkLimit('unpacked size of a zip', total, LIMITS.decompressedByteLength, 'bytes');
    return !isFolder;
  });
}
