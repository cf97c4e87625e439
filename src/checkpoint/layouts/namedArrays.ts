import { type DType, encodeUtf8, type HostArray, LinnetError, type Shape } from '#linnet/core';
import { type LeafToSave, storedForm } from '../leaves';
import { type ArrayMetadata, encodeArrayMetadatas, parseArrayMetadatas } from '../orbax/arrayMetadatas';
import { encodeTreeMetadata, isArrayType, type MetadataLeaf, parseTreeMetadata, type ValueType } from '../orbax/metadataFile';
import { encodeStrings, parseStrings } from '../orbax/strings';
import type { AxisRange } from '../tree';
import { cutOut } from './cutOut';
import type { SavedLeaf, SavedTree } from './savedTree';

/** Texts beside the arrays that say which tree they form. Files from elsewhere have none: their names are split at dots. */
const TREE = 'linnet.tree';
const STRINGS = 'linnet.strings';
const ARRAYS = 'linnet.arrays';

/** A file of arrays by name, its headers read. */
export interface NamedArrays {
  readonly layout: 'safetensors' | 'npz' | 'json';
  readonly location: string;
  readonly arrays: ReadonlyMap<string, { readonly dtype: DType; readonly shape: Shape }>;
  /** Texts by name. */
  readonly metadata: ReadonlyMap<string, string>;
  /** What an array without further word counts as. */
  readonly valueType: ValueType;
  read(name: string): Promise<HostArray>;
}

function leavesOf({ arrays, metadata, valueType }: NamedArrays): MetadataLeaf[] {
  const text = metadata.get(TREE);
  if (text !== undefined) return [...parseTreeMetadata(encodeUtf8(text)).leaves];
  return [...arrays.keys()].map((name) => ({ path: name.split('.').map((key) => ({ key, type: 'dict' as const })), valueType }));
}

function toSavedLeaf(
  file: NamedArrays,
  leaf: MetadataLeaf,
  texts: (name: string) => string | undefined,
  keys: ReadonlyMap<string, ArrayMetadata>,
): SavedLeaf {
  const name = leaf.path.map(({ key }) => key).join('.');
  const { path, valueType } = leaf;
  if (valueType === 'string') return { path, name, valueType, text: texts(name) ?? '' };
  if (!isArrayType(valueType)) return { path, name, valueType };
  const array = file.arrays.get(name);
  if (array === undefined) throw new LinnetError('CorruptFileError', `${file.location} names the leaf "${name}", but has no such array.`);
  const randomKeyImpl = keys.get(name)?.randomKeyImpl;
  const isTyped = randomKeyImpl === 'threefry2x32' && array.dtype === 'uint32' && array.shape.at(-1) === 2;
  const shown = isTyped ? { dtype: 'key<fry>' as const, shape: array.shape.slice(0, -1) } : array;
  return { path, name, valueType, array: { ...shown, chunkShape: undefined, ...(randomKeyImpl === undefined ? {} : { randomKeyImpl }) } };
}

/** A file of named arrays as a tree. */
export function treeOfNamedArrays(file: NamedArrays): SavedTree {
  const [strings, keys] = [file.metadata.get(STRINGS), file.metadata.get(ARRAYS)];
  const texts = strings === undefined ? () => undefined : parseStrings(encodeUtf8(strings));
  const entries = keys === undefined ? [] : parseArrayMetadatas(encodeUtf8(keys), ARRAYS);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const leaves = leavesOf(file).map((leaf) => toSavedLeaf(file, leaf, texts, byName));
  return {
    layout: file.layout,
    location: file.location,
    leaves,
    customMetadata: null,
    async readArray(leaf: SavedLeaf, ranges?: readonly AxisRange[]): Promise<HostArray> {
      const { data } = await file.read(leaf.name);
      const { dtype, shape } = leaf.array!;
      return cutOut({ dtype, shape, data }, ranges);
    },
  };
}

const decoder = new TextDecoder();

/** The arrays of leaves by name, as their files hold them. */
export async function arraysByName(leaves: readonly LeafToSave[]): Promise<Map<string, HostArray>> {
  const arrays = new Map<string, HostArray>();
  for (const { name, array } of leaves) if (array !== undefined) arrays.set(name, storedForm(await array.read()));
  return arrays;
}

/** The texts that say which tree the arrays form. */
export function treeTexts(leaves: readonly LeafToSave[]): Map<string, string> {
  const tree = encodeTreeMetadata({ leaves, useOcdbt: undefined, useZarr3: false, customMetadata: null });
  const texts = new Map([[TREE, decoder.decode(tree)]]);
  const strings = leaves.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text] as const]));
  if (strings.length > 0) texts.set(STRINGS, decoder.decode(encodeStrings(new Map(strings))));
  const keys = leaves.flatMap(({ name, array }): ArrayMetadata[] => {
    const randomKeyImpl = array?.dtype === 'key<fry>' ? 'threefry2x32' : array?.randomKeyImpl;
    return array === undefined || randomKeyImpl === undefined
      ? []
      : [{ name, writeShape: array.shape, chunkShape: array.shape, randomKeyImpl }];
  });
  if (keys.length > 0) texts.set(ARRAYS, decoder.decode(encodeArrayMetadatas(keys)));
  return texts;
}
