import type { ComparedLeaf, Comparison } from '#linnet/core';

/** The leaves of one item of a step (model, optimizer, rngs) that differ. */
export interface CompareGroup {
  readonly item: string;
  readonly leaves: readonly (ComparedLeaf & {
    /** Without the item, and without the `value` that Flax ends Variables with. */ readonly path: string;
  })[];
}

export type CompareOrder = 'tree' | 'largest';

/** How far a leaf is from being the same: what is on one side only, or of another shape, stands before any change of values. */
const size = ({ kind, values }: ComparedLeaf): number =>
  kind === 'values' ? (values === undefined || values.notFinite > 0 ? Number.MAX_VALUE : (values.largest ?? 0)) : Number.POSITIVE_INFINITY;

/** The differences by item, as the checkpoint has them or the largest change first. */
export function compareGroups({ differences }: Comparison, order: CompareOrder): readonly CompareGroup[] {
  const groups = new Map<string, CompareGroup['leaves'][number][]>();
  for (const difference of differences) {
    const at = difference.leaf.indexOf('/');
    const item = at < 0 ? '' : difference.leaf.slice(0, at);
    const list = groups.get(item) ?? [];
    list.push({ ...difference, path: difference.leaf.slice(at + 1).replace(/\.value$/, '') });
    groups.set(item, list);
  }
  return [...groups].map(([item, leaves]) => ({
    item,
    leaves: order === 'tree' ? leaves : leaves.toSorted((a, b) => size(b) - size(a)),
  }));
}
