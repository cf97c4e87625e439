import { matchLeaves } from '../state/matchLeaves';
import { dictLeaves, type StateLike } from '../state/pureDict';
import { Variable } from '../variable';
import { flattenGraph } from './flattenGraph';
import { checkGraphDef, type GraphDef, leafDefs } from './graphDef';
import { remember } from './owners';
import { rebuildGraph } from './rebuildGraph';

/**
 * The module of `graphdef` with the leaves of `states` (States or pure dictionaries; where paths agree, the last counts). Missing and
 * unexpected paths and wrong shapes are all listed in one error. Leaves may be abstract. Like `flax.nnx.merge`, but the module owns its
 * Variables: writing to it does not change the States.
 */
export function merge<M>(graphdef: GraphDef<M>, ...states: StateLike[]): M {
  checkGraphDef(graphdef);
  const slots = leafDefs(graphdef.root);
  const given = states.flatMap((state) => dictLeaves(state));
  const { values } = matchLeaves(slots, given, { action: 'nnx.merge', complete: true });
  let next = 0;
  const { root } = rebuildGraph(graphdef, { nextLeaf: () => values.get(next++) });
  remember(root as object);
  return root;
}

/** A copy of `node` with its own Variables and the same sharing. Like `flax.nnx.clone`. */
export function clone<M extends object>(node: M): M {
  const { graphdef, leaves } = flattenGraph(node);
  let next = 0;
  const nextLeaf = (): unknown => {
    const leaf = leaves[next++]![1];
    return leaf instanceof Variable ? leaf.copy() : leaf;
  };
  const { root } = rebuildGraph(graphdef, { nextLeaf });
  remember(root);
  return root;
}
