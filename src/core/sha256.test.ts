import { expect, test } from 'vitest';
import { encodeUtf8, toHex } from './bytes';
import { Sha256 } from './sha256';

test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
])('SHA-256 of %j', (text, expected) => {
  expect(toHex(new Sha256().update(encodeUtf8(text)).digest())).toBe(expected);
});

test('any cut into pieces gives what the platform gives for the whole', async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) % 251);
  for (const length of [1, 55, 56, 63, 64, 65, 119, 127, 128, 129, 1000]) {
    const whole = bytes.subarray(0, length);
    const expected = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', whole.slice())));
    for (const piece of [1, 7, 63, 64, 100]) {
      const hash = new Sha256();
      for (let at = 0; at < length; at += piece) hash.update(whole.subarray(at, at + piece));
      expect(toHex(hash.digest()), `${length} bytes in pieces of ${piece}`).toBe(expected);
    }
  }
});
