import type { Path } from '#linnet/core';
import { Variable } from '../variable';
import type { GraphLeaf } from './flattenGraph';

/** A Variable with its path in a graph. */
export type VariableLeaf = readonly [Path, Variable<any>];

/** Whether a leaf of a graph is a Variable, not a bare array. */
export const isVariableLeaf = (leaf: readonly [Path, GraphLeaf]): leaf is VariableLeaf => leaf[1] instanceof Variable;
