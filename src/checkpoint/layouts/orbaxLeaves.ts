import { LinnetError } from '#linnet/core';
import { paramName } from '../keyPaths';
import { isArrayType, type MetadataLeaf } from '../orbax/metadataFile';

/** A leaf of `_METADATA` with the name under which its data is stored. */
export interface NamedLeaf extends MetadataLeaf {
  readonly name: string;
}

/** The leaves with their names; two that would share their data are refused. */
export function nameLeaves(leaves: readonly MetadataLeaf[]): NamedLeaf[] {
  const seen = new Set<string>();
  return leaves.map((leaf) => {
    const name = paramName(leaf.path);
    if (isArrayType(leaf.valueType) || leaf.valueType === 'string') {
      if (seen.has(name)) throw new LinnetError('CorruptFileError', `_METADATA has two leaves whose data would be called "${name}".`);
      seen.add(name);
    }
    return { ...leaf, name };
  });
}

const ARRAY_FILE = /^(.*)\/(?:\.zarray|zarr\.json)$/s;

/** Leaves guessed from the names of arrays, for checkpoints without `_METADATA`: split at dots, all keys taken for dictionary keys. */
export function leavesFromKeys(keys: readonly string[]): NamedLeaf[] {
  return keys.flatMap((key) => {
    const name = ARRAY_FILE.exec(key)?.[1];
    if (name === undefined) return [];
    const path = name.split('.').map((part) => ({ key: part, type: 'dict' as const }));
    return [{ path, name, valueType: 'jax.Array' as const }];
  });
}
