import { LinnetError, type Shape } from '#linnet/core';
import { type KeyArray, random } from '#linnet/random';
import { type Array as JaxArray, jnp, LiteralArray } from '#linnet/tensor';
import { use } from '../graph/use';
import { Pytree } from '../pytree';
import { storeOwned, Variable } from '../variable';
import { RngCount, RngKey } from '../variableTypes';

/** A seed, a typed key, raw uint32 key words, or a stream whose key is taken over. */
export type RngSeed = number | bigint | JaxArray | RngStream | Variable<any>;

function baseKey(seed: RngSeed): KeyArray {
  if (seed instanceof RngStream) return use(seed.key) as KeyArray;
  if (seed instanceof Variable) return baseKey(seed.value as RngSeed);
  if (typeof seed === 'number' || typeof seed === 'bigint') return random.key(seed);
  if (seed?.dtype === 'key<fry>' || seed?.dtype === 'uint32') return random.wrapKeyData(seed);
  throw new LinnetError(
    'InvalidArgumentError',
    `A random stream starts from an integer, a key or another stream; ${String(seed)} is none of these.`,
  );
}

/** Counts stay on the host while they can, so that keys made outside of compiled functions need no device. */
const zero = (): JaxArray => new LiteralArray(0, 'uint32');
const successor = (count: JaxArray): JaxArray =>
  count instanceof LiteralArray ? new LiteralArray(count.value + 1, 'uint32') : count.add(1);

/** A key and a counter: each call gives the key folded with the counter, which then counts one up. Like `flax.nnx.RngStream`. */
export class RngStream extends Pytree {
  readonly tag: string;
  readonly key: RngKey;
  readonly count: RngCount;

  constructor(seed: RngSeed, tag: string, count: JaxArray = zero()) {
    super();
    this.tag = tag;
    this.key = new RngKey(baseKey(seed), { tag });
    this.count = new RngCount(count, { tag });
  }

  /** The next key. */
  call(): KeyArray {
    const count = use(this.count);
    const key = random.foldIn(use(this.key), count);
    storeOwned(this.count, successor(count));
    return key;
  }

  /** A stream of its own, from the next key of this one. */
  fork(): RngStream {
    return new RngStream(this.call(), this.tag);
  }

  /** A stream of `shape` keys, from the next key of this one split. */
  split(shape: number | Shape): RngStream {
    const counts = jnp.zeros(typeof shape === 'number' ? [shape] : shape, 'uint32');
    return new RngStream(random.split(this.call(), shape), this.tag, counts);
  }

  /** A stream of `shape` times the same key, the next of this one. */
  broadcast(shape: number | Shape): RngStream {
    const dims = typeof shape === 'number' ? [shape] : [...shape];
    const words = jnp.broadcastTo(this.call().words, [...dims, 2]);
    return new RngStream(words, this.tag, jnp.zeros(dims, 'uint32'));
  }

  /** Starts again from `seed`, counter 0, in place. */
  reseed(seed: RngSeed): void {
    this.key.value = baseKey(seed);
    this.count.value = zero();
  }
}
