import { ByteWriter } from '#linnet/core';
import { Xxh64 } from '../checksums/xxh64';
import { MAX_BLOCK, ZSTD_MAGIC } from './frame';

const SINGLE_SEGMENT = 0x20;
const CHECKSUM = 0x04;

/** Whether all of `bytes` are the same byte, as in a fresh optimizer state. */
function isConstant(bytes: Uint8Array): boolean {
  const first = bytes[0]!;
  for (let i = 1; i < bytes.length; i++) if (bytes[i] !== first) return false;
  return true;
}

function header(byteLength: number): Uint8Array {
  const writer = new ByteWriter(16);
  writer.uint32(ZSTD_MAGIC);
  // Never the one-byte form of the size: with the single-segment bit flipped it would read as a window, and the frame stay valid.
  const code = byteLength < 2 ** 32 ? 2 : 3;
  writer.uint8((code << 6) | SINGLE_SEGMENT | CHECKSUM);
  if (code === 2) writer.uint32(byteLength);
  else writer.uint64(BigInt(byteLength));
  return writer.finish();
}

/** Raw and RLE blocks: 3 bytes of header, then the bytes themselves or the one byte that is repeated. */
function blockHeader(size: number, type: 0 | 1, last: boolean): Uint8Array {
  const value = (size << 3) | (type << 1) | (last ? 1 : 0);
  return Uint8Array.of(value & 255, (value >> 8) & 255, value >> 16);
}

/**
 * A zstd frame of `bytes` in pieces, most of them views of `bytes`: nothing is copied or compressed but runs of one byte. The frame has
 * a content checksum, so that every decoder finds a flipped bit. Source: RFC 8878, section 3.1.1.
 */
export function zstdFramePieces(bytes: Uint8Array): Uint8Array[] {
  const pieces = [header(bytes.length)];
  const checksum = new Xxh64();
  let at = 0;
  do {
    const block = bytes.subarray(at, at + MAX_BLOCK);
    at += block.length;
    checksum.update(block);
    const constant = block.length > 1 && isConstant(block);
    pieces.push(blockHeader(block.length, constant ? 1 : 0, at === bytes.length), constant ? block.subarray(0, 1) : block);
  } while (at < bytes.length);
  const tail = new ByteWriter(4);
  tail.uint32(checksum.low32());
  pieces.push(tail.finish());
  return pieces;
}
