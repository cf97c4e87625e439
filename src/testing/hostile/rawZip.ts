import { ByteWriter, encodeUtf8 } from '#linnet/core';
import { crc32 } from '../../format/checksums/crc32';

/** A file of a zip in which any field may lie. Fields left out are honest. */
export interface RawFile {
  readonly name: string | Uint8Array;
  readonly data?: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  /** Unpacked and packed size in the directory. */
  readonly size?: number;
  readonly packed?: number;
  readonly offset?: number;
  readonly extra?: Uint8Array;
  readonly mode?: number;
  readonly disk?: number;
  /** What the local header says instead. */
  readonly local?: { name?: string; method?: number; flags?: number; crc?: number; size?: number; magic?: number };
}

/** Fields of the end record that may lie. */
export interface RawEnd {
  readonly count?: number;
  readonly directoryByteLength?: number;
  readonly directoryOffset?: number;
  readonly disk?: number;
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
  /** Bytes between directory and end record: zip64 records, for instance, made from where the directory lies. */
  readonly middle?: (offset: number, byteLength: number) => Uint8Array;
}

const nameBytes = (name: string | Uint8Array): Uint8Array => (typeof name === 'string' ? encodeUtf8(name) : name);

function writeLocal(writer: ByteWriter, file: RawFile): void {
  const data = file.data ?? new Uint8Array(0);
  const name = nameBytes(file.local?.name ?? file.name);
  const size = file.local?.size ?? file.size ?? data.length;
  writer.uint32(file.local?.magic ?? 0x04034b50);
  writer.uint16(20);
  writer.uint16(file.local?.flags ?? file.flags ?? 0);
  writer.uint16(file.local?.method ?? file.method ?? 0);
  writer.uint32(0);
  writer.uint32(file.local?.crc ?? file.crc ?? crc32(data));
  writer.uint32(file.packed ?? data.length);
  writer.uint32(size);
  writer.uint16(name.length);
  writer.uint16(0);
  writer.bytes(name);
  writer.bytes(data);
}

function writeEntry(writer: ByteWriter, file: RawFile, offset: number): void {
  const data = file.data ?? new Uint8Array(0);
  const name = nameBytes(file.name);
  const extra = file.extra ?? new Uint8Array(0);
  writer.uint32(0x02014b50);
  writer.uint16(0x0314);
  writer.uint16(20);
  writer.uint16(file.flags ?? 0);
  writer.uint16(file.method ?? 0);
  writer.uint32(0);
  writer.uint32(file.crc ?? crc32(data));
  writer.uint32(file.packed ?? data.length);
  writer.uint32(file.size ?? data.length);
  writer.uint16(name.length);
  writer.uint16(extra.length);
  writer.uint16(0);
  writer.uint16(file.disk ?? 0);
  writer.uint16(0);
  writer.uint32((file.mode ?? 0o100644) * 65536);
  writer.uint32(file.offset ?? offset);
  writer.bytes(name);
  writer.bytes(extra);
}

/** A zip as `files` and `end` describe it, honest or not. */
export function rawZip(files: readonly RawFile[], end: RawEnd = {}): Uint8Array {
  const writer = new ByteWriter(1024);
  writer.bytes(end.before ?? new Uint8Array(0));
  const offsets = files.map((file) => {
    const offset = writer.length;
    writeLocal(writer, file);
    return offset;
  });
  const start = writer.length;
  files.forEach((file, i) => {
    writeEntry(writer, file, offsets[i]!);
  });
  const byteLength = writer.length - start;
  writer.bytes(end.middle?.(start, byteLength) ?? new Uint8Array(0));
  writer.uint32(0x06054b50);
  writer.uint16(end.disk ?? 0);
  writer.uint16(end.disk ?? 0);
  writer.uint16(end.count ?? files.length);
  writer.uint16(end.count ?? files.length);
  writer.uint32(end.directoryByteLength ?? byteLength);
  writer.uint32(end.directoryOffset ?? start);
  writer.uint16(0);
  writer.bytes(end.after ?? new Uint8Array(0));
  return writer.finish().slice();
}
