import { ByteReader, bytesEqual, LinnetError } from '#linnet/core';
import type { ByteRange, ReadableStore, StoreEntry } from '#linnet/store';
import { rangeWithin } from '../byteRange';
import { crc32 } from '../checksums/crc32';
import { inflate } from '../deflate';
import type { RandomAccess } from '../randomAccess';
import { withinAsync } from '../within';
import { HAS_DESCRIPTOR, localSizes, readDirectory, type ZipEntry } from './directory';

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
/** Unpacked bytes that are kept, since a database asks for parts of one file again and again. */
const CACHE_BYTE_LENGTH = 64 * 1024 * 1024;
/** A checksum of a stored file is taken in pieces of this size. */
const CHECK_PIECE = 4 * 1024 * 1024;

/** The files of a zip as a store. Made by `openZip`. */
export class ZipStore implements ReadableStore {
  readonly name: string;
  readonly #source: RandomAccess;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  readonly #dataOffsets = new Map<string, Promise<number>>();
  readonly #unpacked = new Map<string, Uint8Array>();
  #cached = 0;

  constructor(source: RandomAccess, entries: readonly ZipEntry[]) {
    this.name = source.name;
    this.#source = source;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  /**
   * The file `key` or a part of it. A whole file is checked against its CRC-32, and so is a deflated one of which a part is asked for;
   * a part of a stored file is not: see `check`.
   */
  read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return Promise.resolve(undefined);
    return withinAsync(key, async () => {
      const part = rangeWithin(range, entry.byteLength, JSON.stringify(key));
      if (entry.method === 'deflated') {
        const bytes = await this.#unpack(entry);
        return bytes.slice(part.offset, part.offset + part.length);
      }
      const bytes = await this.#source.read((await this.#dataOffset(entry)) + part.offset, part.length);
      if (part.length === entry.byteLength) compareCrc(entry, crc32(bytes));
      return bytes;
    });
  }

  async byteLength(key: string): Promise<number | undefined> {
    return this.#entries.get(key)?.byteLength;
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    const found = [...this.#entries.values()].filter(({ name }) => name.startsWith(prefix));
    return found.map(({ name, byteLength }) => ({ key: name, byteLength })).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Reads the whole file `key` in pieces and compares its checksum. Errors: CorruptFileError. */
  async check(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    await withinAsync(key, async () => {
      if (entry.method === 'deflated') return void (await this.#unpack(entry));
      const start = await this.#dataOffset(entry);
      let crc = 0;
      for (let at = 0; at < entry.byteLength; at += CHECK_PIECE) {
        crc = crc32(await this.#source.read(start + at, Math.min(CHECK_PIECE, entry.byteLength - at)), crc);
      }
      compareCrc(entry, crc);
    });
  }

  async #unpack(entry: ZipEntry): Promise<Uint8Array> {
    const known = this.#unpacked.get(entry.name);
    if (known !== undefined) return known;
    const packed = await this.#source.read(await this.#dataOffset(entry), entry.compressedByteLength);
    const bytes = await inflate(packed, 'raw', entry.byteLength);
    if (bytes.length !== entry.byteLength) {
      throw new LinnetError('CorruptFileError', `It unpacks to ${bytes.length} bytes, but ${entry.byteLength} are announced.`);
    }
    compareCrc(entry, crc32(bytes));
    if (bytes.length > CACHE_BYTE_LENGTH) return bytes;
    this.#unpacked.set(entry.name, bytes);
    this.#cached += bytes.length;
    for (const [oldest, { length }] of this.#unpacked) {
      if (this.#cached <= CACHE_BYTE_LENGTH) break;
      this.#unpacked.delete(oldest);
      this.#cached -= length;
    }
    return bytes;
  }

  #dataOffset(entry: ZipEntry): Promise<number> {
    const offset = this.#dataOffsets.get(entry.name) ?? readLocalHeader(this.#source, entry);
    this.#dataOffsets.set(entry.name, offset);
    // A source that failed once may answer the next time.
    offset.catch(() => this.#dataOffsets.delete(entry.name));
    return offset;
  }
}

function compareCrc(entry: ZipEntry, actual: number): void {
  if (actual === entry.crc32) return;
  throw new LinnetError('CorruptFileError', `Its CRC-32 is ${actual.toString(16)}, but ${entry.crc32.toString(16)} is stored.`);
}

/** Where a file's data begin. What its local header says must be what the directory says, or two tools would see two files. */
async function readLocalHeader(source: RandomAccess, entry: ZipEntry): Promise<number> {
  const head = new ByteReader(await source.read(entry.localHeaderOffset, LOCAL_BYTES), 'zip local header');
  if (head.uint32() !== LOCAL) throw head.error('it does not begin as one', 0);
  head.uint16();
  const [flags, method] = [head.uint16(), head.uint16()];
  head.uint32();
  const [crc, packed, unpacked] = [head.uint32(), head.uint32(), head.uint32()];
  const [nameLength, extraLength] = [head.uint16(), head.uint16()];
  const variable = new ByteReader(await source.read(entry.localHeaderOffset + LOCAL_BYTES, nameLength + extraLength), 'zip local header');
  const name = variable.take(nameLength, 'file name');
  const [byteLength, compressedByteLength] = localSizes(variable.take(extraLength, 'extra field'), [unpacked, packed]);
  const deferred = (flags & HAS_DESCRIPTOR) !== 0;
  const same = (here: number, there: number): boolean => here === there || (deferred && here === 0);
  const agrees =
    flags === entry.flags &&
    method === (entry.method === 'stored' ? 0 : 8) &&
    same(crc, entry.crc32) &&
    same(byteLength!, entry.byteLength) &&
    same(compressedByteLength!, entry.compressedByteLength) &&
    bytesEqual(name, entry.rawName);
  if (!agrees) throw head.error('name, size, method or checksum differ from those in the directory', 0);
  const offset = entry.localHeaderOffset + LOCAL_BYTES + nameLength + extraLength;
  if (offset + entry.compressedByteLength > source.byteLength) throw head.error('its data go past the end of the file', 0);
  return offset;
}

/**
 * Opens a zip as a store of its files. Reads the directory only; refuses archives whose names, sizes or counts no honest zip has.
 * Errors: CorruptFileError, LimitExceededError, UnsupportedFormatError (encrypted, links, other methods).
 */
export function openZip(source: RandomAccess): Promise<ZipStore> {
  return withinAsync(source.name, async () => new ZipStore(source, await readDirectory(source)));
}
