import { LinnetError, type Path, type PathPart } from '#linnet/core';
import { type Filter, partition } from '../filters';
import { dtypeOf, shapeOf } from '../leaf';
import { matchLeaves } from '../state/matchLeaves';
import { dictLeaves, type StateLike } from '../state/pureDict';
import type { State } from '../state/state';
import { Variable } from '../variable';
import { flattenGraph } from './flattenGraph';
import { assignEntries, entriesOf, setAttribute } from './node';
import { snapshot } from './snapshot';
import { checkNode } from './split';

const childOf = (node: object, key: PathPart): object => entriesOf(node).find(([name]) => name === key)![1] as object;
const nodeAt = (root: object, path: Path): object => path.reduce(childOf, root);

/**
 * Writes the leaves of `states` into `node`, in place. What they do not name stays. All unexpected paths and wrong shapes are listed in
 * one error, and then nothing is changed. Like `flax.nnx.update`.
 */
export function update(node: object, ...states: StateLike[]): void {
  checkNode(node, 'nnx.update');
  const { leaves } = flattenGraph(node);
  const slots = leaves.map(([path, leaf]) => ({ path, shape: shapeOf(leaf), dtype: dtypeOf(leaf) }));
  const given = states.flatMap((state) => dictLeaves(state));
  const { values } = matchLeaves(slots, given, { action: 'nnx.update', complete: false });
  for (const [i, value] of values) {
    const [path, leaf] = leaves[i]!;
    if (leaf instanceof Variable) leaf.value = value;
    else setAttribute(nodeAt(node, path.slice(0, -1)), path.at(-1)!, value);
  }
}

/** Removes the Variables that the filters select from `node`, in place, and returns them. Like `flax.nnx.pop`. */
export function pop(node: object, filter: Filter): State;
export function pop<F extends readonly Filter[]>(node: object, ...filters: F): { [K in keyof F]: State };
export function pop(node: object, ...filters: Filter[]): State | State[] {
  checkNode(node, 'nnx.pop');
  if (filters.length === 0) throw new LinnetError('InvalidArgumentError', 'nnx.pop needs at least one filter that says what to remove.');
  const { leaves, objects } = flattenGraph(node);
  const variables = leaves.filter(([, leaf]) => leaf instanceof Variable);
  const { groups } = partition(variables, filters);
  const popped = new Set<unknown>(groups.flat().map(([, leaf]) => leaf));
  for (const object of objects) if (!(object instanceof Variable)) removeValues(object, popped);
  const states = groups.map(snapshot);
  return states.length === 1 ? states[0]! : states;
}

function removeValues(node: object, values: ReadonlySet<unknown>): void {
  const entries = entriesOf(node);
  const kept = entries.filter(([, value]) => !values.has(value));
  if (kept.length < entries.length) assignEntries(node, kept);
}
