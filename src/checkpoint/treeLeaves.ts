import type { SavedTree } from './layouts/savedTree';
import type { LeafToSave } from './leaves';

/** The leaves of an opened tree, to be written elsewhere: each array is read when its turn comes. */
export function leavesOf(saved: SavedTree): LeafToSave[] {
  return saved.leaves.map((leaf): LeafToSave => {
    const { path, name, valueType, text, array } = leaf;
    if (array === undefined) return { path, name, valueType, ...(text === undefined ? {} : { text }) };
    const { dtype, shape, randomKeyImpl } = array;
    return {
      path,
      name,
      valueType,
      array: { dtype, shape, ...(randomKeyImpl === undefined ? {} : { randomKeyImpl }), read: () => saved.readArray(leaf) },
    };
  });
}
