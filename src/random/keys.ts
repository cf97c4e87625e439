import { LinnetError, type Shape, sizeOf } from '#linnet/core';
import { bind, isStaging, jnp, KeyArray, LiteralArray, NDArray } from '#linnet/tensor';
import { isPartitionable } from './config';
import { foldInWords, keyAt, seedWords, splitWords } from './host/bits';
import type { KeyWords } from './host/threefry';
import { asKeys, HostKeyArray } from './keyArray';
import { threefryFoldIn, threefrySplit } from './primitives';

/** A key from a seed. Only the low 32 bits count, as in JAX without 64-bit mode. A seed may also be an integer array (scalar). */
export function key(seed: number | bigint | NDArray): KeyArray {
  if (seed instanceof NDArray) {
    const low = seed.astype('uint32');
    return new KeyArray(jnp.stack([jnp.zerosLike(low), low], -1));
  }
  if (typeof seed === 'number' && !Number.isInteger(seed)) {
    throw new LinnetError('InvalidArgumentError', `A seed is an integer; ${seed} is not.`);
  }
  return new HostKeyArray([], Uint32Array.from(seedWords(seed)));
}

/** The key behind `keys` if it is one key whose words are known on the host. */
const knownKey = (keys: KeyArray): KeyWords | undefined =>
  keys instanceof HostKeyArray && keys.ndim === 0 ? keyAt(keys.hostWords, 0) : undefined;

/** The key behind `keys` if it is known and drawing happens now: the draw is then done on the host, the same on every device. */
export const hostKey = (keys: KeyArray): KeyWords | undefined => (isStaging() ? undefined : knownKey(keys));

/** `[shape]` new keys from one key (default two). Batches of keys give `[...keys, ...shape]`. */
export function split(parent: NDArray, num: number | Shape = 2): KeyArray {
  const keys = asKeys(parent);
  const shape = typeof num === 'number' ? [num] : [...num];
  const partitionable = isPartitionable();
  const known = hostKey(keys);
  if (known !== undefined) return new HostKeyArray(shape, splitWords(known, sizeOf(shape), partitionable));
  return new KeyArray(bind(threefrySplit, [keys.words], { shape, partitionable })[0]!);
}

/** A new key made of `parent` and an integer: a number, or a uint32 array of the keys' shape. */
export function foldIn(parent: NDArray, data: number | NDArray): KeyArray {
  const keys = asKeys(parent);
  const value = typeof data === 'number' ? data : data instanceof LiteralArray ? data.value : undefined;
  const known = knownKey(keys);
  if (known !== undefined && value !== undefined) return new HostKeyArray([], Uint32Array.from(foldInWords(known, value)));
  const folded = value === undefined ? (data as NDArray).astype('uint32') : jnp.array(value >>> 0, 'uint32');
  return new KeyArray(bind(threefryFoldIn, [keys.words, folded])[0]!);
}
