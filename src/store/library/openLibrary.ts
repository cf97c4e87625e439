import { LinnetError } from '#linnet/core';
import { localLocks } from '../locks';
import { LIBRARY_FOLDER } from '../opfs';
import { CatalogJournal } from './catalogJournal';
import { IndexedDbCatalog } from './indexedDbCatalog';
import { Library, type LibraryParts } from './library';
import { memoryCatalog } from './memoryCatalog';
import { opfsSlots } from './opfsSlots';
import { noSlots } from './slotBackend';

/** Settings of a browser's library. */
export interface OpenLibraryOptions extends Partial<Omit<LibraryParts, 'catalog' | 'slots' | 'mirror'>> {
  /** Which library; a site can have several. */
  readonly name?: string;
}

/**
 * This browser's durable library: the catalogue in IndexedDB, large checkpoints in slot files (written in workers only; elsewhere
 * IndexedDB takes them too), and a second copy of the catalogue and of small checkpoints in a file.
 */
export async function openLibrary(options: OpenLibraryOptions = {}): Promise<Library> {
  const { name = 'linnet-library', ...parts } = options;
  if (typeof indexedDB === 'undefined')
    throw new LinnetError(
      'StorageError',
      'There is no IndexedDB here, so nothing can be saved durably. In Node use a folder or openMemoryLibrary.',
    );
  const hasOpfs = typeof navigator.storage?.getDirectory === 'function';
  const slots = hasOpfs ? opfsSlots([LIBRARY_FOLDER, name]) : noSlots;
  const mirror = hasOpfs ? { mirror: new CatalogJournal(opfsSlots([LIBRARY_FOLDER, `${name}.journal`])) } : {};
  return Library.over({ catalog: new IndexedDbCatalog(name), slots, ...mirror, ...parts });
}

/** A library that lives as long as the object: for tests, for Node, and for a browser that allows no storage. */
export function openMemoryLibrary(parts: Partial<LibraryParts> = {}): Promise<Library> {
  // Its locks are its own: the memory of another tab has runs of the same ids.
  return Library.over({ catalog: memoryCatalog(), slots: noSlots, locks: localLocks(), ...parts });
}
