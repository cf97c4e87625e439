/** The part of the `jax` namespace that the guide's sections use. */
export { config, random } from '#linnet/random';
export { Array, testing } from '#linnet/tensor';
