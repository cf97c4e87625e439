import { LinnetError, type PrngLayout } from '#linnet/core';

let partitionable = true;

/** Whether random bits use today's counter layout (true) or the one before jax 0.5 (false). */
export const isPartitionable = (): boolean => partitionable;

/** Flags of `jax.config` that Linnet has. */
export const config = {
  /** Sets a flag by its JAX name. `jax_threefry_partitionable` (default true) chooses the counter layout of everything drawn from now on. */
  update(name: 'jax_threefry_partitionable', value: boolean): void {
    if (name !== 'jax_threefry_partitionable') {
      throw new LinnetError('InvalidArgumentError', `Unknown flag "${String(name)}". Linnet has: jax_threefry_partitionable.`);
    }
    partitionable = value;
  },
};

/** Runs `body` in one counter layout, then goes back to the former one. `body` must not be asynchronous. */
export function withLayout<R>(layout: PrngLayout, body: () => R): R {
  const former = partitionable;
  partitionable = layout === 'partitionable';
  try {
    return body();
  } finally {
    partitionable = former;
  }
}
