import { ByteWriter, checkLimit, concatBytes, LinnetError } from '#linnet/core';
import { adler32 } from './checksums/adler32';
import { crc32 } from './checksums/crc32';

/** Containers of deflate data: gzip (RFC 1952), zlib (RFC 1950; the platform calls it "deflate"), or none (RFC 1951). */
export type DeflateFormat = 'gzip' | 'zlib' | 'raw';

const PLATFORM_NAME = { gzip: 'gzip', zlib: 'deflate', raw: 'deflate-raw' } as const satisfies Record<DeflateFormat, CompressionFormat>;

interface BytePipe {
  readonly writable: WritableStream<BufferSource>;
  readonly readable: ReadableStream<Uint8Array>;
}

/** Sends `bytes` through `pipe` and yields what comes out. */
async function* through(pipe: BytePipe, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const writer = pipe.writable.getWriter();
  // Errors of the writing end come out of the reading end too, which is the one that is awaited.
  const written = writer
    .write(bytes as Uint8Array<ArrayBuffer>)
    .then(() => writer.close())
    .catch(() => undefined);
  const reader = pipe.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    await written;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Unpacks `bytes`; stops as soon as more than `maxByteLength` come out, whatever the data claim of themselves. Checksums of the container
 * are verified. Errors: CorruptFileError, LimitExceededError.
 */
export async function inflate(bytes: Uint8Array, format: DeflateFormat, maxByteLength: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const part of through(new DecompressionStream(PLATFORM_NAME[format]) as BytePipe, bytes)) {
      total += part.length;
      checkLimit(`${format} data`, total, maxByteLength, 'unpacked bytes');
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof LinnetError) throw cause;
    throw new LinnetError('CorruptFileError', `The ${format} data do not unpack: ${(cause as Error).message}.`, { cause });
  }
  return parts.length === 1 ? parts[0]! : concatBytes(parts);
}

/** Packs `bytes` with the platform's compressor. */
export async function deflate(bytes: Uint8Array, format: DeflateFormat): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of through(new CompressionStream(PLATFORM_NAME[format]) as BytePipe, bytes)) parts.push(part);
  return parts;
}

/** Most bytes of a stored block. */
const STORED_BLOCK = 65535;

function container(format: DeflateFormat, bytes: Uint8Array): { head: Uint8Array; tail: Uint8Array } {
  const tail = new ByteWriter(8);
  if (format === 'gzip') {
    tail.uint32(crc32(bytes));
    tail.uint32(bytes.length % 2 ** 32);
    return { head: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255), tail: tail.finish() };
  }
  if (format === 'zlib') tail.uint32BigEndian(adler32(bytes));
  return { head: format === 'zlib' ? Uint8Array.of(0x78, 0x01) : new Uint8Array(0), tail: tail.finish() };
}

/**
 * `bytes` in a container without being compressed, as pieces that are mostly views of `bytes`: a reader checks them, and writing costs
 * next to nothing.
 */
export function storedDeflatePieces(bytes: Uint8Array, format: DeflateFormat): Uint8Array[] {
  const { head, tail } = container(format, bytes);
  const pieces = [head];
  let at = 0;
  do {
    const block = bytes.subarray(at, at + STORED_BLOCK);
    at += block.length;
    const { length } = block;
    pieces.push(Uint8Array.of(at === bytes.length ? 1 : 0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255), block);
  } while (at < bytes.length);
  pieces.push(tail);
  return pieces;
}
