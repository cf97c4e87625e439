import type { Initializer } from '#linnet/random';
import { type Array as JaxArray, jnp, lax } from '#linnet/tensor';
import { use } from '../graph/use';
import type { Rngs } from '../rngs/rngs';
import { Param } from '../variableTypes';
import { type ComputeDType, inDType, type ParamDType } from './options';

/** Options that all normalising layers share. */
export interface NormOptions {
  readonly rngs: Rngs;
  /** Added to the variance. */
  readonly epsilon?: number;
  /** Type to compute in; null means that of the input. */
  readonly dtype?: ComputeDType;
  /** By default float32. */
  readonly paramDtype?: ParamDType;
  /** Whether to multiply by a learned scale; by default true. */
  readonly useScale?: boolean;
  /** By default ones. */
  readonly scaleInit?: Initializer;
  /** Variance as E[x²] - E[x]² in one pass, by default true; else the mean of (x - mean)². */
  readonly useFastVariance?: boolean;
}

export interface ShiftOptions {
  /** Whether to add a learned bias; by default true. */
  readonly useBias?: boolean;
  /** By default zeros. */
  readonly biasInit?: Initializer;
}

/** Mean and variance, with the reduced axes kept as length 1. */
export interface Moments {
  readonly mean: JaxArray;
  readonly variance: JaxArray;
}

/** Biased mean and variance of `x` over `axes`, in at least float32. A mean of null stands for zero (RMS normalisation). */
export function moments(x: JaxArray, axes: readonly number[], useFastVariance: boolean): Moments {
  const wide = x.dtype === 'float16' ? x.astype('float32') : x;
  const average = (value: JaxArray): JaxArray => jnp.mean(value, { axis: axes, keepdims: true });
  const mean = average(wide);
  if (!useFastVariance) return { mean, variance: average(jnp.square(wide.sub(mean))) };
  return { mean, variance: jnp.maximum(average(jnp.square(wide)).sub(jnp.square(mean)), 0) };
}

/** What a norm does after the statistics: learned scale and bias, either of which may be absent. */
export interface Affine {
  readonly scale: Param | null;
  readonly bias: Param | null;
  readonly epsilon: number;
  readonly dtype: ComputeDType;
}

const keep = (vector: JaxArray): JaxArray => vector;

/**
 * `(x - mean) * (rsqrt(variance + epsilon) * scale) + bias`, multiplied in this order, as Flax does. Without `mean` nothing is
 * subtracted. `along` gives scale and bias the shape in which they broadcast to `x`; by default they follow the last axis.
 */
export function normalize(x: JaxArray, mean: JaxArray | null, variance: JaxArray, affine: Affine, along = keep): JaxArray {
  const { scale, bias, epsilon, dtype } = affine;
  const factor = lax.rsqrt(variance.add(epsilon));
  const centred = mean === null ? x : x.sub(mean);
  const scaled = centred.mul(scale === null ? factor : factor.mul(along(use(scale))));
  const y = bias === null ? scaled : scaled.add(along(use(bias)));
  return inDType(y, dtype ?? (x.dtype as ComputeDType));
}

/** The learned scale of a norm, drawn as Flax draws it: a key is used even though ones ignore it. */
export function makeScale(options: NormOptions, features: number, init: Initializer): Param | null {
  const { rngs, useScale = true, paramDtype = 'float32' } = options;
  return useScale ? new Param(init(rngs.params(), [features], paramDtype)) : null;
}

/** The learned bias of a norm. */
export function makeBias(options: NormOptions & ShiftOptions, features: number, init: Initializer): Param | null {
  const { rngs, useBias = true, paramDtype = 'float32' } = options;
  return useBias ? new Param(init(rngs.params(), [features], paramDtype)) : null;
}
