import { normalizeAxis } from '#linnet/core';
import type { NDArray } from '../array';
import * as lax from '../primitives/lax';
import { type ArrayLike, asArray, asFloat } from './convert';
import {
  add,
  divide,
  equal,
  erfc,
  exp,
  expm1,
  greater,
  lessEqual,
  log1p,
  logaddexp,
  multiply,
  negative,
  rsqrt,
  sigmoid,
  subtract,
  tanh,
  where,
} from './elementwise';
import { type Axis, axisOptions, dtypeOption } from './options';
import { logsumexp, max, mean, sum, variance } from './reductions';
import { expandDims, split } from './shapes';

export { avgPool, maxPool, type PoolOptions } from './pooling';
export { logsumexp, sigmoid, tanh };

/** max(x, 0); its derivative at 0 is 0. */
export function relu(x: ArrayLike): NDArray {
  const array = asArray(x, 'jax.nn.relu');
  // Written so that NaN stays NaN, and so that the derivative at 0 is 0.
  return lax.select(lax.le(array, lax.scalarLike(array, 0)), lax.scalarLike(array, 0), array);
}
export const relu6 = (x: ArrayLike): NDArray => {
  const array = asFloat(x);
  // At 6 the derivative is 0, as JAX has it.
  return where(lessEqual(array, 0), 0, where(lax.ge(array, lax.scalarLike(array, 6)), 6, array));
};
export const hardTanh = (x: ArrayLike): NDArray => {
  const array = asFloat(x);
  return where(greater(array, 1), 1, where(lax.lt(array, lax.scalarLike(array, -1)), -1, array));
};
export const hardSigmoid = (x: ArrayLike): NDArray => divide(relu6(add(asFloat(x), 3)), 6);
export const hardSilu = (x: ArrayLike): NDArray => multiply(x, hardSigmoid(x));
export const hardSwish = hardSilu;
export const silu = (x: ArrayLike): NDArray => multiply(asFloat(x), sigmoid(x));
export const swish = silu;
/** log(1 + exp(x)) without overflow. */
export const softplus = (x: ArrayLike): NDArray => logaddexp(asFloat(x), 0);
export const logSigmoid = (x: ArrayLike): NDArray => negative(softplus(negative(asFloat(x))));
export const softSign = (x: ArrayLike): NDArray => {
  const array = asFloat(x);
  return divide(array, add(where(lessEqual(array, 0), negative(array), array), 1));
};
export const mish = (x: ArrayLike): NDArray => multiply(x, tanh(softplus(x)));

export function elu(x: ArrayLike, alpha: ArrayLike = 1): NDArray {
  const array = asFloat(x);
  const isPositive = greater(array, 0);
  // The branch not taken must not overflow: its infinite derivative would make NaN of 0 times it.
  return where(isPositive, array, multiply(alpha, expm1(where(isPositive, 0, array))));
}
export const selu = (x: ArrayLike): NDArray => multiply(elu(x, 1.6732632423543772), 1.0507009873554805);
export function celu(x: ArrayLike, alpha = 1): NDArray {
  const array = asFloat(x);
  const isPositive = greater(array, 0);
  return where(isPositive, array, multiply(expm1(divide(where(isPositive, 0, array), alpha)), alpha));
}
export function leakyRelu(x: ArrayLike, slope: ArrayLike = 0.01): NDArray {
  const array = asFloat(x);
  return where(lax.ge(array, lax.scalarLike(array, 0)), array, multiply(array, slope));
}

/** Gaussian error linear unit: by tanh (the default), or exactly by erf. */
export function gelu(x: ArrayLike, approximate: boolean | { approximate?: boolean } = true): NDArray {
  const array = asFloat(x, 'jax.nn.gelu');
  const byTanh = typeof approximate === 'boolean' ? approximate : (approximate.approximate ?? true);
  if (!byTanh) return multiply(multiply(array, 0.5), erfc(multiply(array, -Math.SQRT1_2)));
  const cubed = multiply(array, multiply(array, array));
  const argument = multiply(add(array, multiply(cubed, 0.044715)), Math.sqrt(8 / Math.PI));
  // (1 + tanh(u)) / 2 is sigmoid(2u), which keeps its digits where 1 + tanh(u) cancels.
  return multiply(array, sigmoid(argument));
}

/** First half times sigmoid of the second, along `axis`. */
export function glu(x: ArrayLike, axis = -1): NDArray {
  const [a, b] = split(x, 2, axis) as [NDArray, NDArray];
  return multiply(a, sigmoid(b));
}

interface SoftmaxOptions {
  readonly axis?: Axis;
  readonly where?: ArrayLike;
}
const softmaxOptions = (argument: Axis | SoftmaxOptions | undefined): SoftmaxOptions & { axis: Axis } => {
  const { axis, ...rest } = axisOptions<SoftmaxOptions>(argument === undefined ? -1 : argument);
  return { ...rest, axis: axis ?? -1 };
};

/** exp(x) normalised to sum 1 along `axis` (the last). */
export function softmax(x: ArrayLike, argument?: Axis | SoftmaxOptions): NDArray {
  const { axis, where: mask } = softmaxOptions(argument);
  const array = mask === undefined ? asFloat(x) : where(mask, asFloat(x), Number.NEGATIVE_INFINITY);
  const exponentials = exp(subtract(array, lax.stopGradient(max(array, { axis, keepdims: true }))));
  const kept = mask === undefined ? exponentials : where(mask, exponentials, 0);
  return divide(kept, sum(kept, { axis, keepdims: true }));
}
/** log(softmax(x)) without loss of precision. */
export function logSoftmax(x: ArrayLike, argument?: Axis | SoftmaxOptions): NDArray {
  const { axis, where: mask } = softmaxOptions(argument);
  const array = mask === undefined ? asFloat(x) : where(mask, asFloat(x), Number.NEGATIVE_INFINITY);
  const shifted = subtract(array, lax.stopGradient(max(array, { axis, keepdims: true })));
  return subtract(shifted, lax.log(sum(exp(shifted), { axis, keepdims: true })));
}

/** Rows with a 1 at the index and 0 elsewhere; all 0 for indices out of range. */
export function oneHot(x: ArrayLike, numClasses: number, options: { dtype?: string; axis?: number } | string = {}): NDArray {
  const index = asArray(x, 'jax.nn.oneHot');
  const axis = normalizeAxis(typeof options === 'string' ? -1 : (options.axis ?? -1), index.ndim + 1);
  const shape = index.shape.toSpliced(axis, 0, numClasses);
  const classes = lax.cast(lax.iota(shape, axis, 'int32'), index.dtype === 'bool' ? 'int32' : (index.dtype as 'int32'));
  return lax.cast(equal(expandDims(index, axis), classes), dtypeOption(options) ?? 'float32');
}

/** Mean 0 and variance 1 along `axis`. */
export function standardize(x: ArrayLike, argument: Axis | { axis?: Axis; epsilon?: number } = -1): NDArray {
  const { axis = -1, epsilon = 1e-5 } = axisOptions<{ epsilon?: number }>(argument);
  const array = asFloat(x);
  const scale = rsqrt(add(variance(array, { axis: axis ?? -1, keepdims: true }), epsilon));
  return multiply(subtract(array, mean(array, { axis: axis ?? -1, keepdims: true })), scale);
}
export const logit = (x: ArrayLike): NDArray => subtract(lax.log(asFloat(x)), log1p(negative(asFloat(x))));
export const identity = (x: ArrayLike): NDArray => asArray(x);
