import { mapTree } from '#linnet/core';
import { isArray } from './array';
import * as lax from './primitives/lax';

/** The same values, for which every derivative is zero. Works on trees; leaves that are not arrays pass. Like `jax.lax.stop_gradient`. */
export const stopGradient = <T>(tree: T): T =>
  mapTree<T>((leaf) => (isArray(leaf) && leaf.dtype !== 'key<fry>' ? lax.stopGradient(leaf) : leaf), tree);
