import { mapTree } from '#linnet/core';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import type { Numeric } from './transformation';

/** Largest int32, where counters stop instead of wrapping. */
const INT32_MAX = 2 ** 31 - 1;

/** An int32 zero: the start of every counter. */
export const zeroCount = (): JaxArray => jnp.zeros([], 'int32');

/** `count + 1`, staying at the largest int32 (Optax: `safe_increment`). */
export const increment = (count: JaxArray): JaxArray => jnp.minimum(count, INT32_MAX - 1).add(1);

/** A tree of zeros like `tree`. */
export const zerosLike = (tree: unknown): unknown => mapTree((leaf: JaxArray) => jnp.zerosLike(leaf), tree);

/** `(1 - decay) * term(g) + decay * old`, leaf by leaf: an exponential moving average. */
export function movingAverage(grads: unknown, old: unknown, decay: Numeric, term: (g: JaxArray) => JaxArray = (g) => g): unknown {
  return mapTree((g: JaxArray, m: JaxArray) => term(g).mul(oneMinus(decay)).add(m.mul(decay)), grads, old);
}

/** The square of an array. */
export const squared = (x: JaxArray): JaxArray => x.mul(x);

/** `1 - x`; for a JS number in double, rounded by whatever it meets, as Python does it. */
export const oneMinus = (x: Numeric): Numeric => (typeof x === 'number' ? 1 - x : jnp.subtract(1, x));

/**
 * `1 - decay^count`, by which a moving average that started at zero is too small. A constant decay goes through expm1, which keeps the
 * digits that a power near 1 loses on devices with an inexact `pow`.
 */
export function biasCorrection(decay: Numeric, count: JaxArray): JaxArray {
  const steps = count.astype('float32');
  if (typeof decay === 'number') return jnp.expm1(steps.mul(Math.log(Math.fround(decay)))).neg();
  return jnp.subtract(1, jnp.power(decay, steps));
}

/** Each leaf divided by the scalar `divisor`. */
export const divideBy = (tree: unknown, divisor: JaxArray): unknown => mapTree((leaf: JaxArray) => leaf.div(divisor), tree);
