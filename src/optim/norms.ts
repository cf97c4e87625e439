import { flatten } from '#linnet/core';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { squared } from './arithmetic';

/** Euclidean norm of one array, a float32 scalar. */
export const leafNorm = (x: JaxArray): JaxArray => jnp.sqrt(jnp.sum(squared(x)));

/** Euclidean norm over all leaves of `tree`, a float32 scalar; 0 for an empty tree. */
export function globalNorm(tree: unknown): JaxArray {
  const sums = (flatten(tree).leaves as JaxArray[]).map((leaf) => jnp.sum(squared(leaf)));
  const [first, ...rest] = sums;
  return first === undefined ? jnp.zeros([]) : jnp.sqrt(rest.reduce((total, sum) => total.add(sum), first));
}
