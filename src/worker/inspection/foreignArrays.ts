import { padOrTruncate, type SavedLeaf } from '#linnet/checkpoint';
import {
  castHostArray,
  type DType,
  type ForeignArrays,
  type HostArray,
  keysText,
  type LeafForm,
  LinnetError,
  type ModelLeaves,
  type Repairs,
  variableKeys,
} from '#linnet/core';
import { matchTrees, type TreeMatch } from './matchTree';
import type { OpenItem } from './upload';

/** A saved leaf as matching sees it. */
export const formOf = ({ path, array }: SavedLeaf): LeafForm => ({
  path: path.map(({ key }) => key),
  shape: array?.shape ?? null,
  dtype: array?.dtype ?? null,
});

const formsOf = ({ tree }: OpenItem): LeafForm[] => tree.leaves.map(formOf);

/** How an item meets the model. */
export const matchItem = (item: OpenItem, { model }: ModelLeaves, repairs: Repairs): TreeMatch => matchTrees(formsOf(item), model, repairs);

/** The item of an upload that holds the optimiser's state, when all of it fits; null when not. Undefined when there is none. */
export function fittingOptimizer(
  items: readonly OpenItem[],
  { optimizer }: ModelLeaves,
): { item: OpenItem; match: TreeMatch } | null | undefined {
  const item = items.find(({ name }) => name === 'optimizer');
  if (item === undefined) return undefined;
  const match = matchTrees(formsOf(item), optimizer);
  return match.fitting === optimizer.length ? { item, match } : null;
}

async function readPairs(item: OpenItem, { pairs }: TreeMatch, wanted: readonly LeafForm[]): Promise<[string, HostArray][]> {
  const read: [string, HostArray][] = [];
  for (const [at, { saved, cut }] of pairs) {
    const { path, shape, dtype } = wanted[at]!;
    const array = await item.tree.readArray(item.tree.leaves[saved]!);
    const shaped = cut ? padOrTruncate(array, shape!) : array;
    const isKey = dtype === 'key<fry>' || shaped.dtype === dtype;
    read.push([keysText(variableKeys(path)), isKey ? shaped : castHostArray(shaped, dtype as DType)]);
  }
  return read;
}

/** Reads what the model takes of an upload, repaired. Everything else of it is left behind. */
export async function foreignArrays(
  name: string,
  item: OpenItem,
  items: readonly OpenItem[],
  leaves: ModelLeaves,
  repairs: Repairs,
): Promise<ForeignArrays> {
  const match = matchItem(item, leaves, repairs);
  if (match.pairs.size === 0) {
    const reasons = match.rows.slice(0, 8).map(({ path, reason }) => `${path}: ${reason}`);
    throw new LinnetError('CheckpointMismatchError', `Nothing of "${name}" fits the model. ${reasons.join(' ')}`);
  }
  const optimizer = fittingOptimizer(items, leaves);
  return {
    name,
    model: await readPairs(item, match, leaves.model),
    zeros: match.rows.flatMap(({ fill, path }) => (fill === 'zeros' ? [path] : [])),
    optimizer: optimizer ? await readPairs(optimizer.item, optimizer.match, leaves.optimizer) : null,
    dropped: match.rows.filter(({ status }) => status === 'unexpected').length,
  };
}
