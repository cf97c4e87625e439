import {
  type Fill,
  formatShape,
  keysText,
  type LeafForm,
  type MatchRow,
  type Path,
  type Repairs,
  shapesEqual,
  variableKeys,
} from '#linnet/core';
import { commonWrapper } from './commonWrapper';
import { likelyNames } from './likelyNames';

const formText = ({ shape, dtype }: LeafForm): string => (shape === null ? 'no array' : `${dtype}${formatShape(shape)}`);

/** How the leaves of two trees meet: rows for people, differences first, and for each leaf of the model the index of the saved leaf it is filled from. */
export interface TreeMatch {
  readonly rows: readonly MatchRow[];
  /** Wanted leaf (index) to saved leaf (index), for leaves that are read. `cut`: their shape is changed. */
  readonly pairs: ReadonlyMap<number, { readonly saved: number; readonly cut: boolean }>;
  readonly wrapper: Path;
  /** Leaves of the model that fit without being filled. */
  readonly fitting: number;
}

/** Nothing renamed; what is missing is as in a new model. */
export const NO_REPAIRS: Repairs = { renames: [], fill: 'fresh', fills: [] };

const ORDER: readonly MatchRow['status'][] = ['shape', 'missing', 'unexpected', 'renamed', 'dtype', 'fits'];

interface SavedSide {
  readonly index: number;
  readonly form: LeafForm;
  readonly keys: Path;
  readonly text: string;
}

function savedSides(saved: readonly LeafForm[]): { readonly wrapper: Path; readonly byText: Map<string, SavedSide> } {
  const keys = saved.map(({ path }) => variableKeys(path));
  const wrapper = commonWrapper(keys);
  const sides = saved.map((form, index) => {
    const inner = keys[index]!.slice(wrapper.length);
    return { index, form, keys: inner, text: keysText(inner) };
  });
  return { wrapper, byText: new Map(sides.map((side) => [side.text, side])) };
}

/** Compares by path, ignoring what releases of Flax add to it and a wrapper around the whole tree; `repairs` rename and fill. None leaves are passed over. */
export function matchTrees(saved: readonly LeafForm[], wanted: readonly LeafForm[], repairs: Repairs = NO_REPAIRS): TreeMatch {
  const { wrapper, byText } = savedSides(saved);
  const renamed = new Map(repairs.renames.map(([from, to]) => [to, from]));
  const fills = new Map(repairs.fills);
  const moved = new Set(renamed.values());
  const left = new Map(byText);
  const pairs = new Map<number, { readonly saved: number; readonly cut: boolean }>();
  const rows: MatchRow[] = wanted.map((form, i) => {
    const keys = variableKeys(form.path);
    const text = keysText(keys);
    const name = renamed.get(text) ?? (moved.has(text) ? null : text);
    const side = name === null ? undefined : byText.get(name);
    if (side !== undefined) left.delete(side.text);
    const row = compareLeaf({ keys, text, form }, side, wrapper, fills.get(text) ?? repairs.fill);
    if (side !== undefined && (row.fill === null || row.fill === 'cut')) pairs.set(i, { saved: side.index, cut: row.fill === 'cut' });
    return row;
  });
  const fitting = rows.filter(({ fill }) => fill === null).length;
  for (const side of left.values()) if (side.form.shape !== null) rows.push(unexpectedRow(side, wrapper));
  return { rows: inOrder(withLikely(rows, wanted, left)), pairs, wrapper, fitting };
}

interface WantedSide {
  readonly keys: Path;
  readonly text: string;
  readonly form: LeafForm;
}

function compareLeaf({ keys, text, form }: WantedSide, side: SavedSide | undefined, wrapper: Path, chosen: Fill): MatchRow {
  const row = { path: text, keys, wanted: formText(form), likely: null, fill: null, canCut: false };
  const fill = chosen === 'cut' ? 'fresh' : chosen;
  if (side === undefined || side.form.shape === null) {
    const reason = 'The checkpoint has no array of this name.';
    return { ...row, status: 'missing', from: null, fromKeys: null, saved: null, fill, reason };
  }
  const both = { ...row, from: side.text, fromKeys: [...wrapper, ...side.keys], saved: formText(side.form) };
  if (!shapesEqual(side.form.shape, form.shape!)) {
    const canCut = side.form.shape.length === form.shape!.length;
    const reason = `It has the shape ${formatShape(side.form.shape)}; the model needs ${formatShape(form.shape!)}.`;
    return { ...both, status: 'shape', reason, canCut, fill: canCut ? chosen : fill };
  }
  const cast = side.form.dtype === form.dtype ? null : `It is ${side.form.dtype} and becomes ${form.dtype}.`;
  if (side.text !== text) return { ...both, status: 'renamed', reason: cast };
  return { ...both, status: cast === null ? 'fits' : 'dtype', reason: cast };
}

const unexpectedRow = ({ text, keys, form }: SavedSide, wrapper: Path): MatchRow => ({
  status: 'unexpected',
  path: text,
  from: text,
  keys,
  fromKeys: [...wrapper, ...keys],
  saved: formText(form),
  wanted: null,
  reason: 'The model has nothing of this name.',
  likely: null,
  fill: null,
  canCut: false,
});

/** Rows with the unexpected leaf that each missing one probably is. */
function withLikely(rows: readonly MatchRow[], wanted: readonly LeafForm[], left: ReadonlyMap<string, SavedSide>): readonly MatchRow[] {
  const missing = rows.flatMap((row, i) =>
    row.status === 'missing' || row.status === 'shape' ? [{ text: row.path, form: { ...wanted[i]!, path: row.keys } }] : [],
  );
  const unexpected = [...left.values()].map(({ text, form, keys }) => ({ text, form: { ...form, path: keys } }));
  if (missing.length === 0 || unexpected.length === 0) return rows;
  const likely = likelyNames(missing, unexpected);
  return rows.map((row) => (row.status === 'unexpected' || !likely.has(row.path) ? row : { ...row, likely: likely.get(row.path)! }));
}

const inOrder = (rows: readonly MatchRow[]): readonly MatchRow[] =>
  [...rows].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
