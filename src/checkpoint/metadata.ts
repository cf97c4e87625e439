import type { DType, Shape } from '#linnet/core';
import type { Json, JsonObject } from './json';
import { buildTree } from './keyPaths';
import type { SavedLeaf, SavedTree } from './layouts/savedTree';
import type { ValueType } from './orbax/metadataFile';

/** What is known of one leaf without reading its elements. */
export interface LeafMetadata {
  readonly name: string;
  /** Keys from the root to the leaf. */
  readonly path: readonly string[];
  readonly valueType: ValueType;
  /** Present for arrays and scalars. */
  readonly shape?: Shape;
  readonly dtype?: DType;
  readonly randomKeyImpl?: string;
  /** As the checkpoint says it; Orbax describes devices, nothing here depends on it. */
  readonly sharding?: JsonObject;
  readonly storage?: { readonly chunkShape: Shape | undefined; readonly writeShape: Shape | undefined };
}

/** A checkpoint seen without its elements. */
export interface CheckpointTreeMetadata {
  readonly layout: SavedTree['layout'];
  /** The tree with what is known of each leaf in its place. */
  readonly tree: unknown;
  /** The same leaves in a row. */
  readonly leaves: readonly LeafMetadata[];
  readonly customMetadata: Json;
}

/** Trees have ten thousand leaves: fields are set one by one, which is much quicker than spreading. */
function describeLeaf({ path, name, valueType, array, sharding, writeShape }: SavedLeaf): LeafMetadata {
  const keys = path.map(({ key }) => key);
  if (array === undefined) return { name, valueType, path: keys };
  const storage = { chunkShape: array.chunkShape, writeShape };
  const leaf: Mutable<LeafMetadata> = { name, valueType, shape: array.shape, dtype: array.dtype, storage, path: keys };
  if (array.randomKeyImpl !== undefined) leaf.randomKeyImpl = array.randomKeyImpl;
  if (sharding !== undefined) leaf.sharding = sharding;
  return leaf;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Names, shapes, dtypes, chunks and shardings of an opened tree. */
export function describeTree(saved: SavedTree): CheckpointTreeMetadata {
  const leaves = saved.leaves.map(describeLeaf);
  return {
    layout: saved.layout,
    tree: buildTree(saved.leaves.map((leaf, i) => [leaf.path, leaves[i]] as const)),
    leaves,
    customMetadata: saved.customMetadata,
  };
}
