/** The `jax` namespace: the engine's public names, with `jax.random`, `jax.nn` and `jax.tree` in their places. */
import { initializers } from '#linnet/random';
import { type BackendStats, currentBackend, nn as functions } from '#linnet/tensor';

export { config, random } from '#linnet/random';
export {
  Array,
  blockUntilReady,
  defaultBackend,
  devices,
  dispose,
  evalShape,
  grad,
  hessian,
  init,
  jacfwd,
  jacobian,
  jacrev,
  jit,
  jvp,
  lax,
  makeProgram,
  ShapeDtypeStruct,
  stopGradient,
  testing,
  tree,
  valueAndGrad,
  vjp,
  vmap,
} from '#linnet/tensor';

/** Activations and softmax, and the initialisers that draw random numbers. */
export const nn = { ...functions, initializers };

/** Bytes and buffers the backend holds now, and running totals of what it was asked to do. JAX: `device.memory_stats()`. */
export const memoryStats = (): BackendStats => currentBackend().stats();
