import { type DType, hostArray, LinnetError, type Shape, sizeOf } from '#linnet/core';
import { bind, fromHost, jnp, type NDArray } from '#linnet/tensor';
import { isPartitionable } from './config';
import * as host from './host/floats';
import { nextAfter } from './host/special';
import type { KeyWords } from './host/threefry';
import { asKeys } from './keyArray';
import { hostKey } from './keys';
import { erfInv, scaleUnit, threefryBits } from './primitives';

/** Dtypes samples can have; they are drawn in float32 and rounded. */
export type FloatDType = 'float32' | 'float16';

type HostDraw = (key: KeyWords, size: number, partitionable: boolean) => Float32Array;

/** Random uint32 words of `shape` on the device, for each key. */
export function deviceBits(key: NDArray, shape: Shape): NDArray {
  return bind(threefryBits, [asKeys(key).words], { shape: [...shape], partitionable: isPartitionable() })[0]!;
}

/**
 * Samples of `shape`: on the host, in double and rounded once, where the key is known (what starts a model is the same on every
 * device); otherwise by `device`, as part of the program being traced.
 */
function sample(key: NDArray, shape: Shape, dtype: FloatDType, onHost: HostDraw, onDevice: () => NDArray): NDArray {
  checkFloat(dtype);
  const known = hostKey(asKeys(key));
  const drawn = known === undefined ? onDevice() : place(onHost(known, sizeOf(shape), isPartitionable()), shape);
  return dtype === 'float32' ? drawn : drawn.astype(dtype);
}

function checkFloat(dtype: DType): void {
  if (dtype !== 'float32' && dtype !== 'float16') {
    throw new LinnetError('DTypeError', `Samples of dtype ${dtype} were asked for; the device has float32 and float16.`);
  }
}

/** Float32 values as an array of `shape`. */
export const place = (values: Float32Array, shape: Shape): NDArray =>
  fromHost(hostArray('float32', [...shape], new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));

/** Uniform in [low, high) on the device: 23 random bits, scaled. */
export function deviceUniform(key: NDArray, shape: Shape, low: number, high: number): NDArray {
  const unit = jnp
    .rightShift(deviceBits(key, shape), 9)
    .astype('float32')
    .mul(2 ** -23);
  if (low === 0 && high === 1) return unit;
  const lowest = Math.fround(low);
  const span = Math.fround(Math.fround(high) - lowest);
  return jnp.maximum(bind(scaleUnit, [unit], { low: lowest, span })[0]!, lowest);
}

const deviceNormal = (key: NDArray, shape: Shape, low: number, high: number): NDArray =>
  bind(erfInv, [deviceUniform(key, shape, low, high)])[0]!.mul(Math.SQRT2);

export interface UniformOptions {
  readonly dtype?: FloatDType;
  /** Least value, 0. */
  readonly minval?: number;
  /** Upper bound, never reached but by rounding, 1. */
  readonly maxval?: number;
}

/** Uniform samples in [minval, maxval). */
export function uniform(key: NDArray, shape: Shape = [], options: FloatDType | UniformOptions = {}): NDArray {
  const { dtype = 'float32', minval = 0, maxval = 1 } = typeof options === 'string' ? { dtype: options } : options;
  return sample(
    key,
    shape,
    dtype,
    (words, size, p) => host.uniformFloats(words, size, p, minval, maxval),
    () => deviceUniform(key, shape, minval, maxval),
  );
}

/** Standard normal samples. */
export function normal(key: NDArray, shape: Shape = [], dtype: FloatDType = 'float32'): NDArray {
  return sample(key, shape, dtype, host.normalFloats, () => deviceNormal(key, shape, host.ABOVE_MINUS_ONE, 1));
}

/** Standard normal samples restricted to (lower, upper). */
export function truncatedNormal(key: NDArray, lower: number, upper: number, shape: Shape = [], dtype: FloatDType = 'float32'): NDArray {
  const bounds = [
    nextAfter(Math.fround(lower), Number.POSITIVE_INFINITY),
    nextAfter(Math.fround(upper), Number.NEGATIVE_INFINITY),
  ] as const;
  return sample(
    key,
    shape,
    dtype,
    (words, size, p) => host.truncatedNormalFloats(words, size, p, lower, upper),
    () => jnp.clip(deviceNormal(key, shape, host.truncationBound(lower), host.truncationBound(upper)), ...bounds),
  );
}

/** Standard Gumbel samples; `mode: 'high'` spends twice the bits on the upper tail. */
export function gumbel(
  key: NDArray,
  shape: Shape = [],
  { dtype = 'float32', mode = 'low' }: { readonly dtype?: FloatDType; readonly mode?: 'low' | 'high' } = {},
): NDArray {
  if (mode === 'high') return sample(key, shape, dtype, host.gumbelHighFloats, () => deviceGumbelHigh(key, shape));
  return sample(key, shape, dtype, host.gumbelFloats, () => jnp.log(jnp.log(deviceUniform(key, shape, host.FLOAT32_TINY, 1)).neg()).neg());
}

function deviceGumbelHigh(key: NDArray, shape: Shape): NDArray {
  const both = deviceUniform(key, [2, ...shape], 0, 1);
  const [high, low] = [jnp.take(both, 0, 0), jnp.take(both, 1, 0)];
  const x = jnp.where(jnp.greaterEqual(high, 0.5), high, high.add(low.mul(2 ** -23)).add(host.FLOAT32_TINY));
  return jnp.log(jnp.log1p(x.neg()).neg()).neg();
}

/** Exponential samples with rate 1. */
export function exponential(key: NDArray, shape: Shape = [], dtype: FloatDType = 'float32'): NDArray {
  return sample(key, shape, dtype, host.exponentialFloats, () => jnp.log1p(deviceUniform(key, shape, 0, 1).neg()).neg());
}

/** Standard Laplace samples. */
export function laplace(key: NDArray, shape: Shape = [], dtype: FloatDType = 'float32'): NDArray {
  return sample(key, shape, dtype, host.laplaceFloats, () => {
    const u = deviceUniform(key, shape, host.ABOVE_MINUS_ONE, 1);
    return jnp.sign(u).mul(jnp.log1p(jnp.abs(u).neg()));
  });
}

/** Standard logistic samples. */
export function logistic(key: NDArray, shape: Shape = [], dtype: FloatDType = 'float32'): NDArray {
  return sample(key, shape, dtype, host.logisticFloats, () => {
    const u = deviceUniform(key, shape, host.FLOAT32_TINY, 1);
    return jnp.log(u.div(u.neg().add(1)));
  });
}
