/** What `import … from 'linnet'` gives a library user, as far as the guide's sections need it. */
export * as ocp from '#linnet/checkpoint';
export * as nnx from '#linnet/nnx';
export { jnp } from '#linnet/tensor';
export * as jax from './jax';
