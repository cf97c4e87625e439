import { dtypeOf, shapeOf } from '../leaf';
import { Variable } from '../variable';
import { matchLeaves } from './matchLeaves';
import { dictLeaves, type StateLike } from './pureDict';
import { type State, stateLeaves } from './state';

export interface ReplaceOptions {
  /** What is put in place of a leaf, given the leaf and the dictionary's value. By default the leaf with that value. */
  readonly replace?: (leaf: any, value: any) => unknown;
  /** Refuses a dictionary that leaves some path out. Without it, what the dictionary does not name stays as it is. */
  readonly complete?: boolean;
}

const replaceValue = (leaf: unknown, value: unknown): unknown => (leaf instanceof Variable ? leaf.replace(value) : value);

/**
 * Puts the arrays of `dict` into `state`, in place. Keys of digits match list positions; a last key `value` or `raw_value` is passed
 * over. All unknown paths and wrong shapes are listed in one error, and then nothing is changed.
 */
export function replaceByPureDict(state: State, dict: StateLike, { replace = replaceValue, complete = false }: ReplaceOptions = {}): void {
  const leaves = stateLeaves(state);
  const slots = leaves.map(([path, leaf]) => ({ path, shape: shapeOf(leaf), dtype: dtypeOf(leaf) }));
  const { values } = matchLeaves(slots, dictLeaves(dict), { action: 'nnx.replaceByPureDict', complete });
  for (const [i, value] of values) {
    const [path, leaf] = leaves[i]!;
    const parent = path.slice(0, -1).reduce<State>((level, part) => level.get(part) as State, state);
    parent.set(path.at(-1)!, replace(leaf, value));
  }
}
