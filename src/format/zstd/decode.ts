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
 * bounded, before memory is taken; content checksums are verified. Dictionaries are not supported.
 * Errors: CorruptFileError, LimitExceededError. Source: RFC 8878.
 */
export function zstdDecompress(bytes: Uint8Array, maxByteLength: number): Uint8Array {
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
  const output = new Uint8Array(Math.min(bound, maxByteLength));
  const scratch = frames.some(({ isCompressed }) => isCompressed) ? new Uint8Array(MAX_BLOCK + BIT_PADDING) : new Uint8Array(0);
  let length = 0;
  for (const frame of frames) length = decodeFrame(bytes, frame, { output, start: length, maxByteLength, scratch });
  return output.subarray(0, length);
}

/** Where a frame's content goes, and memory for one compressed block. */
interface FrameTarget {
  readonly output: Uint8Array;
  readonly start: number;
  readonly maxByteLength: number;
  readonly scratch: Uint8Array;
}

/** Decodes one frame to `output` from `start` on; returns where it ends. */
function decodeFrame(bytes: Uint8Array, frame: FrameScan, { output, start, maxByteLength, scratch }: FrameTarget): number {
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
    scratch.set(data);
    scratch.fill(0, data.length, data.length + BIT_PADDING);
    const literals = readLiterals(scratch, 0, data.length, frame.maxBlock, table);
    table = literals.table;
    const limit = Math.min(position + frame.maxBlock, output.length);
    const target: BlockOutput = { output, position, limit, frameStart: start, window: frame.window };
    runSequences(scratch, literals.end, data.length, literals.bytes, sequences, target);
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
