import { mapTree } from '#linnet/core';
import type { Array as JaxArray } from '#linnet/tensor';

/** Parameters plus updates, leaf by leaf, in the parameters' dtypes. */
export const applyUpdates = <T>(params: T, updates: unknown): T =>
  mapTree<T>((p: JaxArray, u: JaxArray) => p.add(u).astype(p.dtype as 'float32'), params, updates);
