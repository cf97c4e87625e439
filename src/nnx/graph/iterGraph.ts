import type { Path } from '#linnet/core';
import { isArrayLeaf } from '../leaf';
import { Variable } from '../variable';
import { comparePathParts, entriesOf, isNode } from './node';

/** Attributes of a node in order of traversal. */
export const sortedEntries = (node: object) => entriesOf(node).sort(([a], [b]) => comparePathParts(a, b));

/** Path and value of everything in a graph, static values included: children first, the root last, each object once. Like `flax.nnx.iter_graph`. */
export function* iterGraph(node: object): Generator<[Path, unknown]> {
  yield* visit(node, [], new Set());
}

function* visit(value: unknown, path: Path, seen: Set<unknown>): Generator<[Path, unknown]> {
  const isReference = value instanceof Variable || isNode(value);
  if (isReference) {
    if (seen.has(value)) return;
    seen.add(value);
  }
  if (isReference && !(value instanceof Variable) && !isArrayLeaf(value)) {
    for (const [key, child] of sortedEntries(value as object)) yield* visit(child, [...path, key], seen);
  }
  yield [path, value];
}

/** Groups of paths under which one node or Variable appears more than once. Like `flax.nnx.find_duplicates`. */
export function findDuplicates(root: object): Path[][] {
  const paths = new Map<object, Path[]>();
  const collect = (value: unknown, path: Path): void => {
    if (!(value instanceof Variable) && !isNode(value)) return;
    const known = paths.get(value);
    if (known !== undefined) {
      known.push(path);
      return;
    }
    paths.set(value, [path]);
    if (!(value instanceof Variable)) for (const [key, child] of sortedEntries(value)) collect(child, [...path, key]);
  };
  collect(root, []);
  return [...paths.values()].filter((group) => group.length > 1);
}
