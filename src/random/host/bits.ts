import { hashCounters, hashPairs, type KeyWords, threefry2x32 } from './threefry';

/** Key words of a 32-bit seed, as `jax.random.key` makes them: only the low 32 bits count, so -1 and 2^32 - 1 are one seed. */
export function seedWords(seed: number | bigint): KeyWords {
  return [0, Number(BigInt.asUintN(32, BigInt(seed)))];
}

/** The key that `jax.random.fold_in` makes of `key` and the low 32 bits of `data`. The same in both counter layouts. */
export function foldInWords(key: KeyWords, data: number | bigint): KeyWords {
  const out = new Uint32Array(2);
  threefry2x32(key, 0, seedWords(data)[1], out, 0, 1);
  return [out[0]!, out[1]!];
}

/** `count` new keys, `[count, 2]` row-major, as `jax.random.split` makes them. */
export function splitWords(key: KeyWords, count: number, partitionable: boolean): Uint32Array {
  return partitionable ? hashPairs(key, count) : hashCounters(key, 2 * count);
}

/** The `index`-th key of an array of key words. */
export const keyAt = (words: Uint32Array, index: number): KeyWords => [words[2 * index]!, words[2 * index + 1]!];

/** `size` random words of 32 bits. */
export function bits32(key: KeyWords, size: number, partitionable: boolean): Uint32Array {
  if (!partitionable) return hashCounters(key, size);
  const pairs = hashPairs(key, size);
  const out = new Uint32Array(size);
  for (let i = 0; i < size; i++) out[i] = pairs[2 * i]! ^ pairs[2 * i + 1]!;
  return out;
}

/** `size` random words of 8 or 16 bits, each in a number of its own. */
export function narrowBits(key: KeyWords, size: number, width: 8 | 16, partitionable: boolean): Uint32Array {
  const mask = 2 ** width - 1;
  if (partitionable) return bits32(key, size, true).map((word) => word & mask);
  const perWord = 32 / width;
  const words = hashCounters(key, Math.ceil(size / perWord));
  const out = new Uint32Array(size);
  for (let i = 0; i < size; i++) out[i] = (words[Math.floor(i / perWord)]! >>> (width * (i % perWord))) & mask;
  return out;
}
