import { hostArray, LinnetError, type Shape, sizeOf } from '#linnet/core';
import { fromHost, jnp, NDArray } from '#linnet/tensor';
import { isPartitionable } from './config';
import { deviceBits, uniform } from './floats';
import { bits32, narrowBits } from './host/bits';
import { permutationIndices, randintPlan, randintValues, shuffleRounds } from './host/integers';
import { asKeys } from './keyArray';
import { hostKey, split } from './keys';

const bytesOf = (values: Uint32Array | Int32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Random uint32 words; `width` 8 or 16 keeps as many bits a sample (still in uint32, the device's smallest integer). */
export function bits(key: NDArray, shape: Shape = [], { width = 32 }: { readonly width?: 8 | 16 | 32 } = {}): NDArray {
  const words = hostKey(asKeys(key));
  const partitionable = isPartitionable();
  if (words !== undefined) {
    const size = sizeOf(shape);
    const drawn = width === 32 ? bits32(words, size, partitionable) : narrowBits(words, size, width, partitionable);
    return fromHost(hostArray('uint32', [...shape], bytesOf(drawn)));
  }
  if (width === 32) return deviceBits(key, shape);
  if (partitionable) return jnp.bitwiseAnd(deviceBits(key, shape), 2 ** width - 1);
  return narrowFromWords(deviceBits(key, [Math.ceil((width * sizeOf(shape)) / 32)]), shape, width);
}

/** Cuts words into 32 / width pieces each, least significant first (original layout). */
function narrowFromWords(words: NDArray, shape: Shape, width: 8 | 16): NDArray {
  const shifts = jnp.arange(32 / width, { dtype: 'uint32' }).mul(width);
  const pieces = jnp.bitwiseAnd(jnp.rightShift(words.reshape([-1, 1]), shifts), 2 ** width - 1);
  return jnp.take(pieces.reshape([-1]), jnp.arange(sizeOf(shape), { dtype: 'int32' }), 0).reshape([...shape]);
}

const MAXIMUM = { int32: 2 ** 31 - 1, uint32: 2 ** 32 - 1 } as const;

/** Integers in [minval, maxval). An empty range gives `minval`, as in JAX. */
export function randint(key: NDArray, shape: Shape, minval: number, maxval: number, dtype: 'int32' | 'uint32' = 'int32'): NDArray {
  if (!Number.isInteger(minval) || !Number.isInteger(maxval)) {
    throw new LinnetError('InvalidArgumentError', `randint takes integer bounds; [${minval}, ${maxval}) was given.`);
  }
  const words = hostKey(asKeys(key));
  if (words !== undefined) {
    const values = randintValues(words, sizeOf(shape), isPartitionable(), [minval, maxval, MAXIMUM[dtype]]);
    return fromHost(hostArray(dtype, [...shape], bytesOf(dtype === 'int32' ? Int32Array.from(values) : Uint32Array.from(values))));
  }
  const { span, multiplier } = randintPlan(minval, maxval, MAXIMUM[dtype]);
  const keys = split(key, 2);
  const [higher, lower] = [0, 1].map((i) => deviceBits(jnp.take(keys.words, i, 0), shape)) as [NDArray, NDArray];
  const modulus = jnp.array(span, 'uint32');
  const reduce = (x: NDArray) => (span === 0 ? x : jnp.remainder(x, modulus));
  const offset = reduce(reduce(higher).mul(jnp.array(multiplier, 'uint32')).add(reduce(lower)));
  return offset.astype(dtype).add(jnp.array(minval, dtype));
}

/** Rows of `x` along `axis` in random order, or `0 … x-1` shuffled. `independent` shuffles each line on its own. */
export function permutation(
  key: NDArray,
  x: number | NDArray,
  { axis = 0, independent = false }: { readonly axis?: number; readonly independent?: boolean } = {},
): NDArray {
  if (typeof x === 'number') return permutedRange(key, x);
  if (independent && x.ndim > 1) return shuffleLines(key, x, axis);
  return jnp.take(x, permutedRange(key, x.shape.at(axis) ?? 0), axis);
}

function permutedRange(key: NDArray, n: number): NDArray {
  const words = hostKey(asKeys(key));
  if (words !== undefined) return fromHost(hostArray('int32', [n], bytesOf(permutationIndices(words, n, isPartitionable()))));
  return shuffleLines(key, jnp.arange(n, { dtype: 'int32' }), 0);
}

/** The sorting rounds on the device: every line along `axis` by words of its own. */
function shuffleLines(key: NDArray, x: NDArray, axis: number): NDArray {
  let current: NDArray = key;
  let result = x;
  for (let round = shuffleRounds(x.size); round > 0; round--) {
    const words = split(current, 2).words;
    current = jnp.take(words, 0, 0);
    const order = jnp.argsort(deviceBits(jnp.take(words, 1, 0), x.shape), axis);
    result = jnp.takeAlongAxis(result, order, axis);
  }
  return result;
}

/** Booleans that are true with probability `p`. */
export function bernoulli(key: NDArray, p: number | NDArray = 0.5, shape?: Shape): NDArray {
  const drawn = uniform(key, shape ?? (p instanceof NDArray ? p.shape : []));
  return jnp.less(drawn, p);
}

/** Integers -1 and 1, each half of the time. */
export const rademacher = (key: NDArray, shape: Shape = []): NDArray => bernoulli(key, 0.5, shape).astype('int32').mul(2).sub(1);
