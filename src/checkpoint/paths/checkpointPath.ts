import { LinnetError } from '#linnet/core';
import { GatheringStore, isWritable, prefixed, type ReadableStore, type WritableStore } from '#linnet/store';
import { type CommitFacts, isAtomic } from './atomicStore';

/** Joins path parts with single slashes; refuses parts that would leave the directory. */
function joinParts(parts: readonly (string | number)[]): string {
  const names = parts.flatMap((part) => String(part).split('/')).filter((name) => name !== '');
  const bad = names.find((name) => name === '.' || name === '..');
  if (bad !== undefined) {
    throw new LinnetError(
      'InvalidArgumentError',
      `The path ${JSON.stringify(parts.join('/'))} holds "${bad}". Paths only go down, by name.`,
    );
  }
  return names.join('/');
}

/** A place in a store where a checkpoint, or a directory of checkpoints, is or will be. Made by `ocp.path`. */
export class CheckpointPath {
  /** The store that the path lies in. */
  readonly root: ReadableStore;
  /** Below the store's root, without slashes at the ends; '' is the root itself. */
  readonly key: string;

  constructor(root: ReadableStore, key = '') {
    this.root = root;
    this.key = joinParts([key]);
  }

  /** The path below this one: `path.join('run', 3)`. */
  join(...parts: readonly (string | number)[]): CheckpointPath {
    return new CheckpointPath(this.root, joinParts([this.key, ...parts]));
  }

  /** The last part of the path, '' for a store's root. */
  get name(): string {
    return this.key.slice(this.key.lastIndexOf('/') + 1);
  }

  /** The path above, the root's own being the root. */
  get parent(): CheckpointPath {
    return new CheckpointPath(this.root, this.key.slice(0, Math.max(this.key.lastIndexOf('/'), 0)));
  }

  /** What lies under this path, as a store of its own. */
  get store(): ReadableStore {
    return prefixed(this.root, this.#prefix);
  }

  /**
   * Writes what lies under this path through `write`. In the library it all becomes durable at once, or not at all; elsewhere files
   * appear one after another. A StorageError when the place is read only.
   */
  async write(write: (store: WritableStore) => Promise<void>, facts: CommitFacts = {}): Promise<void> {
    const { root } = this;
    if (!isAtomic(root)) return write(prefixed(this.#writableRoot, this.#prefix));
    const staging = new GatheringStore(this.toString());
    await write(staging);
    await root.commitDirectory(this.key, staging.files(), facts);
  }

  get #writableRoot(): WritableStore {
    if (isWritable(this.root)) return this.root;
    throw new LinnetError('StorageError', `${this.toString()} is read only. Save to another path, e.g. memory:/, opfs:/ or library:/.`);
  }

  /** Whether a file of this name, or anything below it, is there. */
  async exists(): Promise<boolean> {
    if (this.key !== '' && (await this.root.byteLength(this.key)) !== undefined) return true;
    return (await this.root.list(this.#prefix)).length > 0;
  }

  /** Names directly below this path, files and directories, sorted. */
  async list(): Promise<string[]> {
    const entries = await this.root.list(this.#prefix);
    const names = entries.map(({ key }) => key.slice(this.#prefix.length).split('/', 1)[0]!);
    return [...new Set(names)].sort();
  }

  /**
   * Removes the file of this name and everything below it. No error when nothing is there. In the library it goes to the bin, unless
   * `forGood` is set.
   */
  async remove(options: { readonly forGood?: boolean } = {}): Promise<void> {
    const { root } = this;
    if (isAtomic(root)) return root.removeDirectory(this.key, options.forGood ?? false);
    const store = this.#writableRoot;
    if (this.key !== '') await store.delete(this.key);
    await store.deletePrefix(this.#prefix);
  }

  /** `memory:/runs/3`, as messages show it. */
  toString(): string {
    const { name } = this.root;
    return this.key === '' ? name : `${name}${name.endsWith('/') ? '' : '/'}${this.key}`;
  }

  get #prefix(): string {
    return this.key === '' ? '' : `${this.key}/`;
  }
}
