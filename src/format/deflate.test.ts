import { expect, test } from 'vitest';
import { bytesEqual, concatBytes, encodeUtf8 } from '#linnet/core';
import { type DeflateFormat, deflate, inflate, storedDeflatePieces } from './deflate';

const FORMATS: DeflateFormat[] = ['gzip', 'zlib', 'raw'];
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);

test.each(FORMATS)('%s: packed and stored data come back', async (format) => {
  for (const length of [0, 1, 1000, 65535, 65536, 200_000]) {
    const bytes = noise(length);
    for (const packed of [await deflate(bytes, format), storedDeflatePieces(bytes, format)]) {
      expect(bytesEqual(await inflate(concatBytes(packed), format, length), bytes)).toBe(true);
    }
  }
});

test.each(FORMATS)('%s: unpacking stops at the limit', async (format) => {
  const bomb = concatBytes(await deflate(new Uint8Array(50_000_000), format));
  expect(bomb.length).toBeLessThan(60_000);
  await expect(inflate(bomb, format, 1_000_000)).rejects.toMatchObject({ kind: 'LimitExceededError' });
});

test.each(['gzip', 'zlib'] as const)('%s: damage is found', async (format) => {
  const packed = concatBytes(storedDeflatePieces(encodeUtf8('a linnet'), format));
  for (let at = 0; at < packed.length; at++) {
    await expect(inflate(packed.subarray(0, at), format, 100)).rejects.toMatchObject({ kind: 'CorruptFileError' });
  }
  const content = packed.indexOf(encodeUtf8('l')[0]!);
  await expect(inflate(packed.with(content, 0), format, 100)).rejects.toMatchObject({ kind: 'CorruptFileError' });
});
