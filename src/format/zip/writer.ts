import { ByteWriter, encodeUtf8, LinnetError } from '#linnet/core';
import type { ByteSource } from '#linnet/store';
import { crc32 } from '../checksums/crc32';
import { HAS_DESCRIPTOR } from './directory';
import { checkFileName, foldFileName } from './names';

/** A file to go into a zip. */
export interface ZipFile {
  readonly name: string;
  readonly data: ByteSource;
  /** Size of `data` if it is known although it comes in pieces. */
  readonly byteLength?: number;
}

interface Written {
  readonly name: Uint8Array;
  readonly offset: number;
  readonly flags: number;
  readonly crc: number;
  readonly byteLength: number;
}

const UTF8 = 0x800;
const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
/** Version of the format a reader needs: 4.5 knows 64-bit sizes. */
const VERSION = 45;
const UNIX = 3;
const REGULAR_FILE = 0o100644;
/** 1 January 1980, the first date of the format: the same files give the same bytes whenever they are packed. */
const DATE = (1 << 5) | 1;

function zip64Extra(values: readonly number[]): Uint8Array {
  const writer = new ByteWriter(4 + values.length * 8);
  writer.uint16(1);
  writer.uint16(values.length * 8);
  for (const value of values) writer.uint64(BigInt(value));
  return writer.finish();
}

function localHeader(name: Uint8Array, flags: number, crc: number, byteLength: number, needs64: boolean): Uint8Array {
  const extra = needs64 ? zip64Extra([byteLength, byteLength]) : new Uint8Array(0);
  const writer = new ByteWriter(64 + name.length);
  writer.uint32(0x04034b50);
  writer.uint16(VERSION);
  writer.uint16(flags);
  writer.uint16(0);
  writer.uint16(0);
  writer.uint16(DATE);
  writer.uint32(crc);
  writer.uint32(needs64 ? MAX_32 : byteLength);
  writer.uint32(needs64 ? MAX_32 : byteLength);
  writer.uint16(name.length);
  writer.uint16(extra.length);
  writer.bytes(name);
  writer.bytes(extra);
  return writer.finish();
}

function descriptor(crc: number, byteLength: number, is64: boolean): Uint8Array {
  const writer = new ByteWriter(24);
  writer.uint32(0x08074b50);
  writer.uint32(crc);
  for (let i = 0; i < 2; i++) {
    if (is64) writer.uint64(BigInt(byteLength));
    else writer.uint32(byteLength);
  }
  return writer.finish();
}

function directoryEntry({ name, offset, flags, crc, byteLength }: Written): Uint8Array {
  const big = byteLength >= MAX_32;
  const far = offset >= MAX_32;
  const extra = big || far ? zip64Extra([...(big ? [byteLength, byteLength] : []), ...(far ? [offset] : [])]) : new Uint8Array(0);
  const writer = new ByteWriter(96 + name.length);
  writer.uint32(0x02014b50);
  writer.uint16((UNIX << 8) | VERSION);
  writer.uint16(VERSION);
  writer.uint16(flags);
  writer.uint16(0);
  writer.uint16(0);
  writer.uint16(DATE);
  writer.uint32(crc);
  writer.uint32(big ? MAX_32 : byteLength);
  writer.uint32(big ? MAX_32 : byteLength);
  writer.uint16(name.length);
  writer.uint16(extra.length);
  writer.uint16(0);
  writer.uint16(0);
  writer.uint16(0);
  writer.uint32(REGULAR_FILE * 65536);
  writer.uint32(far ? MAX_32 : offset);
  writer.bytes(name);
  writer.bytes(extra);
  return writer.finish();
}

function endRecords(count: number, byteLength: number, offset: number): Uint8Array {
  const writer = new ByteWriter(128);
  if (count >= MAX_16 || byteLength >= MAX_32 || offset >= MAX_32) {
    writer.uint32(0x06064b50);
    writer.uint64(44n);
    writer.uint16((UNIX << 8) | VERSION);
    writer.uint16(VERSION);
    writer.uint32(0);
    writer.uint32(0);
    for (const value of [count, count, byteLength, offset]) writer.uint64(BigInt(value));
    writer.uint32(0x07064b50);
    writer.uint32(0);
    writer.uint64(BigInt(offset + byteLength));
    writer.uint32(1);
  }
  writer.uint32(0x06054b50);
  writer.uint32(0);
  writer.uint16(Math.min(count, MAX_16));
  writer.uint16(Math.min(count, MAX_16));
  writer.uint32(Math.min(byteLength, MAX_32));
  writer.uint32(Math.min(offset, MAX_32));
  writer.uint16(0);
  return writer.finish();
}

/** Checks that `name` can be a file everywhere and occurs once. */
function claim(name: string, names: Set<string>): Uint8Array {
  try {
    checkFileName(name);
  } catch (cause) {
    throw new LinnetError('InvalidArgumentError', `${JSON.stringify(name)} cannot be the name of a file in a zip.`, { cause });
  }
  const folded = foldFileName(name);
  if (names.has(folded)) {
    throw new LinnetError(
      'InvalidArgumentError',
      `${JSON.stringify(name)} occurs twice in the zip, or differs from another name only by case.`,
    );
  }
  names.add(folded);
  return encodeUtf8(name);
}

/**
 * A zip of `files`, stored without compression, as a stream: nothing is held but the directory. Files given in pieces have their checksum
 * behind their data. 64-bit where needed. The same files give the same bytes. Source: PKWARE's APPNOTE.
 */
export async function* zipArchive(files: Iterable<ZipFile> | AsyncIterable<ZipFile>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  const names = new Set<string>();
  let offset = 0;
  for await (const file of files) {
    const name = claim(file.name, names);
    const start = offset;
    let crc = 0;
    let byteLength = 0;
    let flags = UTF8;
    if (file.data instanceof Uint8Array) {
      crc = crc32(file.data);
      byteLength = file.data.length;
      const head = localHeader(name, flags, crc, byteLength, byteLength >= MAX_32);
      yield head;
      yield file.data;
      offset += head.length + byteLength;
    } else {
      flags |= HAS_DESCRIPTOR;
      const is64 = (file.byteLength ?? MAX_32) >= MAX_32;
      const head = localHeader(name, flags, 0, 0, is64);
      yield head;
      for await (const piece of file.data) {
        crc = crc32(piece, crc);
        byteLength += piece.length;
        yield piece;
      }
      if (file.byteLength !== undefined && byteLength !== file.byteLength) {
        throw new LinnetError(
          'StorageError',
          `${JSON.stringify(file.name)} was said to have ${file.byteLength} bytes, but ${byteLength} came.`,
        );
      }
      const tail = descriptor(crc, byteLength, is64);
      yield tail;
      offset += head.length + byteLength + tail.length;
    }
    written.push({ name, offset: start, flags, crc, byteLength });
  }
  const entries = written.map(directoryEntry);
  yield* entries;
  const byteLength = entries.reduce((sum, entry) => sum + entry.length, 0);
  yield endRecords(written.length, byteLength, offset);
}
