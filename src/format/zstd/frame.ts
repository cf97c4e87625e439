import { ByteReader, checkLimit, LIMITS } from '#linnet/core';
import { zstdError } from './error';

/** First four bytes of a frame, as a little-endian number. */
export const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Most bytes one block may hold. */
export const MAX_BLOCK = 128 * 1024;

/** Flag of a frame header: a checksum of the content follows the blocks. */
const HAS_CHECKSUM = 4;

/** Whether the frame that begins with `head` (5 bytes at least) has a checksum of its content. */
export function hasZstdChecksum(head: Uint8Array): boolean {
  const reader = new ByteReader(head, 'zstd frame');
  return head.length > 4 && reader.uint32() === ZSTD_MAGIC && (reader.uint8() & HAS_CHECKSUM) !== 0;
}

/** A frame as its headers describe it, before anything is decoded. */
export interface FrameScan {
  /** Where the first block header stands. */
  readonly blocksStart: number;
  readonly end: number;
  readonly contentByteLength: number | undefined;
  readonly window: number;
  readonly maxBlock: number;
  /** Position of the content checksum, if there is one. */
  readonly checksumAt: number | undefined;
  /** Whether any block is more than raw bytes or a run. */
  readonly isCompressed: boolean;
  /** Whether all blocks are raw bytes. */
  readonly isRaw: boolean;
  /** Most bytes that the blocks can hold. */
  readonly bound: number;
}

/** Kind and extent of a block. */
export interface BlockHeader {
  readonly last: boolean;
  readonly type: 'raw' | 'rle' | 'compressed';
  /** Bytes of the block's data in the frame. */
  readonly byteLength: number;
  /** Bytes the block stands for; of a compressed block the size it must not exceed. */
  readonly size: number;
}

/** Reads the 3-byte header of a block. Source: RFC 8878, section 3.1.1.2. */
export function readBlockHeader(reader: ByteReader, maxBlock: number): BlockHeader {
  const [b0, b1, b2] = reader.take(3, 'block header') as unknown as [number, number, number];
  const size = (b0 >> 3) | (b1 << 5) | (b2 << 13);
  const last = (b0 & 1) === 1;
  const type = (b0 >> 1) & 3;
  if (type === 3) throw zstdError('a block has the reserved type 3');
  // No encoder writes one; in a frame of zero bytes it comes of a flipped bit in the header.
  if (size === 0 && type < 2 && !last) throw zstdError('a block is empty, but not the last');
  if (size > maxBlock) throw zstdError(`a block of ${size} bytes is larger than ${maxBlock}`);
  if (type === 0) return { last, type: 'raw', byteLength: size, size };
  if (type === 1) return { last, type: 'rle', byteLength: 1, size };
  return { last, type: 'compressed', byteLength: size, size: maxBlock };
}

/** Reads frame and block headers of the next frame; undefined for a skippable frame, which is passed over. Source: RFC 8878, section 3.1.1. */
export function scanFrame(reader: ByteReader): FrameScan | undefined {
  const magic = reader.uint32();
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
    reader.take(reader.uint32(), 'skippable frame');
    return undefined;
  }
  if (magic !== ZSTD_MAGIC) throw zstdError(`it begins with ${magic.toString(16)}, not with the magic number`);
  const { hasChecksum, window, contentByteLength } = readFrameHeader(reader);
  const blocksStart = reader.offset;
  const maxBlock = Math.min(window, MAX_BLOCK);
  let bound = 0;
  let [isCompressed, isRaw] = [false, true];
  for (let last = false; !last; ) {
    const block = readBlockHeader(reader, maxBlock);
    reader.take(block.byteLength, 'block');
    bound += block.size;
    isCompressed ||= block.type === 'compressed';
    isRaw &&= block.type === 'raw';
    last = block.last;
  }
  if (contentByteLength !== undefined && contentByteLength > bound) {
    throw zstdError(`it claims to hold ${contentByteLength} bytes, but its blocks hold ${bound} at most`);
  }
  const checksumAt = hasChecksum ? reader.offset : undefined;
  if (hasChecksum) reader.take(4, 'content checksum');
  return {
    blocksStart,
    end: reader.offset,
    contentByteLength,
    window,
    maxBlock,
    checksumAt,
    isCompressed,
    isRaw,
    bound: contentByteLength ?? bound,
  };
}

function readFrameHeader(reader: ByteReader): { hasChecksum: boolean; window: number; contentByteLength: number | undefined } {
  const flags = reader.uint8();
  // No encoder sets the unused bit; a set one is damage.
  if ((flags & 0b11000) !== 0) throw zstdError('a reserved bit of the frame header is set');
  const singleSegment = (flags & 32) !== 0;
  let window = 0;
  if (!singleSegment) {
    const descriptor = reader.uint8();
    const base = 2 ** (10 + (descriptor >> 3));
    window = base + (base / 8) * (descriptor & 7);
    checkLimit('zstd window', window, LIMITS.zstdWindowByteLength, 'bytes');
  }
  const dictionary = reader.take([0, 1, 2, 4][flags & 3]!, 'dictionary identifier');
  if (dictionary.some((byte) => byte !== 0)) throw zstdError('it needs a dictionary');
  const contentByteLength = readContentSize(reader, flags >> 6, singleSegment);
  if (singleSegment) window = contentByteLength!;
  return { hasChecksum: (flags & HAS_CHECKSUM) !== 0, window, contentByteLength };
}

function readContentSize(reader: ByteReader, code: number, singleSegment: boolean): number | undefined {
  if (code === 0) return singleSegment ? reader.uint8() : undefined;
  if (code === 1) return reader.uint16() + 256;
  return code === 2 ? reader.uint32() : reader.safeUint64('content size');
}
