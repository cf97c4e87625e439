import type { DisplayNode } from '#linnet/core';

/** One text per path: key parts quoted as JSON, so that no two paths meet. */
export const nodeKey = ({ path }: DisplayNode): string => JSON.stringify(path);

/** Whether there is more to see than one line. */
export const canUnfold = ({ children, array }: DisplayNode): boolean => children.length > 0 || array !== null;

/** Lines that a tree is unfolded to at first. */
const FIRST_LINES = 40;

const holdsArrays = ({ array, children }: DisplayNode): boolean => array !== null || children.some(holdsArrays);

/** Keys of the parts that are unfolded at first: level by level, while the lines last. Arrays stay folded, and parts without any. */
export function unfoldedAtFirst(root: DisplayNode): ReadonlySet<string> {
  const keys = new Set<string>();
  let lines = 1;
  let level = [root];
  while (level.length > 0) {
    const groups = level.filter((node) => node.array === null && holdsArrays(node));
    lines += groups.reduce((sum, { children }) => sum + children.length, 0);
    if (lines > FIRST_LINES && keys.size > 0) return keys;
    for (const group of groups) keys.add(nodeKey(group));
    level = groups.flatMap(({ children }) => children);
  }
  return keys;
}
