import { expect, test } from 'vitest';
import { crc32c, encodeUtf8 } from '#linnet/core';
import { adler32 } from './adler32';
import { crc32 } from './crc32';
import { Xxh64, xxh64 } from './xxh64';
import { runInBigInts, runInHalves } from './xxh64Lanes';

const DIGITS = encodeUtf8('123456789');
const ramp = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 131 + (i >> 8)) & 255);

test('checksums have their published check values', () => {
  expect(crc32c(DIGITS)).toBe(0xe3069283);
  expect(crc32(DIGITS)).toBe(0xcbf43926);
  expect(adler32(DIGITS)).toBe(0x091e01de);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
});

test('xxh64 has the published values for short and long input', () => {
  expect(xxh64(new Uint8Array(0))).toBe(0xef46db3751d8e999n);
  expect(xxh64(encodeUtf8('a'))).toBe(0xd24ec4f1a98c6e5bn);
  expect(xxh64(encodeUtf8('abc'))).toBe(0x44bc2cf5ad770999n);
  expect(xxh64(encodeUtf8('Nobody inspects the spammish repetition'))).toBe(0xfbcea83c8a378bf1n);
});

test.each([0, 1, 7, 8, 31, 32, 33, 100, 4001])('pieces give the checksum of the whole at %i bytes', (cut) => {
  const bytes = ramp(9000);
  const [head, tail] = [bytes.subarray(0, cut), bytes.subarray(cut)];
  expect(crc32c(tail, crc32c(head))).toBe(crc32c(bytes));
  expect(crc32(tail, crc32(head))).toBe(crc32(bytes));
  expect(adler32(tail, adler32(head))).toBe(adler32(bytes));
  expect(new Xxh64().update(head).update(tail).digest()).toBe(xxh64(bytes));
});

test('slicing agrees with the definition, bit by bit', () => {
  const bytes = ramp(77);
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  expect(crc32(bytes)).toBe(~crc >>> 0);
});

test('both ways through the lanes agree, and a long input whichever is taken', () => {
  const words = new Int32Array(ramp(32 * 500).buffer);
  const [halves, bigInts] = [0, 1].map(() => Int32Array.from({ length: 8 }, (_, i) => (i * 0x9e3779b1) | 0)) as [Int32Array, Int32Array];
  runInHalves(halves, words);
  runInBigInts(bigInts, words);
  expect(bigInts).toEqual(halves);
  // Short pieces go through the halves, long ones through whichever is faster.
  const long = ramp(4 * 1024 * 1024);
  const inSmallPieces = new Xxh64();
  for (let at = 0; at < long.length; at += 1000) inSmallPieces.update(long.subarray(at, at + 1000));
  expect(xxh64(long)).toBe(inSmallPieces.digest());
});
