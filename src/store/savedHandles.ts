import { type DBSchema, openDB } from 'idb';
import { attempting } from './platformError';

/** A folder that the person picked earlier. */
export interface SavedHandle {
  /** The name it was saved under. */
  readonly name: string;
  readonly handle: FileSystemDirectoryHandle;
  /** Wall clock, milliseconds since 1970. */
  readonly savedAt: number;
}

/** Whether a folder may be used: now, after asking, or not. */
export type FolderPermission = 'granted' | 'prompt' | 'denied';

type Access = { readonly mode: 'read' | 'readwrite' };

/** Parts of File System Access that only some browsers have. */
interface PermissionHandle {
  queryPermission?(access: Access): Promise<FolderPermission>;
  requestPermission?(access: Access): Promise<FolderPermission>;
}

interface Schema extends DBSchema {
  folders: { key: string; value: SavedHandle };
}

const DATABASE = 'linnet-folders';

const open = (databaseName: string) =>
  openDB<Schema>(databaseName, 1, { upgrade: (database) => void database.createObjectStore('folders') });

/** Folders that the person picked, kept across visits. */
export class SavedHandles {
  readonly #databaseName: string;

  constructor(databaseName = DATABASE) {
    this.#databaseName = databaseName;
  }

  /** Keeps a folder under a name; one of the same name is replaced. */
  save(name: string, handle: FileSystemDirectoryHandle): Promise<void> {
    return this.#using('Keeping the folder', async (database) => {
      await database.put('folders', { name, handle, savedAt: Date.now() }, name);
    });
  }

  /** Every kept folder, by name. */
  list(): Promise<SavedHandle[]> {
    return this.#using('Listing the kept folders', (database) => database.getAll('folders'));
  }

  /** Forgets a folder; its files stay. */
  forget(name: string): Promise<void> {
    return this.#using('Forgetting the folder', (database) => database.delete('folders', name));
  }

  async #using<T>(attempted: string, work: (database: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
    return attempting(attempted, async () => {
      const database = await open(this.#databaseName);
      try {
        return await work(database);
      } finally {
        database.close();
      }
    });
  }
}

/** Whether a folder may be used without asking. Permission ends with the visit in most browsers. */
export function folderPermission(handle: FileSystemDirectoryHandle, mode: Access['mode'] = 'readwrite'): Promise<FolderPermission> {
  return attempting(
    `Asking about the folder ${handle.name}`,
    async () => (await (handle as PermissionHandle).queryPermission?.({ mode })) ?? 'granted',
  );
}

/** Asks the person to allow the use of a folder. Browsers show the question only in answer to a click or key. */
export function askForFolder(handle: FileSystemDirectoryHandle, mode: Access['mode'] = 'readwrite'): Promise<FolderPermission> {
  return attempting(
    `Asking for the folder ${handle.name}`,
    async () => (await (handle as PermissionHandle).requestPermission?.({ mode })) ?? 'granted',
  );
}
