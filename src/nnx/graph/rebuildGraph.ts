import type { PathPart } from '#linnet/core';
import { Variable } from '../variable';
import type { AttributeDef, GraphDef, NodeDef } from './graphDef';
import { assignEntries, createNode } from './node';

/** Where a rebuilt graph takes its parts from. */
export interface RebuildSource {
  /** The next leaf in order of traversal. A Variable is put into the graph itself; any other value is wrapped as its GraphDef says. */
  readonly nextLeaf: () => unknown;
  /** An object to be filled again instead of a new one, by index. */
  readonly existing?: (index: number) => object | undefined;
  /** Gives an existing Variable its new value. */
  readonly write?: (variable: Variable<any>, value: unknown) => void;
}

/** A graph rebuilt, with its nodes and Variables by index. */
export interface RebuiltGraph<M> {
  readonly root: M;
  readonly objects: readonly object[];
}

/** The graph of `graphdef` with leaves from `source`: sharing and cycles as they were. Inverse of `flattenGraph`. */
export function rebuildGraph<M>(graphdef: GraphDef<M>, source: RebuildSource): RebuiltGraph<M> {
  const objects: object[] = [];

  const buildVariable = (def: AttributeDef & { kind: 'variable' }): object => {
    const leaf = source.nextLeaf();
    const known = source.existing?.(def.index);
    if (known instanceof Variable) {
      source.write?.(known, leaf);
      objects[def.index] = known;
      return known;
    }
    const variable = leaf instanceof Variable ? leaf : new def.type(leaf, def.metadata);
    objects[def.index] = variable;
    return variable;
  };

  const build = (def: AttributeDef): unknown => {
    switch (def.kind) {
      case 'static':
        return def.value;
      case 'array':
        return source.nextLeaf();
      case 'reference':
        return objects[def.index];
      case 'variable':
        return buildVariable(def);
      case 'node':
        return buildNode(def);
    }
  };

  const buildNode = (def: NodeDef): object => {
    const node = source.existing?.(def.index) ?? createNode(def.type);
    objects[def.index] = node;
    const values = new Map<PathPart, unknown>();
    for (const [key, attribute] of def.attributes) values.set(key, build(attribute));
    assignEntries(
      node,
      def.declared.map((key) => [key, values.get(key)]),
    );
    return node;
  };

  return { root: buildNode(graphdef.root) as M, objects };
}
