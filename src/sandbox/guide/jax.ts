/** The part of the `jax` namespace that the guide's sections use. */
export { config, random } from '#linnet/random';
export { Array, evalShape, ShapeDtypeStruct, testing, tree } from '#linnet/tensor';
