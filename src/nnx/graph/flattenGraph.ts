import type { Path, PathPart } from '#linnet/core';
import { type ArrayLike, isArrayLeaf } from '../leaf';
import { Variable } from '../variable';
import { type AttributeDef, GraphDef, type NodeDef } from './graphDef';
import { comparePathParts, entriesOf, isNode, nodeType } from './node';

/** What a graph keeps at one place: a Variable, or a bare array. */
export type GraphLeaf = Variable<any> | ArrayLike;

/** A graph taken apart: its architecture, its leaves in order of traversal, and every shared object by its index. */
export interface FlatGraph<M = unknown> {
  readonly graphdef: GraphDef<M>;
  readonly leaves: readonly (readonly [Path, GraphLeaf])[];
  /** Nodes and Variables by index of first visit. */
  readonly objects: readonly object[];
}

/**
 * Takes the graph below `root` apart. Depth first, attributes sorted by name; each node and Variable gets an index at the first visit,
 * later visits become references. So what is shared appears once, under the first path, and cycles end.
 */
export function flattenGraph<M extends object>(root: M): FlatGraph<M> {
  const indexes = new Map<object, number>();
  const leaves: (readonly [Path, GraphLeaf])[] = [];
  const path: PathPart[] = [];

  const register = (object: object): number => {
    const index = indexes.size;
    indexes.set(object, index);
    return index;
  };

  const visitVariable = (variable: Variable<any>): AttributeDef => {
    const index = register(variable);
    leaves.push([[...path], variable]);
    return { kind: 'variable', index, type: variable.type, metadata: variable.metadata, shape: variable.shape, dtype: variable.dtype };
  };

  const visit = (value: unknown): AttributeDef => {
    if (typeof value !== 'object' || value === null) return { kind: 'static', value };
    const known = indexes.get(value);
    if (known !== undefined) return { kind: 'reference', index: known };
    if (value instanceof Variable) return visitVariable(value);
    if (isArrayLeaf(value)) {
      leaves.push([[...path], value]);
      return { kind: 'array', shape: value.shape };
    }
    return isNode(value) ? visitNode(value) : { kind: 'static', value };
  };

  const visitNode = (node: object): NodeDef => {
    const index = register(node);
    const entries = entriesOf(node);
    const sorted = [...entries].sort(([a], [b]) => comparePathParts(a, b));
    const attributes = sorted.map(([key, value]): readonly [PathPart, AttributeDef] => {
      path.push(key);
      const attribute = visit(value);
      path.pop();
      return [key, attribute];
    });
    return { kind: 'node', index, type: nodeType(node), attributes, declared: entries.map(([key]) => key) };
  };

  const graphdef = new GraphDef<M>(visitNode(root));
  return { graphdef, leaves, objects: [...indexes.keys()] };
}
