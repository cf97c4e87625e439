/** The two 32-bit words of a threefry key, unsigned. */
export type KeyWords = readonly [high: number, low: number];

const PARITY = 0x1bd11bda;
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * The Threefry-2x32 hash with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): writes the two output
 * words of the counter `(x0, x1)` under `key` to `out[at0]` and `out[at1]`.
 */
export function threefry2x32(key: KeyWords, x0: number, x1: number, out: Uint32Array, at0: number, at1: number): void {
  const k0 = key[0] | 0;
  const k1 = key[1] | 0;
  const k2 = k0 ^ k1 ^ PARITY;
  let a = (x0 + k0) | 0;
  let b = (x1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    for (const rotation of ROTATIONS[group % 2]!) {
      a = (a + b) | 0;
      b = ((b << rotation) | (b >>> (32 - rotation))) ^ a;
    }
    a = (a + scheduled(group + 1, k0, k1, k2)) | 0;
    b = (b + scheduled(group + 2, k0, k1, k2) + group + 1) | 0;
  }
  out[at0] = a;
  out[at1] = b;
}

function scheduled(index: number, k0: number, k1: number, k2: number): number {
  const slot = index % 3;
  return slot === 0 ? k0 : slot === 1 ? k1 : k2;
}

/**
 * Hashes the counters `0 … length-1` in the original layout: the first half of the list is paired with the second half (a zero is
 * appended to an odd list), and the outputs follow one another.
 */
export function hashCounters(key: KeyWords, length: number): Uint32Array {
  const half = Math.ceil(length / 2);
  const out = new Uint32Array(2 * half);
  for (let i = 0; i < half; i++) {
    const second = half + i;
    threefry2x32(key, i, second < length ? second : 0, out, i, second);
  }
  return out.subarray(0, length);
}

/** Hashes the 64-bit counters `0 … count-1` one by one (partitionable layout): pairs of words, `[count, 2]` row-major. */
export function hashPairs(key: KeyWords, count: number): Uint32Array {
  const out = new Uint32Array(2 * count);
  for (let i = 0; i < count; i++) threefry2x32(key, Math.floor(i / 2 ** 32), i >>> 0, out, 2 * i, 2 * i + 1);
  return out;
}
