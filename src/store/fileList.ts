import { LinnetError } from '#linnet/core';
import { compareKeys } from './keys';
import { attempting } from './platformError';
import { readBlob } from './range';
import type { ByteRange, ReadableStore, StoreEntry } from './store';

/** A file the person chose or dropped, and its path below what was chosen, parts joined by `/`. */
export interface PickedFile {
  readonly path: string;
  readonly file: Blob;
}

class FileListStore implements ReadableStore {
  readonly name: string;
  readonly #files = new Map<string, Blob>();

  constructor(files: Iterable<PickedFile>, name: string) {
    this.name = name;
    for (const { path, file } of files) {
      if (this.#files.has(path))
        throw new LinnetError(
          'InvalidArgumentError',
          `${name} holds two files named ${JSON.stringify(path)}. Choose one folder at a time.`,
        );
      this.#files.set(path, file);
    }
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const file = this.#files.get(key);
    return file && attempting(`Reading ${JSON.stringify(key)} from ${this.name}`, () => readBlob(file, range, key, this.name));
  }

  async byteLength(key: string): Promise<number | undefined> {
    return this.#files.get(key)?.size;
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    const entries = Array.from(this.#files, ([key, file]) => ({ key, byteLength: file.size }));
    return entries.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => compareKeys(a.key, b.key));
  }
}

/**
 * Files that the person picked or dropped, read only. A plain `FileList` works: a picked folder gives its files' `webkitRelativePath`
 * as keys, single files give their names. A file that changes on disk after it was chosen can no longer be read (StorageError).
 */
export function fileListStore(files: Iterable<File | PickedFile>, name = 'the chosen files'): ReadableStore {
  const picked = Array.from(files, (file) =>
    'path' in file && 'file' in file ? file : { path: file.webkitRelativePath || file.name, file },
  );
  return new FileListStore(picked, name);
}

/** The parts of the browser's `FileSystemEntry` that reading a dropped folder needs. */
export interface DroppedEntry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly name: string;
  file?(resolve: (file: File) => void, reject: (cause: unknown) => void): void;
  createReader?(): { readEntries(resolve: (entries: DroppedEntry[]) => void, reject: (cause: unknown) => void): void };
}

/**
 * Every file in what was dropped, folders walked to the end. Collect the entries in the drop event itself
 * (`[...event.dataTransfer.items].map((item) => item.webkitGetAsEntry())`): the browser forgets them afterwards.
 */
export function droppedFiles(entries: readonly DroppedEntry[]): Promise<PickedFile[]> {
  return attempting('Reading what was dropped', async () => (await Promise.all(entries.map((entry) => walk(entry, '')))).flat());
}

async function walk(entry: DroppedEntry, above: string): Promise<PickedFile[]> {
  const path = above + entry.name;
  if (entry.isFile) return [{ path, file: await new Promise<File>((resolve, reject) => entry.file?.(resolve, reject)) }];
  const inside = await Promise.all((await children(entry)).map((child) => walk(child, `${path}/`)));
  return inside.flat();
}

/** A reader hands out its entries in batches (of 100 in Chromium) and ends with an empty one. */
async function children(entry: DroppedEntry): Promise<DroppedEntry[]> {
  const reader = entry.createReader?.();
  const all: DroppedEntry[] = [];
  while (reader) {
    const batch = await new Promise<DroppedEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) break;
    all.push(...batch);
  }
  return all;
}
