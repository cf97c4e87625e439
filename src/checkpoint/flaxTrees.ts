import { type KeyPart, type KeyPath, paramName, pathIdentity } from './keyPaths';
import type { LeafToSave } from './leaves';

/** Flax releases whose trees differ: 0.10 keeps None where a layer has no bias, and its Orbax cannot restore typed PRNG keys. */
export type FlaxVersion = '0.12' | '0.10';

/** Names of the parameter beside which older Flax has a `bias`, and which dimension it needs to have at least. */
const BIASED = new Map([
  ['kernel', 2],
  ['scale', 1],
]);

const ends = (path: KeyPath): { parent: KeyPath; key: string; suffix: readonly KeyPart[] } | undefined => {
  const suffix = path.at(-1)?.key === 'value' ? path.slice(-1) : [];
  const own = path.length - suffix.length - 1;
  return own < 0 ? undefined : { parent: path.slice(0, own), key: path[own]!.key, suffix };
};

/** The None leaf for the bias that a layer of older Flax has beside this parameter, unless the tree has one there. */
function missingBias({ path, array }: LeafToSave, taken: ReadonlySet<string>): LeafToSave[] {
  const place = ends(path);
  const minRank = place === undefined ? undefined : BIASED.get(place.key);
  if (place === undefined || minRank === undefined || array === undefined || array.shape.length < minRank) return [];
  const bias: KeyPath = [...place.parent, { key: 'bias', type: 'dict' }, ...place.suffix];
  return taken.has(pathIdentity(bias)) ? [] : [{ path: bias, name: paramName(bias), valueType: 'None' }];
}

/** Keys of older Flax are plain arrays of words. */
function withPlainKeys(leaf: LeafToSave): LeafToSave {
  const { array } = leaf;
  if (array === undefined) return leaf;
  const { randomKeyImpl: _, ...plain } = array;
  if (array.dtype !== 'key<fry>') return { ...leaf, array: plain };
  const shape = [...array.shape, 2];
  const read = async () => ({ dtype: 'uint32' as const, shape, data: (await array.read()).data });
  return { ...leaf, array: { dtype: 'uint32', shape, read } };
}

/** The leaves as models of that Flax release expect them. */
export function forFlax(leaves: readonly LeafToSave[], version: FlaxVersion): readonly LeafToSave[] {
  if (version === '0.12') return leaves;
  const taken = new Set(leaves.map(({ path }) => pathIdentity(path)));
  // Beside its parameter: older Orbax needs the entries of a sequence in the order of their index.
  return leaves.flatMap((leaf) => [withPlainKeys(leaf), ...missingBias(leaf, taken)]);
}
