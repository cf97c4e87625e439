import { bits32, keyAt, splitWords } from './bits';
import type { KeyWords } from './threefry';

const WORD = 2n ** 32n;

/** Parts of an unbiased-enough reduction of 64 random bits to `span` values, in 32-bit arithmetic as JAX does it. */
export interface RandintPlan {
  /** Number of values; 0 stands for 2^32 (no modulus). */
  readonly span: number;
  /** 2^32 mod span, by which the high word counts. */
  readonly multiplier: number;
}

/** How integers in [low, high) are made; `max` is the largest value of the dtype. `high <= low` always gives `low`. */
export function randintPlan(low: number, high: number, max: number): RandintPlan {
  const clipped = Math.min(high, max);
  let span = clipped > low ? BigInt.asUintN(32, BigInt(clipped) - BigInt(low)) : 1n;
  if (high > max && clipped > low) span = (span + 1n) % WORD;
  if (span === 0n) return { span: 0, multiplier: 0 };
  const half = 2n ** 16n % span;
  return { span: Number(span), multiplier: Number(((half * half) % WORD) % span) };
}

/** `size` integers in [low, high), unrounded to a dtype. */
export function randintValues(
  key: KeyWords,
  size: number,
  partitionable: boolean,
  [low, high, max]: readonly [low: number, high: number, max: number],
): number[] {
  const keys = splitWords(key, 2, partitionable);
  const higher = bits32(keyAt(keys, 0), size, partitionable);
  const lower = bits32(keyAt(keys, 1), size, partitionable);
  const { span, multiplier } = randintPlan(low, high, max);
  const offset = (i: number): number => {
    if (span === 0) return lower[i]!;
    // Both factors are below 2^32: the product needs the low 32 bits only, which imul gives.
    const scaled = Math.imul(higher[i]! % span, multiplier) >>> 0;
    return ((scaled + (lower[i]! % span)) >>> 0) % span;
  };
  return Array.from({ length: size }, (_, i) => low + offset(i));
}

/** How many sorting rounds make a permutation of `n` unbiased enough (JAX's rule, with its exponent of 3). */
export const shuffleRounds = (n: number): number => Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1));

/** `[0 … n-1]` shuffled: in each round a stable sort by random words. */
export function permutationIndices(key: KeyWords, n: number, partitionable: boolean): Int32Array {
  let current = key;
  let order = Int32Array.from({ length: n }, (_, i) => i);
  for (let round = shuffleRounds(n); round > 0; round--) {
    const keys = splitWords(current, 2, partitionable);
    current = keyAt(keys, 0);
    const words = bits32(keyAt(keys, 1), n, partitionable);
    const sorted = Array.from({ length: n }, (_, i) => i).sort((a, b) => words[a]! - words[b]! || a - b);
    order = Int32Array.from(sorted, (i) => order[i]!);
  }
  return order;
}
