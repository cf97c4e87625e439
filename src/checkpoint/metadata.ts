import type { DType, Shape } from '#linnet/core';
import type { Json, JsonObject } from './json';
import { buildTree } from './keyPaths';
import type { SavedLeaf, SavedTree } from './layouts/savedTree';
import type { ValueType } from './orbax/metadataFile';

/** What is known of one leaf without reading its elements. */
export interface LeafMetadata {
  readonly name: string;
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
  /** The tree with LeafMetadata in place of its leaves. */
  readonly tree: unknown;
  /** The same leaves in a row, with their paths. */
  readonly leaves: readonly (LeafMetadata & { readonly path: readonly string[] })[];
  readonly customMetadata: Json;
}

function describeLeaf({ name, valueType, array, sharding, writeShape }: SavedLeaf): LeafMetadata {
  if (array === undefined) return { name, valueType };
  return {
    name,
    valueType,
    shape: array.shape,
    dtype: array.dtype,
    ...(array.randomKeyImpl === undefined ? {} : { randomKeyImpl: array.randomKeyImpl }),
    ...(sharding === undefined ? {} : { sharding }),
    storage: { chunkShape: array.chunkShape, writeShape },
  };
}

/** Names, shapes, dtypes, chunks and shardings of an opened tree. */
export function describeTree(saved: SavedTree): CheckpointTreeMetadata {
  const leaves = saved.leaves.map((leaf) => ({ leaf, metadata: describeLeaf(leaf) }));
  return {
    layout: saved.layout,
    tree: buildTree(leaves.map(({ leaf, metadata }) => [leaf.path, metadata] as const)),
    leaves: leaves.map(({ leaf, metadata }) => ({ ...metadata, path: leaf.path.map(({ key }) => key) })),
    customMetadata: saved.customMetadata,
  };
}
