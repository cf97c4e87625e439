import { openSafetensors, type RandomAccess, safetensorsPieces } from '#linnet/format';
import type { LeafToSave } from '../leaves';
import { arraysByName, treeOfNamedArrays, treeTexts } from './namedArrays';
import type { SavedTree } from './savedTree';

/** Opens a safetensors file as a tree. Names are split at dots, unless Linnet wrote the file and says which tree it is. */
export async function openSafetensorsTree(source: RandomAccess, location: string): Promise<SavedTree> {
  const file = await openSafetensors(source);
  return treeOfNamedArrays({
    layout: 'safetensors',
    location,
    arrays: file.tensors,
    metadata: file.metadata,
    valueType: 'jax.Array',
    read: (name) => file.read(file.tensors.get(name)!),
  });
}

/** A tree as a safetensors file, in pieces. A DTypeError for dtypes that the format lacks. */
export async function* safetensorsFile(leaves: readonly LeafToSave[]): AsyncGenerator<Uint8Array> {
  yield* safetensorsPieces(await arraysByName(leaves), treeTexts(leaves));
}
