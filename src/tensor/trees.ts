import { flatten, flattenWithPath, formatPath, type TreeStructure, unflatten } from '#linnet/core';
import type { NDArray } from './array';
import { KeyArray } from './keyArray';
import { leafToArray } from './transfer';

/** A tree of arrays taken apart: the arrays that programs see (typed keys as their words) and how to put it together again. */
export interface ArrayTree {
  readonly arrays: readonly NDArray[];
  readonly layout: TreeLayout;
}

/** A tree without its arrays: the structure, and which leaves are typed keys. */
export interface TreeLayout {
  readonly structure: TreeStructure;
  readonly isKey: readonly boolean[];
}

/** Takes a tree of arrays and numbers apart. `what` names it in errors. */
export function takeApart(tree: unknown, what: string): ArrayTree {
  const { leaves, structure } = flatten(tree);
  const arrays = leaves.map((leaf, i) => leafToArray(leaf, () => placeOf(tree, i, what)));
  const isKey = arrays.map((array) => array instanceof KeyArray);
  return { arrays: arrays.map((array) => (array instanceof KeyArray ? array.words : array)), layout: { structure, isKey } };
}

function placeOf(tree: unknown, leaf: number, what: string): string {
  const [path] = flattenWithPath(tree).leaves[leaf]!;
  return path.length === 0 ? what : `${what}, leaf ${formatPath(path)}`;
}

/** The tree of `layout` with other arrays. */
export function putTogether<T = any>({ structure, isKey }: TreeLayout, arrays: readonly NDArray[]): T {
  return unflatten(
    structure,
    arrays.map((array, i) => (isKey[i] ? new KeyArray(array) : array)),
  ) as T;
}

/** `values` cut into lists of the given lengths. */
export function splitSizes<T>(values: readonly T[], sizes: readonly number[]): T[][] {
  let start = 0;
  return sizes.map((size) => {
    const part = values.slice(start, start + size);
    start += size;
    return part;
  });
}
