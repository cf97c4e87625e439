import { concatBytes } from '#linnet/core';

const RLE_BLOCK = Uint8Array.of(2, 0, 0x10, 0);

/** A zstd frame of few bytes and much content: blocks that are runs of 128 KiB zeros. It does not say how much it holds. */
export function zstdBomb(blocks: number): Uint8Array {
  const header = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58);
  return concatBytes([header, ...new Array<Uint8Array>(blocks).fill(RLE_BLOCK), Uint8Array.of(1, 0, 0)]);
}
