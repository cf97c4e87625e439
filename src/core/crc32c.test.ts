import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c';

/** The definition, one bit at a time. */
function slowly(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

const text = (value: string) => new TextEncoder().encode(value);

describe('crc32c', () => {
  it('gives the check values of RFC 3720', () => {
    expect(crc32c(text('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });

  it('agrees with the definition at every length and alignment', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 167 + 13) & 0xff);
    for (let start = 0; start < 9; start++)
      for (let length = 0; length <= 80; length++) {
        const part = bytes.subarray(start, start + length);
        expect(crc32c(part)).toBe(slowly(part));
      }
    expect(crc32c(bytes)).toBe(slowly(bytes));
  });

  it('goes on from an earlier piece', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 31) & 0xff);
    for (let cut = 0; cut <= 100; cut++) expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
  });
});
