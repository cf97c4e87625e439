import type { Path } from '#linnet/core';
import { type State, stateFromLeaves } from '../state/state';
import { Variable } from '../variable';
import type { GraphLeaf } from './flattenGraph';

/** Leaves of a graph as a State of its own Variables: later writes to the graph do not show in it, nor the reverse. */
export function snapshot(leaves: readonly (readonly [Path, GraphLeaf])[]): State {
  return stateFromLeaves(leaves.map(([path, leaf]) => [path, leaf instanceof Variable ? leaf.copy() : leaf]));
}
