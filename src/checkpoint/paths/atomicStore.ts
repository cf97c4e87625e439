import type { ByteSource, ReadableStore } from '#linnet/store';

/** What a store that keeps facts about a checkpoint is told beside the files. */
export interface CommitFacts {
  readonly metrics?: Readonly<Record<string, number>>;
  /** Why it is saved: `manual`, `autosave`, `import`. */
  readonly kind?: string;
  readonly name?: string;
  readonly note?: string;
}

/** A store into which whole checkpoints go in one piece or not at all. */
export interface AtomicStore extends ReadableStore {
  /** Puts `files` under the directory `key`, replacing what is there. Resolves when they are durable. */
  commitDirectory(key: string, files: ReadonlyMap<string, ByteSource>, facts: CommitFacts): Promise<void>;
  /** Removes the directory `key`; with `forGood` past any bin. */
  removeDirectory(key: string, forGood: boolean): Promise<void>;
}

/** Whether `store` takes whole checkpoints. */
export const isAtomic = (store: ReadableStore): store is AtomicStore => 'commitDirectory' in store;
