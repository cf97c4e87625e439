import { isPlainContainer } from '../graph/node';
import { Variable } from '../variable';
import { toPureDict } from './pureDict';
import { State } from './state';

/** `tree` with arrays in place of Variables and plain dictionaries in place of States. Like `flax.nnx.as_pure`. */
export function asPure(tree: unknown): unknown {
  if (tree instanceof State) return toPureDict(tree);
  if (tree instanceof Variable) return tree.value;
  if (Array.isArray(tree)) return tree.map(asPure);
  if (!isPlainContainer(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, asPure(value)]));
}
