import { zstdError } from './error';

/** Bytes a buffer must have behind its data, so that `bitsAt` may load past the end. */
export const BIT_PADDING = 8;

/** `count` bits (at most 24) of `bytes` from bit `at`, little-endian. `bytes` is padded. */
export function bitsAt(bytes: Uint8Array, at: number, count: number): number {
  const i = at >>> 3;
  const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
  return (word >>> (at & 7)) & ((1 << count) - 1);
}

/**
 * Bits read from the end of `bytes[start, end)` to its front, as zstd's Huffman and FSE streams are. The highest set bit of the last
 * byte marks the end. Source: RFC 8878, section 4.1.
 */
export class BackwardBits {
  readonly bytes: Uint8Array;
  /** Bit position of the front of the stream. */
  readonly start: number;
  /** Bit position just above the next bit to be read. */
  position: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    const last = end > start ? bytes[end - 1]! : 0;
    if (last === 0) throw zstdError('a bit stream is empty or lacks its end mark');
    this.bytes = bytes;
    this.start = start * 8;
    this.position = (end - 1) * 8 + 31 - Math.clz32(last);
  }

  get remaining(): number {
    return this.position - this.start;
  }

  /** The next `count` bits, at most 31. */
  read(count: number): number {
    if (count > 24) {
      const high = this.read(count - 16);
      return high * 65536 + this.read(16);
    }
    this.position -= count;
    if (this.position < this.start) throw zstdError('a bit stream is cut off');
    return bitsAt(this.bytes, this.position, count);
  }
}
