import { LinnetError } from '#linnet/core';
import { OpenFiles } from './fileReader';
import { type FileWriter, platformWriter, whenFree } from './fileWriter';
import { compareKeys, isUnfinishedName, keyToPath } from './keys';
import { attempting, errorName } from './platformError';
import { readBlob } from './range';
import type { ByteRange, ByteSource, StoreEntry, WritableStore } from './store';

/** Smaller reads are not worth opening a file for. */
const DIRECT_READ_FROM = 1024 * 1024;

/** Undefined where `work` finds nothing of that name, or finds a file where a folder was wanted or the other way round. */
async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    if (errorName(cause) === 'NotFoundError' || errorName(cause) === 'TypeMismatchError') return undefined;
    throw cause;
  }
}

/** A folder of real files: a key is a path below it. Keys that no file can have are refused with an InvalidArgumentError. */
export class DirectoryStore implements WritableStore {
  readonly name: string;
  readonly #open: () => Promise<FileSystemDirectoryHandle>;
  readonly readsAreCopies = true;
  readonly #writeFile: FileWriter;
  readonly #originPrivate: boolean;
  readonly #openFiles = new OpenFiles();
  readonly #reserved: string | undefined;
  #root: Promise<FileSystemDirectoryHandle> | undefined;

  /**
   * `open` gives the folder; it is called again after it failed. `originPrivate`: whether it lies in the origin private file system. What
   * lies in `reserved`, directly below it, is not for this store to touch or show.
   */
  constructor(name: string, open: () => Promise<FileSystemDirectoryHandle>, originPrivate: boolean, reserved?: string) {
    this.name = name;
    this.#open = open;
    this.#originPrivate = originPrivate;
    this.#writeFile = platformWriter(originPrivate);
    this.#reserved = reserved;
  }

  read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    return attempting(`Reading ${JSON.stringify(key)} from ${this.name}`, async () => {
      if (this.#originPrivate && range !== undefined && 'offset' in range && range.length >= DIRECT_READ_FROM) {
        const { offset, length } = range;
        const bytes = await this.#openFiles.read(key, () => this.#handle(key), offset, length);
        if (bytes !== undefined) return bytes;
      }
      const file = await (await this.#handle(key))?.getFile();
      return file && (await readBlob(file, range, key, this.name));
    });
  }

  byteLength(key: string): Promise<number | undefined> {
    return attempting(`Looking for ${JSON.stringify(key)} in ${this.name}`, async () => (await (await this.#handle(key))?.getFile())?.size);
  }

  list(prefix = ''): Promise<StoreEntry[]> {
    return attempting(`Listing ${this.name}`, async () => {
      const { directory, above, start } = await this.#whereToLook(prefix);
      const entries = directory ? await this.#entriesBelow(directory, above, start) : [];
      return entries.sort((a, b) => compareKeys(a.key, b.key));
    });
  }

  write(key: string, data: ByteSource): Promise<void> {
    return attempting(`Writing ${JSON.stringify(key)} to ${this.name}`, async () => {
      const path = this.#path(key);
      const fileName = path.pop() as string;
      let directory = await this.#directory();
      for (const part of path) directory = await directory.getDirectoryHandle(part, { create: true });
      await this.#writeFile(directory, fileName, data);
    });
  }

  delete(key: string): Promise<void> {
    return attempting(`Deleting ${JSON.stringify(key)} from ${this.name}`, async () => {
      const path = this.#path(key);
      const fileName = path.pop() as string;
      await ifThere(async () => {
        const directory = await this.#descend(path);
        await directory.getFileHandle(fileName);
        await whenFree(() => directory.removeEntry(fileName));
      });
    });
  }

  deletePrefix(prefix: string): Promise<void> {
    return attempting(`Deleting ${JSON.stringify(`${prefix}*`)} from ${this.name}`, async () => {
      const { directory, above, start } = await this.#whereToLook(prefix);
      if (!directory) return;
      const names: string[] = [];
      for await (const name of directory.keys()) if (name.startsWith(start) && above + name !== this.#reserved) names.push(name);
      for (const name of names) await ifThere(() => whenFree(() => directory.removeEntry(name, { recursive: true })));
    });
  }

  #path(key: string): string[] {
    const path = keyToPath(key, this.name);
    if (path[0] !== this.#reserved) return path;
    throw new LinnetError('InvalidArgumentError', `${JSON.stringify(key)} in ${this.name} belongs to the library; open it as library:/.`, {
      details: { key },
    });
  }

  #directory(): Promise<FileSystemDirectoryHandle> {
    this.#root ??= this.#open().catch((cause) => {
      this.#root = undefined;
      throw cause;
    });
    return this.#root;
  }

  async #descend(path: readonly string[]): Promise<FileSystemDirectoryHandle> {
    let directory = await this.#directory();
    for (const part of path) directory = await directory.getDirectoryHandle(part);
    return directory;
  }

  async #handle(key: string): Promise<FileSystemFileHandle | undefined> {
    const path = this.#path(key);
    const fileName = path.pop() as string;
    return ifThere(async () => (await this.#descend(path)).getFileHandle(fileName));
  }

  /** The one folder that holds everything under `prefix`, and how names in it must start. */
  async #whereToLook(prefix: string) {
    const cut = prefix.lastIndexOf('/') + 1;
    const above = prefix.slice(0, cut);
    const path = cut === 0 ? [] : this.#path(above.slice(0, -1));
    return { directory: await ifThere(() => this.#descend(path)), above, start: prefix.slice(cut) };
  }

  async #entriesBelow(directory: FileSystemDirectoryHandle, above: string, start: string): Promise<StoreEntry[]> {
    const found: Promise<StoreEntry[]>[] = [];
    for await (const [name, handle] of directory.entries()) {
      if (!name.startsWith(start) || isUnfinishedName(name) || above + name === this.#reserved) continue;
      if (handle.kind === 'directory') found.push(this.#entriesBelow(handle, `${above}${name}/`, ''));
      else found.push(handle.getFile().then((file) => [{ key: above + name, byteLength: file.size }]));
    }
    return (await Promise.all(found)).flat();
  }
}

/** A folder the person picked (File System Access). Writing needs their permission; without it a write is a StorageError that says so. */
export function directoryHandleStore(handle: FileSystemDirectoryHandle, name = `folder:/${handle.name}`): WritableStore {
  return new DirectoryStore(name, async () => handle, false);
}
