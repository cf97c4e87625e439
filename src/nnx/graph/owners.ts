import type { Path } from '#linnet/core';
import type { Variable } from '../variable';
import { flattenGraph } from './flattenGraph';
import { isVariableLeaf, type VariableLeaf } from './variableLeaf';

/** Nodes alive, so that an error can say where in a model a Variable is. Nothing is looked up unless there is one. */
const alive = new Set<WeakRef<object>>();
const forget = new FinalizationRegistry<WeakRef<object>>((node) => alive.delete(node));

/** Remembers a node, weakly, as one that Variables may be looked for in. */
export function remember(node: object): void {
  const reference = new WeakRef(node);
  alive.add(reference);
  forget.register(node, reference);
}

/** All Variables, with their paths, of the largest graph alive that holds `variable`. */
export function modelOf(variable: Variable<any>): readonly VariableLeaf[] {
  let largest: readonly VariableLeaf[] = [[[variable.type.name] as Path, variable]];
  let found = 0;
  for (const reference of alive) {
    const node = reference.deref();
    if (node === undefined) continue;
    const { leaves, objects } = flattenGraph(node);
    if (objects.length <= found || !leaves.some(([, leaf]) => leaf === variable)) continue;
    largest = leaves.filter(isVariableLeaf);
    found = objects.length;
  }
  return largest;
}
