import { flattenWithPath, unflatten } from '#linnet/core';
import type * as nnx from '#linnet/nnx';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { shareTree } from './trainingState';

/** Keys that say where in a chain a rule stands; another schedule or clipping moves them. */
const isPosition = (part: string | number): boolean => typeof part === 'number' || /^\d+$/.test(part);

/** What a leaf of an optimiser's state is, wherever in a chain its rule stands: `mu.linear1.kernel`. */
function meaning(path: readonly (string | number)[]): string {
  const [root, ...rest] = path;
  const first = rest.findIndex((part) => !isPosition(part));
  return [root, ...rest.slice(first)].join('.');
}

/**
 * An optimiser's state in the form of `target`, with every leaf that both have taken from `source`: moments and counts survive when
 * clipping, decay or a schedule come or go. Counters that only the target has start at the number of steps done.
 */
export function carryOver(source: nnx.State, target: nnx.State): nnx.State {
  const known = new Map(flattenWithPath(source).leaves.map(([path, leaf]) => [meaning(path), leaf as JaxArray]));
  const step = known.get('step.value');
  const { leaves, structure } = flattenWithPath(target);
  const filled = leaves.map(([path, leaf]) => {
    const old = known.get(meaning(path));
    if (old !== undefined) return shareTree(old);
    const isCount = path.at(-2) === 'count' && step !== undefined;
    return isCount ? step.astype('int32') : jnp.zerosLike(leaf as JaxArray);
  });
  return unflatten(structure, filled) as nnx.State;
}
