import { ByteReader, ByteWriter, concatBytes, crc32c, LinnetError } from '#linnet/core';
import { deflate, inflate, storedDeflatePieces } from '../deflate';
import { zstdDecompress } from '../zstd/decode';
import { zstdFramePieces } from '../zstd/encode';

/** Packs bytes and unpacks them. `decode` gives `maxByteLength` bytes at most. `encode` may return views of what it is given. */
export interface BytesCodec {
  readonly name: string;
  /** Whether a flipped bit in packed data is found. */
  readonly checked: boolean;
  /** With `mayOverwrite` the memory of `bytes` may hold the result. */
  decode(bytes: Uint8Array, maxByteLength: number, mayOverwrite?: boolean): Promise<Uint8Array>;
  encode(bytes: Uint8Array): Promise<readonly Uint8Array[]>;
}

/** zstd frames. Linnet's have a content checksum; others' may not. */
export const zstdCodec: BytesCodec = {
  name: 'zstd',
  checked: false,
  decode: async (bytes, maxByteLength, mayOverwrite) => zstdDecompress(bytes, maxByteLength, mayOverwrite),
  encode: async (bytes) => zstdFramePieces(bytes),
};

/** gzip or zlib. `level` 0 stores without compressing. */
export const deflateCodec = (format: 'gzip' | 'zlib', level: number): BytesCodec => ({
  name: format,
  checked: true,
  decode: (bytes, maxByteLength) => inflate(bytes, format, maxByteLength),
  encode: async (bytes) => (level === 0 ? storedDeflatePieces(bytes, format) : deflate(bytes, format)),
});

/** The bytes followed by their CRC-32C, little-endian. Source: zarr v3's crc32c codec. */
export const crc32cCodec: BytesCodec = {
  name: 'crc32c',
  checked: true,
  decode: async (bytes) => {
    if (bytes.length < 4) throw new LinnetError('CorruptFileError', `${bytes.length} bytes are too few for data with a CRC-32C.`);
    const data = bytes.subarray(0, -4);
    const stored = new ByteReader(bytes.subarray(-4), 'CRC-32C').uint32();
    const actual = crc32c(data);
    if (stored === actual) return data;
    throw new LinnetError(
      'CorruptFileError',
      `The CRC-32C of ${data.length} bytes is ${actual.toString(16)}, but ${stored.toString(16)} is stored.`,
    );
  },
  encode: async (bytes) => {
    const tail = new ByteWriter(4);
    tail.uint32(crc32c(bytes));
    return [bytes, tail.finish()];
  },
};

/** Packs `bytes` by `codecs` in order. */
export async function encodeAll(codecs: readonly BytesCodec[], bytes: Uint8Array): Promise<readonly Uint8Array[]> {
  let pieces: readonly Uint8Array[] = [bytes];
  for (const codec of codecs) pieces = await codec.encode(pieces.length === 1 ? pieces[0]! : concatBytes(pieces));
  return pieces;
}

/** Spare room for what an inner codec adds to the data: headers, checksums, blocks that do not shrink. */
const packedBound = (byteLength: number): number => byteLength + Math.ceil(byteLength / 100) + 1024;

/** Unpacks `bytes`, which were packed by `codecs` in order, to exactly `byteLength` bytes. */
export async function decodeAll(
  codecs: readonly BytesCodec[],
  bytes: Uint8Array,
  byteLength: number,
  mayOverwrite = false,
): Promise<Uint8Array> {
  let data = bytes;
  for (let i = codecs.length - 1; i >= 0; i--)
    data = await codecs[i]!.decode(data, i === 0 ? byteLength : packedBound(byteLength), mayOverwrite);
  if (data.length === byteLength) return data;
  throw new LinnetError('CorruptFileError', `A chunk has ${data.length} bytes, but its shape and dtype make ${byteLength}.`, {
    details: { found: data.length, expected: byteLength },
  });
}
