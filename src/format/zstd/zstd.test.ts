import { decompress } from 'fzstd';
import { expect, test } from 'vitest';
import { bytesEqual, concatBytes, encodeUtf8, isLinnetError, LIMITS } from '#linnet/core';
import { listFixtures, readFixture } from '../../testing/fixtures';
import { decodeBase64 } from '../../testing/golden';
import { PYTHON_FILES } from '../../testing/hostile/pythonFiles';
import { zstdDecompress } from './decode';
import { zstdFramePieces } from './encode';

const encode = (bytes: Uint8Array): Uint8Array => concatBytes(zstdFramePieces(bytes));
const noise = (length: number): Uint8Array => {
  let state = 12345;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
};

test.each([0, 1, 2, 255, 256, 300, 65535, 65791, 65792, 131072, 131073, 400_000])('%i bytes survive the round trip', (length) => {
  const bytes = noise(length);
  expect(bytesEqual(zstdDecompress(encode(bytes), length), bytes)).toBe(true);
  expect(bytesEqual(decompress(encode(bytes)), bytes)).toBe(true);
});

test('runs of one byte shrink', () => {
  const zeros = new Uint8Array(1_000_000);
  expect(encode(zeros).length).toBeLessThan(64);
  expect(bytesEqual(zstdDecompress(encode(zeros), 1_000_000), zeros)).toBe(true);
});

/** Every zstd frame that stands whole inside the fixtures' files: B+tree bodies and chunks as real encoders write them. */
async function realFrames(): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for (const path of listFixtures('orbax/')) {
    if (!/manifest\.ocdbt$|\/d\//.test(path)) continue;
    const bytes = await readFixture(path);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 18 || view.getUint32(0) >>> 8 !== 0x0cdb20 || bytes[13] !== 1) continue;
    const length = Number(view.getBigUint64(4, true));
    frames.push(bytes.subarray(14, length - 4));
  }
  return frames;
}

test('frames of a real encoder unpack as another decoder unpacks them', { timeout: 20_000 }, async () => {
  const frames = await realFrames();
  expect(frames.length).toBeGreaterThan(40);
  for (const frame of frames) expect(bytesEqual(zstdDecompress(frame, 10_000_000), decompress(frame))).toBe(true);
});

test('blocks that repeat tables of earlier ones unpack, and their damage is found', () => {
  const content = Array.from({ length: 400 }, (_, i) => `layer.${i}.kernel/${(i * 37) % 101};`).join('');
  const frame = decodeBase64(PYTHON_FILES.zstdBlocks);
  expect(new TextDecoder().decode(zstdDecompress(frame, 10_000))).toBe(content);
  for (let at = 0; at < frame.length; at++) {
    const damaged = frame.with(at, frame[at]! ^ (1 << (at % 8)));
    let text: string | undefined;
    try {
      text = new TextDecoder().decode(zstdDecompress(damaged, 10_000));
    } catch (error) {
      if (!isLinnetError(error)) throw error;
    }
    // Some bits of the frame mean nothing to a decoder, such as those of a larger window.
    expect(text ?? content).toBe(content);
  }
});

test('every flipped bit of a frame with a checksum is found', () => {
  const frame = encode(encodeUtf8('a linnet is the small bird that lives on flax seed'));
  const original = zstdDecompress(frame, 100);
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const damaged = frame.slice();
    damaged[bit >> 3] = damaged[bit >> 3]! ^ (1 << (bit & 7));
    let error: unknown;
    try {
      zstdDecompress(damaged, 100);
    } catch (thrown) {
      error = thrown;
    }
    expect(isLinnetError(error), `bit ${bit} of ${original.length}`).toBe(true);
  }
});

test('damage to a compressed frame is a LinnetError or other bytes, never a crash or a hang', { timeout: 20_000 }, async () => {
  const frame = (await realFrames()).find((bytes) => bytes.length > 200 && bytes.length < 2000)!;
  for (let at = 0; at < frame.length; at++) {
    for (const mask of [1, 16, 128, 255]) {
      const damaged = frame.slice();
      damaged[at] = damaged[at]! ^ mask;
      try {
        zstdDecompress(damaged, 1_000_000);
      } catch (error) {
        if (!isLinnetError(error)) throw error;
      }
    }
    expect(() => zstdDecompress(frame.subarray(0, at), 1_000_000)).toThrow(/zstd frame/);
  }
});

test('sizes are refused before memory is taken', () => {
  const frame = encode(new Uint8Array(1000));
  expect(() => zstdDecompress(frame, 999)).toThrow(/above the limit of 999/);
  const lie = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]);
  expect(() => zstdDecompress(lie, Number.MAX_SAFE_INTEGER)).toThrow(/claims to hold/);
  const window = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0]);
  expect(() => zstdDecompress(window, LIMITS.decompressedByteLength)).toThrow(/zstd window/);
});

test('a frame of raw blocks is unpacked in its own memory where that is allowed, and damage to it is found all the same', () => {
  const bytes = noise(400_000);
  const frame = encode(bytes);
  const unpacked = zstdDecompress(frame.slice(), 400_000, true);
  expect(bytesEqual(unpacked, bytes)).toBe(true);
  const own = frame.slice();
  expect(zstdDecompress(own, 400_000, true).buffer).toBe(own.buffer);
  expect(zstdDecompress(frame, 400_000).buffer).not.toBe(frame.buffer);
  expect(() => zstdDecompress(frame.slice(), 399_999, true)).toThrow(/above the limit/);
  for (const at of [20, 200_000, frame.length - 1]) {
    const damaged = frame.with(at, frame[at]! ^ 4);
    expect(() => zstdDecompress(damaged, 400_000, true)).toThrow(/zstd frame/);
  }
});
