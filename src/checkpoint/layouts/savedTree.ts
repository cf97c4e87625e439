import type { DType, HostArray, Shape } from '#linnet/core';
import type { Json, JsonObject } from '../json';
import type { KeyPath } from '../keyPaths';
import type { ValueType } from '../orbax/metadataFile';
import type { AxisRange } from '../tree';

/** What is known of a saved array before its elements are read. */
export interface SavedArrayInfo {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Shape of one stored piece; undefined for layouts that do not cut arrays. */
  readonly chunkShape: Shape | undefined;
  /** The generator of a typed PRNG key, e.g. `threefry2x32` or `rbg`. */
  readonly randomKeyImpl?: string | undefined;
}

/** One leaf of a saved tree. */
export interface SavedLeaf {
  readonly path: KeyPath;
  /** The keys joined by dots, as the layout names the leaf. */
  readonly name: string;
  readonly valueType: ValueType;
  /** Present exactly for jax.Array, np.ndarray and scalar leaves. */
  readonly array?: SavedArrayInfo;
  /** Present exactly for text leaves. */
  readonly text?: string;
  /** How the leaf lay over devices when it was saved, as the file says it. */
  readonly sharding?: JsonObject;
  /** Shape of one shard as it was written, where the file says it. */
  readonly writeShape?: Shape;
}

/** A tree in a store, opened: every leaf is known, no element is read yet. All layouts give this. */
export interface SavedTree {
  readonly layout: 'orbax' | 'safetensors' | 'npz' | 'json';
  /** Where it lies, for messages. */
  readonly location: string;
  readonly leaves: readonly SavedLeaf[];
  readonly customMetadata: Json;
  /** Elements of an array leaf, or of the part that `ranges` names: then only pieces that overlap it are read. */
  readArray(leaf: SavedLeaf, ranges?: readonly AxisRange[]): Promise<HostArray>;
}
