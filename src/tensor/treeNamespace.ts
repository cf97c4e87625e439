/** `jax.tree`. */
import { flatten, type TreeOptions } from '#linnet/core';

export { flatten, flattenWithPath, mapTree as map, mapWithPath, unflatten } from '#linnet/core';

/** The leaves of a tree, in order. */
export const leaves = (tree: unknown, options?: TreeOptions): unknown[] => flatten(tree, options).leaves;

/** The structure of a tree, without its leaves. */
export const structure = (tree: unknown, options?: TreeOptions) => flatten(tree, options).structure;

/** `f(f(initial, leaf 0), leaf 1)...` over the leaves. */
export const reduce = <T>(f: (accumulated: T, leaf: any) => T, tree: unknown, initial: T): T => flatten(tree).leaves.reduce(f, initial);
