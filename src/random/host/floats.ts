import { bits32 } from './bits';
import { erf, erfInv, nextAfter } from './special';
import type { KeyWords } from './threefry';

const { fround } = Math;
/** Smallest normal float32. */
export const FLOAT32_TINY = 2 ** -126;
const SQRT2 = fround(Math.SQRT2);
/** -1 moved one float32 towards zero: the open end of the symmetric interval. */
export const ABOVE_MINUS_ONE = -1 + 2 ** -24;

/** `size` float32 samples, each `sample(u)` of a uniform `u` in [low, high). */
function fromUniform(
  key: KeyWords,
  size: number,
  partitionable: boolean,
  low: number,
  high: number,
  sample: (u: number) => number,
): Float32Array {
  const out = uniformFloats(key, size, partitionable, low, high);
  for (let i = 0; i < size; i++) out[i] = sample(out[i]!);
  return out;
}

/** Uniform in [low, high): 23 random bits, scaled in double and rounded once, as a fused multiply-add does. */
export function uniformFloats(key: KeyWords, size: number, partitionable: boolean, low = 0, high = 1): Float32Array {
  const words = bits32(key, size, partitionable);
  const lowest = fround(low);
  const span = fround(fround(high) - lowest);
  const out = new Float32Array(size);
  for (let i = 0; i < size; i++) out[i] = Math.max(lowest, fround((words[i]! >>> 9) * 2 ** -23 * span + lowest));
  return out;
}

/** Standard normal. */
export const normalFloats = (key: KeyWords, size: number, partitionable: boolean): Float32Array =>
  fromUniform(key, size, partitionable, ABOVE_MINUS_ONE, 1, (u) => SQRT2 * erfInv(u));

/** Where the uniform of a truncated normal lies: erf(bound / sqrt 2), rounded as JAX rounds it. */
export const truncationBound = (bound: number): number => fround(erf(fround(fround(bound) / SQRT2)));

/** Standard normal restricted to the open interval (lower, upper). */
export function truncatedNormalFloats(key: KeyWords, size: number, partitionable: boolean, lower: number, upper: number): Float32Array {
  const least = nextAfter(fround(lower), Number.POSITIVE_INFINITY);
  const most = nextAfter(fround(upper), Number.NEGATIVE_INFINITY);
  return fromUniform(key, size, partitionable, truncationBound(lower), truncationBound(upper), (u) =>
    Math.min(most, Math.max(least, fround(SQRT2 * erfInv(u)))),
  );
}

/** Standard Gumbel, -log(-log u). */
export const gumbelFloats = (key: KeyWords, size: number, partitionable: boolean): Float32Array =>
  fromUniform(key, size, partitionable, FLOAT32_TINY, 1, (u) => -Math.log(fround(-Math.log(u))));

/** Standard Gumbel from two uniforms a sample, exact further into the upper tail (JAX's mode "high"). */
export function gumbelHighFloats(key: KeyWords, size: number, partitionable: boolean): Float32Array {
  const u = uniformFloats(key, 2 * size, partitionable);
  const out = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const high = u[i]!;
    const x = high >= 0.5 ? high : fround(fround(high + 2 ** -23 * u[size + i]!) + FLOAT32_TINY);
    out[i] = -Math.log(fround(-Math.log1p(-x)));
  }
  return out;
}

/** Exponential with rate 1. */
export const exponentialFloats = (key: KeyWords, size: number, partitionable: boolean): Float32Array =>
  fromUniform(key, size, partitionable, 0, 1, (u) => -Math.log1p(-u));

/** Standard Laplace. */
export const laplaceFloats = (key: KeyWords, size: number, partitionable: boolean): Float32Array =>
  fromUniform(key, size, partitionable, ABOVE_MINUS_ONE, 1, (u) => Math.sign(u) * fround(Math.log1p(-Math.abs(u))));

/** Standard logistic. */
export const logisticFloats = (key: KeyWords, size: number, partitionable: boolean): Float32Array =>
  fromUniform(key, size, partitionable, FLOAT32_TINY, 1, (u) => Math.log(fround(u / fround(1 - u))));
