import { zstdError } from './error';
import { decodeFourHuffmanStreams, decodeHuffmanStream, type HuffmanTable, readHuffmanTable, type StreamPlace } from './huffman';

/** The literals of a compressed block, and where the sequences begin. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** The Huffman table for a later block that repeats it. */
  readonly table: HuffmanTable | undefined;
}

interface Header {
  readonly type: number;
  readonly size: number;
  readonly compressedSize: number;
  readonly streams: number;
  readonly end: number;
}

/** Source: RFC 8878, section 3.1.1.3.1.1. */
function readHeader(bytes: Uint8Array, at: number): Header {
  const b0 = bytes[at]!;
  const type = b0 & 3;
  const format = (b0 >> 2) & 3;
  const low20 = (b0 >> 4) | (bytes[at + 1]! << 4) | (bytes[at + 2]! << 12);
  if (type < 2) {
    const [size, byteLength] = format === 1 ? [low20 & 0xfff, 2] : format === 3 ? [low20, 3] : [b0 >> 3, 1];
    return { type, size, compressedSize: type === 0 ? size : 1, streams: 0, end: at + byteLength };
  }
  const streams = format === 0 ? 1 : 4;
  const b3 = bytes[at + 3]!;
  if (format === 3) {
    const compressedSize = (bytes[at + 2]! >> 6) | (b3 << 2) | (bytes[at + 4]! << 10);
    return { type, size: low20 & 0x3ffff, compressedSize, streams, end: at + 5 };
  }
  if (format === 2) return { type, size: low20 & 0x3fff, compressedSize: (bytes[at + 2]! >> 2) | (b3 << 6), streams, end: at + 4 };
  return { type, size: low20 & 0x3ff, compressedSize: low20 >> 10, streams, end: at + 3 };
}

/**
 * Reads the literals section of the block in `bytes[0, end)`, unpacked in `memory`, which the next block uses again. `previous` is the
 * table of the last block that had one.
 */
export function readLiterals(
  bytes: Uint8Array,
  end: number,
  maxSize: number,
  previous: HuffmanTable | undefined,
  memory: Uint8Array,
): Literals {
  const header = readHeader(bytes, 0);
  const dataEnd = header.end + header.compressedSize;
  if (header.size > maxSize || dataEnd > end) throw zstdError('a literals section is longer than its block');
  if (header.type === 0) return { bytes: bytes.subarray(header.end, dataEnd), end: dataEnd, table: previous };
  const literals = memory.subarray(0, header.size);
  if (header.type === 1) return { bytes: literals.fill(bytes[header.end]!), end: dataEnd, table: previous };
  const read = header.type === 2 ? readHuffmanTable(bytes, header.end, dataEnd) : { table: previous, end: header.end };
  if (read.table === undefined) throw zstdError('a block repeats a Huffman tree, but there is none before it');
  if (header.streams === 1) decodeHuffmanStream(read.table, bytes, { start: read.end, end: dataEnd }, literals);
  else decodeFourHuffmanStreams(read.table, bytes, fourStreams(bytes, read.end, dataEnd, literals.length), literals);
  return { bytes: literals, end: dataEnd, table: read.table };
}

/** Where four streams lie, each a quarter of the literals; a table of three 16-bit sizes comes first. */
function fourStreams(
  bytes: Uint8Array,
  start: number,
  end: number,
  literalCount: number,
): [StreamPlace, StreamPlace, StreamPlace, StreamPlace] {
  if (start + 6 > end) throw zstdError('the jump table of four Huffman streams is cut off');
  if (3 * ((literalCount + 3) >> 2) > literalCount) throw zstdError(`four Huffman streams for ${literalCount} literals`);
  const sizeAt = (stream: number): number => bytes[start + stream * 2]! | (bytes[start + stream * 2 + 1]! << 8);
  const second = start + 6 + sizeAt(0);
  const third = second + sizeAt(1);
  const fourth = third + sizeAt(2);
  if (fourth > end) throw zstdError('a Huffman stream is longer than its block');
  return [
    { start: start + 6, end: second },
    { start: second, end: third },
    { start: third, end: fourth },
    { start: fourth, end },
  ];
}
