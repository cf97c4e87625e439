import { ByteReader, checkLimit } from '#linnet/core';
import { Xxh64 } from '../checksums/xxh64';
import { BIT_PADDING } from './bits';
import { zstdError } from './error';
import { type FrameScan, MAX_BLOCK, readBlockHeader, scanFrame } from './frame';
import type { HuffmanTable } from './huffman';
import { readLiterals } from './literals';
import { type BlockOutput, runSequences, SequenceState } from './sequences';

/**
 * Unpacks zstd frames, one after another, of `maxByteLength` bytes in all at most. Headers are checked, and the size that blocks can hold
 * bounded, before memory is taken; content checksums are verified. Dictionaries are not supported. With `mayOverwrite`, raw blocks of
 * one large frame are moved together where they are: the result lies in the memory of `bytes`, and no more is taken.
 * Errors: CorruptFileError, LimitExceededError. Source: RFC 8878.
 */
export function zstdDecompress(bytes: Uint8Array, maxByteLength: number, mayOverwrite = false): Uint8Array {
  const reader = new ByteReader(bytes, 'zstd frame');
  const frames: FrameScan[] = [];
  let bound = 0;
  do {
    const frame = scanFrame(reader);
    if (frame === undefined) continue;
    bound += frame.bound;
    if (frame.contentByteLength !== undefined) checkLimit('zstd content', bound, maxByteLength, 'bytes');
    frames.push(frame);
  } while (reader.remaining > 0);
  const [only] = frames;
  if (mayOverwrite && frames.length === 1 && only!.isRaw && bytes.length >= IN_PLACE_FROM && bytes.byteOffset === 0) {
    checkLimit('zstd content', only!.bound, maxByteLength, 'bytes');
    return moveTogether(bytes, only!);
  }
  const output = new Uint8Array(Math.min(bound, maxByteLength));
  const size = frames.some(({ isCompressed }) => isCompressed) ? MAX_BLOCK + BIT_PADDING : 0;
  const memory = { block: new Uint8Array(size), literals: new Uint8Array(size) };
  let length = 0;
  for (const frame of frames) length = decodeFrame(bytes, frame, { output, start: length, maxByteLength, memory });
  return output.subarray(0, length);
}

/** From this size on memory is dearer than the few bytes of headers that stay in it. */
const IN_PLACE_FROM = 256 * 1024;

/** The raw blocks of `frame`, moved to the front of `bytes`. */
function moveTogether(bytes: Uint8Array, frame: FrameScan): Uint8Array {
  const reader = new ByteReader(bytes, 'zstd frame');
  reader.seek(frame.blocksStart);
  let position = 0;
  for (let last = false; !last; ) {
    const block = readBlockHeader(reader, frame.maxBlock);
    last = block.last;
    bytes.copyWithin(position, reader.offset, reader.offset + block.byteLength);
    reader.seek(reader.offset + block.byteLength);
    position += block.byteLength;
  }
  const content = bytes.subarray(0, position);
  checkContent(bytes, frame, content);
  return content;
}

/** Memory for one compressed block and for its literals, used again by the next. */
interface BlockMemory {
  readonly block: Uint8Array;
  readonly literals: Uint8Array;
}

/** Where a frame's content goes. */
interface FrameTarget {
  readonly output: Uint8Array;
  readonly start: number;
  readonly maxByteLength: number;
  readonly memory: BlockMemory;
}

/** Decodes one frame to `output` from `start` on; returns where it ends. */
function decodeFrame(bytes: Uint8Array, frame: FrameScan, { output, start, maxByteLength, memory }: FrameTarget): number {
  const reader = new ByteReader(bytes, 'zstd frame');
  reader.seek(frame.blocksStart);
  const sequences = new SequenceState();
  let table: HuffmanTable | undefined;
  let position = start;
  for (let last = false; !last; ) {
    const block = readBlockHeader(reader, frame.maxBlock);
    last = block.last;
    const data = reader.take(block.byteLength, 'block');
    if (block.type !== 'compressed') {
      checkLimit('zstd content', position + block.size, maxByteLength, 'bytes');
      if (position + block.size > output.length) throw zstdError(`it holds more than the ${output.length} bytes announced`);
      if (block.type === 'raw') output.set(data, position);
      else output.fill(data[0]!, position, position + block.size);
      position += block.size;
      continue;
    }
    // A copy, so that bit positions are small and loads may go past the end.
    memory.block.set(data);
    memory.block.fill(0, data.length, data.length + BIT_PADDING);
    const literals = readLiterals(memory.block, data.length, frame.maxBlock, table, memory.literals);
    table = literals.table;
    const limit = Math.min(position + frame.maxBlock, output.length);
    const target: BlockOutput = { output, position, limit, frameStart: start, window: frame.window };
    runSequences(memory.block, literals.end, data.length, literals.bytes, sequences, target);
    position = target.position;
  }
  checkContent(bytes, frame, output.subarray(start, position));
  return position;
}

function checkContent(bytes: Uint8Array, frame: FrameScan, content: Uint8Array): void {
  if (frame.contentByteLength !== undefined && content.length !== frame.contentByteLength) {
    throw zstdError(`it holds ${content.length} bytes, but its header says ${frame.contentByteLength}`);
  }
  if (frame.checksumAt === undefined) return;
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(frame.checksumAt, true);
  const actual = new Xxh64().update(content).low32();
  if (stored !== actual) throw zstdError(`its content checksum is ${actual.toString(16)}, but ${stored.toString(16)} is stored`);
}
