import { CheckpointPath, exportDirectory, verify } from '#linnet/checkpoint';
import { type FolderInfo, type FolderStep, LinnetError } from '#linnet/core';
import { directoryHandleStore, folderPermission, type SavedHandle, SavedHandles, type WritableStore } from '#linnet/store';
import { fileName } from './exporting';

/** Deepest folder in which a step of Linnet's is looked for: `<run>/<step>`. */
const STEP = /^((?:[^/]+\/)?\d+)\/_CHECKPOINT_METADATA$/;

/** Files of a folder with their paths, as a person would drop them. */
export interface FolderFiles {
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly blob: Blob }[];
}

/** Folders of this computer that the person picked as places for checkpoints. Each is a root of `<run name>/<step>`, as Orbax has them. */
export class Folders {
  readonly #handles: SavedHandles;

  constructor(handles = new SavedHandles()) {
    this.#handles = handles;
  }

  /** Keeps a folder for later visits, under its name. */
  keep(handle: FileSystemDirectoryHandle): Promise<void> {
    return this.#handles.save(handle.name, handle);
  }

  /** Lets go of a folder; what is in it stays. */
  forget(name: string): Promise<void> {
    return this.#handles.forget(name);
  }

  /** Every kept folder, and whether it may be used in this visit. */
  async list(): Promise<FolderInfo[]> {
    const kept = await this.#handles.list();
    return Promise.all(
      kept.map(async ({ name, handle, savedAt }) => ({ name, handle, keptAtMs: savedAt, permission: await folderPermission(handle) })),
    );
  }

  /** The steps in a folder, by path. */
  async steps(name: string): Promise<FolderStep[]> {
    const store = await this.#open(name);
    const entries = await store.list();
    const paths = entries.flatMap(({ key }) => STEP.exec(key)?.[1] ?? []);
    return paths.map((path) => {
      const files = entries.filter(({ key }) => key.startsWith(`${path}/`));
      return { path, byteLength: files.reduce((sum, { byteLength }) => sum + byteLength, 0) };
    });
  }

  /** Writes a step into a folder as `<run name>/<step>` and checks every byte of it there. What was there under that path is replaced. */
  async write(name: string, place: CheckpointPath, runName: string, step: number): Promise<FolderStep> {
    const store = await this.#open(name);
    const path = `${fileName(runName)}/${step}`;
    const written = new CheckpointPath(store).join(fileName(runName)).join(String(step));
    await exportDirectory(place, written, { force: true });
    const damage = (await verify(written)).filter(({ severity }) => severity === 'error');
    if (damage.length > 0) {
      throw new LinnetError('StorageError', `${path} was written into the folder ${name}, but reads differently: ${damage[0]!.message}`);
    }
    return (await this.steps(name)).find((found) => found.path === path) ?? { path, byteLength: 0 };
  }

  /** The files of a step in a folder, to be looked into like an upload. */
  async open(name: string, path: string): Promise<FolderFiles> {
    const { handle } = await this.#kept(name);
    let folder = handle;
    for (const part of path.split('/')) folder = await folder.getDirectoryHandle(part);
    const files: { path: string; blob: Blob }[] = [];
    await collectFiles(folder, folder.name, files);
    return { name: `${name}/${path}`, files };
  }

  async #open(name: string): Promise<WritableStore> {
    const { handle } = await this.#kept(name);
    if ((await folderPermission(handle)) !== 'granted') {
      throw new LinnetError('StorageError', `The folder ${name} may not be used in this visit yet: allow it in Checkpoints.`);
    }
    return directoryHandleStore(handle);
  }

  async #kept(name: string): Promise<SavedHandle> {
    const kept = (await this.#handles.list()).find((folder) => folder.name === name);
    if (kept !== undefined) return kept;
    throw new LinnetError('CheckpointNotFoundError', `The folder ${name} is not kept any more. Choose it again.`);
  }
}

async function collectFiles(folder: FileSystemDirectoryHandle, path: string, found: { path: string; blob: Blob }[]): Promise<void> {
  for await (const entry of folder.values()) {
    const name = `${path}/${entry.name}`;
    if (entry.kind === 'directory') await collectFiles(entry as FileSystemDirectoryHandle, name, found);
    else found.push({ path: name, blob: await (entry as FileSystemFileHandle).getFile() });
  }
}
