import type { Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { LinnetError } from '#linnet/core';
import { type ByteRange, type ByteSource, pieces, type StoreEntry, type WritableStore } from '#linnet/store';

const codeOf = (cause: unknown): string | undefined => (cause as NodeJS.ErrnoException).code;
const isAbsent = (cause: unknown): boolean => codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR';

/** What a file system says when a name is too long, forbidden or taken by a directory. */
function storageError(action: string, cause: unknown): LinnetError {
  if (cause instanceof LinnetError) return cause;
  return new LinnetError(codeOf(cause) === 'ENOSPC' ? 'QuotaError' : 'StorageError', `${action} failed: ${(cause as Error).message}.`, {
    cause,
  });
}

async function attempting<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageError(action, cause);
  }
}

/** A directory of the file system as a store. Keys that would leave it are refused. */
export class NodeDirectoryStore implements WritableStore {
  readonly name: string;
  readonly readsAreCopies = true;
  readonly #root: string;

  constructor(directory: string) {
    this.#root = resolve(directory);
    this.name = this.#root;
  }

  #pathOf(key: string): string {
    const full = resolve(this.#root, key);
    const inside = full.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep);
    if (inside && !key.split('/').some((part) => part === '' || part === '.' || part === '..') && !key.includes('\0')) return full;
    throw new LinnetError('InvalidArgumentError', `${JSON.stringify(key)} is no file below ${this.name}.`);
  }

  async #stat(path: string): Promise<Stats | undefined> {
    try {
      return await stat(path);
    } catch (cause) {
      if (isAbsent(cause)) return undefined;
      throw cause;
    }
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(key);
    return attempting(`Reading ${path}`, async () => {
      if (!(await this.#stat(path))?.isFile()) return undefined;
      const file = await open(path, 'r');
      try {
        const { size } = await file.stat();
        const { offset, length } = boundsOf(range, size, path);
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) throw new LinnetError('CorruptFileError', `${path} became shorter while it was read.`);
          done += bytesRead;
        }
        return bytes;
      } finally {
        await file.close();
      }
    });
  }

  async byteLength(key: string): Promise<number | undefined> {
    const path = this.#pathOf(key);
    return attempting(`Looking for ${path}`, async () => {
      const found = await this.#stat(path);
      return found?.isFile() ? found.size : undefined;
    });
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    return attempting(`Listing ${this.name}`, async () => {
      const cut = prefix.lastIndexOf('/');
      const above = cut < 0 ? '' : prefix.slice(0, cut);
      const entries = await this.#below(above);
      return entries.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
    });
  }

  async #below(key: string): Promise<StoreEntry[]> {
    const directory = key === '' ? this.#root : this.#pathOf(key);
    if (!(await this.#stat(directory))?.isDirectory()) return [];
    const entries: StoreEntry[] = [];
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const child = key === '' ? entry.name : `${key}/${entry.name}`;
      if (entry.isDirectory()) entries.push(...(await this.#below(child)));
      else if (entry.isFile()) entries.push({ key: child, byteLength: (await stat(join(directory, entry.name))).size });
    }
    return entries;
  }

  /** Writes beside the old file and renames: a reader sees the old value or the new one. */
  async write(key: string, data: ByteSource): Promise<void> {
    const path = this.#pathOf(key);
    return attempting(`Writing ${path}`, async () => {
      await mkdir(dirname(path), { recursive: true });
      const unfinished = join(dirname(path), `.${crypto.randomUUID()}.part`);
      const file = await open(unfinished, 'wx');
      try {
        for await (const piece of pieces(data)) await file.appendFile(piece);
        await file.close();
        await rename(unfinished, path);
      } catch (cause) {
        await file.close().catch(() => {});
        await rm(unfinished, { force: true });
        throw cause;
      }
    });
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    return attempting(`Deleting ${path}`, async () => {
      if ((await this.#stat(path))?.isFile()) await rm(path);
    });
  }

  async deletePrefix(prefix: string): Promise<void> {
    return attempting(`Deleting ${this.name}/${prefix}*`, async () => {
      if (prefix.endsWith('/')) return rm(this.#pathOf(prefix.slice(0, -1)), { recursive: true, force: true });
      for (const { key } of await this.list(prefix)) await rm(this.#pathOf(key), { force: true });
    });
  }
}

function boundsOf(range: ByteRange | undefined, size: number, path: string): { offset: number; length: number } {
  if (range === undefined) return { offset: 0, length: size };
  const { offset, length } = 'suffix' in range ? { offset: size - range.suffix, length: range.suffix } : range;
  if (offset >= 0 && length >= 0 && offset + length <= size) return { offset, length };
  throw new LinnetError('CorruptFileError', `${path} has ${size} bytes; bytes ${offset} to ${offset + length} are needed.`);
}
