import { type NpzFile, npzArchive } from '#linnet/format';
import { mapConcurrently } from '../concurrency';
import type { LeafToSave } from '../leaves';
import { arraysByName, treeOfNamedArrays } from './namedArrays';
import type { SavedTree } from './savedTree';

const PARALLEL_HEADERS = 8;

/** Opens an npz file, or a folder of npy files, as a tree: names are split at dots. */
export async function openNpzTree(file: NpzFile, location: string): Promise<SavedTree> {
  const headers = await mapConcurrently(file.names, PARALLEL_HEADERS, async (name) => [name, await file.header(name)] as const);
  return treeOfNamedArrays({
    layout: 'npz',
    location,
    arrays: new Map(headers),
    metadata: new Map(),
    valueType: 'np.ndarray',
    read: (name) => file.read(name),
  });
}

/** A tree as an npz file, in pieces. Only arrays and scalars are kept; a DTypeError for dtypes that NumPy lacks. */
export async function* npzFile(leaves: readonly LeafToSave[]): AsyncGenerator<Uint8Array> {
  yield* npzArchive(await arraysByName(leaves));
}
