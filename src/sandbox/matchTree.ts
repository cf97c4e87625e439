import { type DType, formatShape, type MatchRow, type Shape, shapesEqual } from '#linnet/core';
import { canonicalPath, commonWrapper } from './leafPaths';

/** A leaf on either side: what is saved, or what the model wants. */
export interface LeafForm {
  readonly path: readonly (string | number)[];
  /** Null for leaves that are no arrays (text, None). */
  readonly shape: Shape | null;
  readonly dtype: DType | null;
}

const formText = ({ shape, dtype }: LeafForm): string => (shape === null ? 'no array' : `${dtype}${formatShape(shape)}`);

/** How the leaves of two trees meet: the index of the saved leaf for each wanted one, and a row of the report for each leaf. */
export interface TreeMatch {
  readonly rows: readonly MatchRow[];
  /** Wanted leaf (index) to saved leaf (index), for leaves that fit. */
  readonly pairs: ReadonlyMap<number, number>;
}

/** Compares by path, ignoring what releases of Flax add to it and a wrapper around the whole tree. None leaves are passed over. */
export function matchTrees(saved: readonly LeafForm[], wanted: readonly LeafForm[]): TreeMatch {
  const paths = saved.map(({ path }) => canonicalPath(path));
  const wrapper = commonWrapper(paths);
  const byPath = new Map(paths.map((path, i) => [path.slice(wrapper.length), i]));
  const pairs = new Map<number, number>();
  const rows: MatchRow[] = wanted.map((leaf, i) => {
    const path = canonicalPath(leaf.path);
    const at = byPath.get(path);
    byPath.delete(path);
    const row = compareLeaf(path, at === undefined ? undefined : saved[at], leaf);
    if (row.status === 'fits' || row.status === 'dtype') pairs.set(i, at!);
    return row;
  });
  for (const [path, at] of byPath) {
    if (saved[at]!.shape === null) continue;
    rows.push({ status: 'unexpected', path, saved: formText(saved[at]!), wanted: null, reason: 'The model has nothing of this name.' });
  }
  return { rows, pairs };
}

function compareLeaf(path: string, saved: LeafForm | undefined, wanted: LeafForm): MatchRow {
  const row = { path, saved: saved === undefined ? null : formText(saved), wanted: formText(wanted) };
  if (saved === undefined || saved.shape === null)
    return { ...row, status: 'missing', reason: 'The checkpoint has no array of this name.' };
  if (!shapesEqual(saved.shape, wanted.shape!)) {
    return {
      ...row,
      status: 'shape',
      reason: `It has the shape ${formatShape(saved.shape)}; the model needs ${formatShape(wanted.shape!)}.`,
    };
  }
  if (saved.dtype !== wanted.dtype) return { ...row, status: 'dtype', reason: `It is ${saved.dtype} and becomes ${wanted.dtype}.` };
  return { ...row, status: 'fits', reason: null };
}
