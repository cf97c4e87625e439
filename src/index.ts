/** The library's door: `import { jax, jnp, nnx, optax, ocp } from 'linnet'`. */

import { setArrayFactory } from '#linnet/checkpoint';
import { fromHostArray } from '#linnet/random';
import { hasBackend } from '#linnet/tensor';

export * as ocp from '#linnet/checkpoint';
export { type HostArray, LinnetError } from '#linnet/core';
export * as nnx from '#linnet/nnx';
export * as optax from '#linnet/optim';
export { jnp } from '#linnet/tensor';
export * as jax from './jax';

// Restored JAX arrays go to the device where it knows their dtype; without `jax.init` they stay host arrays.
setArrayFactory((host) => (hasBackend() ? fromHostArray(host) : undefined));
