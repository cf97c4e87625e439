import { ByteReader, ByteWriter, checkLimit, concatBytes, crc32c, LIMITS } from '#linnet/core';
import { zstdDecompress } from '../zstd/decode';
import { zstdFramePieces } from '../zstd/encode';
import { readVarint } from './varint';

/** First four bytes of each structure, big-endian. */
export const MAGIC = { manifest: 0x0cdb3a2a, 'B+tree node': 0x0cdb20de, 'version tree node': 0x0cdb1234 } as const;
export type EnvelopeKind = keyof typeof MAGIC;
/** How the body of an envelope is packed. */
export type EnvelopeCompression = 'none' | 'zstd';

const HEADER = 12;
const CHECKSUM = 4;

/**
 * Opens the envelope that manifests and nodes share: magic, length, version, compression, body, CRC-32C. The checksum is verified first,
 * so every flipped bit is found. Returns a reader of the unpacked body.
 */
export function openEnvelope(bytes: Uint8Array, kind: EnvelopeKind): ByteReader {
  checkLimit(kind, bytes.length, LIMITS.ocdbtNodeByteLength, 'bytes');
  const reader = new ByteReader(bytes, kind);
  const magic = reader.uint32BigEndian();
  if (magic !== MAGIC[kind])
    throw reader.error(`magic number ${magic.toString(16)} instead of ${MAGIC[kind].toString(16).padStart(8, '0')}`, 0);
  const length = reader.safeUint64('length');
  if (length !== bytes.length) throw reader.error(`it says that it has ${length} bytes, but has ${bytes.length},`, 4);
  if (length < HEADER + 2 + CHECKSUM) throw reader.error(`${length} bytes are too few`, 4);
  const end = bytes.length - CHECKSUM;
  const stored = new ByteReader(bytes.subarray(end), kind).uint32();
  const actual = crc32c(bytes.subarray(0, end));
  if (stored !== actual) {
    throw reader.error(`checksum ${actual.toString(16)} differs from ${stored.toString(16)}, which is stored`, end);
  }
  const version = readVarint(reader, 'format version');
  if (version !== 0) throw reader.error(`format version ${version}; only 0 is known`);
  const compression = readVarint(reader, 'compression');
  if (compression > 1) throw reader.error(`compression ${compression}; only 0 (none) and 1 (zstd) are known`);
  const body = reader.take(end - reader.offset, 'body');
  return new ByteReader(compression === 0 ? body : zstdDecompress(body, LIMITS.ocdbtNodeByteLength), kind);
}

/** `body` in an envelope. */
export function sealEnvelope(kind: EnvelopeKind, body: Uint8Array, compression: EnvelopeCompression): Uint8Array {
  const packed = compression === 'none' ? body : concatBytes(zstdFramePieces(body));
  const writer = new ByteWriter(HEADER + 2 + packed.length + CHECKSUM);
  writer.uint32BigEndian(MAGIC[kind]);
  writer.uint64(BigInt(HEADER + 2 + packed.length + CHECKSUM));
  writer.uint8(0);
  writer.uint8(compression === 'none' ? 0 : 1);
  writer.bytes(packed);
  writer.uint32(crc32c(writer.finish()));
  return writer.finish();
}
