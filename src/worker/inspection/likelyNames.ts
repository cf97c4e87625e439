import { type LeafForm, shapesEqual } from '#linnet/core';

interface Named {
  readonly text: string;
  readonly form: LeafForm;
}

const lastKey = ({ path }: LeafForm): string => String(path.at(-1) ?? '');
const isAlike = (a: LeafForm, b: LeafForm): boolean => a.shape !== null && b.shape !== null && shapesEqual(a.shape, b.shape);

/**
 * For leaves that the model misses, the leaves of the checkpoint that are probably them: same last key and shape, as many on one side
 * as on the other, paired in order. Where names say nothing, a shape that occurs once on both sides does.
 */
export function likelyNames(missing: readonly Named[], unexpected: readonly Named[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  const pair = (isSame: (a: LeafForm, b: LeafForm) => boolean, most: number): void => {
    for (const { text, form } of missing) {
      if (found.has(text)) continue;
      const wanting = missing.filter((other) => !found.has(other.text) && isSame(other.form, form));
      const offered = unexpected.filter((other) => !taken.has(other.text) && isSame(other.form, form));
      if (wanting.length !== offered.length || offered.length > most) continue;
      wanting.forEach((want, i) => {
        found.set(want.text, offered[i]!.text);
        taken.add(offered[i]!.text);
      });
    }
  };
  pair((a, b) => lastKey(a) === lastKey(b) && isAlike(a, b), Number.POSITIVE_INFINITY);
  pair(isAlike, 1);
  return found;
}
