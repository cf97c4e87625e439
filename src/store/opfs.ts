import { LinnetError } from '#linnet/core';
import { DirectoryStore } from './directoryHandle';
import { keyToPath } from './keys';
import type { WritableStore } from './store';

/** Where the library keeps its slot files, in the root of the origin private file system: not for other stores to touch. */
export const LIBRARY_FOLDER = '.linnet';

/** The folder `path` of the origin private file system, made when it is not there. */
export async function opfsDirectory(path: readonly string[]): Promise<FileSystemDirectoryHandle> {
  if (typeof navigator === 'undefined' || typeof navigator.storage?.getDirectory !== 'function') {
    throw new LinnetError(
      'StorageError',
      'This browser has no origin private file system (OPFS). Use a current browser over https or on localhost.',
    );
  }
  let directory = await navigator.storage.getDirectory();
  for (const part of path) directory = await directory.getDirectoryHandle(part, { create: true });
  return directory;
}

/**
 * Files of the origin private file system below the folder `path` (`/`-separated; '' is its root). In a dedicated worker through
 * sync access handles, elsewhere through `createWritable`. A finished write survives the end of the tab or the browser; names of new
 * files are not synced to disk, so a power cut may lose what was written shortly before. Use the library for what must not be lost.
 */
export function opfsStore(path = ''): WritableStore {
  const name = `opfs:/${path}`;
  const parts = path === '' ? [] : keyToPath(path, name);
  if (parts[0] === LIBRARY_FOLDER) throw new LinnetError('InvalidArgumentError', `${name} belongs to the library; open it as library:/.`);
  return new DirectoryStore(name, () => opfsDirectory(parts), true, parts.length === 0 ? LIBRARY_FOLDER : undefined);
}
