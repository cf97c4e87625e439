import { shapesEqual } from '#linnet/core';
import { detect } from '../detect';
import { showPath } from '../keyPaths';
import type { SavedLeaf, SavedTree } from '../layouts/savedTree';
import { readLeaf } from '../load';
import { savedText } from '../match';
import { openTree } from '../openTree';
import { type PathLike, path } from '../paths/resolve';
import { type OnProgress, progressOver } from '../progress';
import { type ValueDifference, valueDifference } from './valueDifference';

/** One leaf in which two checkpoints differ. */
export interface LeafDifference {
  /** The leaf's keys joined by dots; below a step the item stands in front, after a slash. */
  readonly leaf: string;
  /** `type`: other dtype, shape or kind of leaf. `values`: other elements, text or empty container. */
  readonly kind: 'only in first' | 'only in second' | 'type' | 'values';
  /** What stands there, such as `float32[4, 4]`, or a text itself; absent where the leaf is not. */
  readonly first?: string;
  readonly second?: string;
  /** Present for arrays of kind `values`. */
  readonly values?: ValueDifference;
}

/** How two checkpoints differ: leaves that are the same are only counted. */
export interface CheckpointDifference {
  /** In the order of the first checkpoint, then what only the second has. */
  readonly differences: readonly LeafDifference[];
  /** Leaves that are the same, bit for bit. */
  readonly sameLeaves: number;
}

/** How `diffCheckpoints` works. */
export interface DiffOptions {
  /** Called after each leaf. */
  readonly onProgress?: OnProgress;
  /** Called with each difference as it is found. */
  readonly onDifference?: (difference: LeafDifference) => void;
}

/** The trees at a place by the item's name; a lone tree has the name "". */
async function treesAt(source: PathLike): Promise<Map<string, SavedTree>> {
  const place = await path(source);
  const found = await detect(place);
  const items = found.kind === 'step' || found.kind === 'v1' ? [...found.items].filter(([, kind]) => kind === 'tree') : [];
  if (items.length < 2) return new Map([['', await openTree(place)]]);
  return new Map(await Promise.all(items.map(async ([name]) => [name, await openTree(found.path.join(name))] as const)));
}

const EMPTY: Pick<SavedTree, 'leaves'> = { leaves: [] };

/** A leaf on both sides, or on one. */
interface Pair {
  readonly name: string;
  readonly first?: { readonly tree: SavedTree; readonly leaf: SavedLeaf };
  readonly second?: { readonly tree: SavedTree; readonly leaf: SavedLeaf };
}

function pairsOf(item: string, first: SavedTree | undefined, second: SavedTree | undefined): Pair[] {
  const nameOf = (leaf: SavedLeaf): string => (item === '' ? showPath(leaf.path) : `${item}/${showPath(leaf.path)}`);
  const others = new Map((second ?? EMPTY).leaves.map((leaf) => [leaf.name, leaf]));
  const pairs = (first ?? EMPTY).leaves.map((leaf): Pair => {
    const other = others.get(leaf.name);
    others.delete(leaf.name);
    const pair = { name: nameOf(leaf), first: { tree: first!, leaf } };
    return other === undefined ? pair : { ...pair, second: { tree: second!, leaf: other } };
  });
  return [...pairs, ...[...others.values()].map((leaf): Pair => ({ name: nameOf(leaf), second: { tree: second!, leaf } }))];
}

const hasOtherType = (a: SavedLeaf, b: SavedLeaf): boolean =>
  (a.array === undefined) !== (b.array === undefined) ||
  a.array?.dtype !== b.array?.dtype ||
  !shapesEqual(a.array?.shape ?? [], b.array?.shape ?? []);

/** What stands at a leaf without an array, in words. */
const contentText = (leaf: SavedLeaf): string => leaf.text ?? leaf.valueType;

async function comparePair({ name, first, second }: Pair): Promise<LeafDifference | undefined> {
  if (first === undefined) return { leaf: name, kind: 'only in second', second: savedText(second!.leaf) };
  if (second === undefined) return { leaf: name, kind: 'only in first', first: savedText(first.leaf) };
  const [a, b] = [first.leaf, second.leaf];
  const texts = { first: savedText(a), second: savedText(b) };
  if (hasOtherType(a, b)) return { leaf: name, kind: 'type', ...texts };
  if (a.array === undefined) {
    const same = a.valueType === b.valueType && a.text === b.text;
    return same ? undefined : { leaf: name, kind: 'values', first: contentText(a), second: contentText(b) };
  }
  const [x, y] = await Promise.all([readLeaf(first.tree, a), readLeaf(second.tree, b)]);
  const values = valueDifference(x, y);
  return values === undefined ? undefined : { leaf: name, kind: 'values', ...texts, values };
}

/**
 * Compares two checkpoints leaf by leaf, bit for bit: what only one has, what has another dtype or shape, and by how much values differ.
 * Two steps with several items are compared item by item. One leaf of each is in memory at a time; leaves on one side only are not read.
 * Errors as of a restore.
 */
export async function diffCheckpoints(
  first: PathLike,
  second: PathLike,
  { onProgress, onDifference }: DiffOptions = {},
): Promise<CheckpointDifference> {
  const [a, b] = [await treesAt(first), await treesAt(second)];
  const pairs = [...new Set([...a.keys(), ...b.keys()])].flatMap((item) => pairsOf(item, a.get(item), b.get(item)));
  const arrayOf = ({ first: one, second: other }: Pair) => (one ?? other)!.leaf.array;
  const done = progressOver(pairs.map(arrayOf), onProgress);
  const differences: LeafDifference[] = [];
  for (const pair of pairs) {
    const difference = await comparePair(pair);
    if (difference !== undefined) {
      differences.push(difference);
      onDifference?.(difference);
    }
    done(arrayOf(pair));
  }
  const onlySecond = ({ kind }: LeafDifference): boolean => kind === 'only in second';
  return {
    differences: [...differences.filter((found) => !onlySecond(found)), ...differences.filter(onlySecond)],
    sameLeaves: pairs.length - differences.length,
  };
}
