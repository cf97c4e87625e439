import { LinnetError } from '#linnet/core';
import { BackgroundWork } from './backgroundWork';
import { allHeld, collectLeaves, letGo } from './leaves';
import { type LoadOptions, loadIntoTarget, loadWithoutTarget } from './load';
import { type CheckpointTreeMetadata, describeTree } from './metadata';
import { openTree } from './openTree';
import { isAtomic } from './paths/atomicStore';
import type { CheckpointPath } from './paths/checkpointPath';
import { type PathLike, path } from './paths/resolve';
import type { OnProgress } from './progress';
import { type OrbaxWriteOptions, saveCheckpoint } from './saveOrbax';
import type { Tree } from './tree';

/** How a checkpoint is saved. */
export interface SaveOptions extends OrbaxWriteOptions {
  /** Replaces what is at the path. Without it an existing path is a CheckpointExistsError. */
  readonly force?: boolean;
  /** Called after each leaf. */
  readonly onProgress?: OnProgress;
}

/**
 * Saves and restores one tree per path, the way Orbax's asynchronous checkpointers do: `save` returns when the values are held, the
 * writing goes on behind. Every other call waits for it, and throws what it failed with.
 */
export abstract class Checkpointer {
  readonly #work = new BackgroundWork();
  readonly #options: OrbaxWriteOptions;

  /** `options` are the defaults of `save`. */
  constructor(options: OrbaxWriteOptions = {}) {
    this.#options = options;
  }

  /** Which Orbax handler the checkpoint says it was written by. */
  protected abstract readonly handler: 'standard' | 'pytree';

  /**
   * Saves `tree` at `place`, with the values it has at the call. Resolves when they are held: `waitUntilFinished` resolves when they
   * are written. One save at a time; a second waits for the first. CheckpointExistsError when something is there and `force` is not set.
   */
  async save(place: PathLike, tree: unknown, options: SaveOptions = {}): Promise<void> {
    const leaves = collectLeaves(tree, { copy: true });
    const how = { ...this.#options, ...options, handler: this.handler };
    await this.#work.start(async () => {
      try {
        const at = await path(place);
        await checkFree(at, options.force ?? false);
        await allHeld(leaves);
        const job = async (): Promise<void> => {
          await clear(at);
          await at.write((store) => saveCheckpoint(store, leaves, how));
        };
        return { result: undefined, job: () => job().finally(() => letGo(leaves)) };
      } catch (cause) {
        letGo(leaves);
        throw cause;
      }
    });
  }

  /** What is saved at `place`, leaf by leaf: names, shapes, dtypes, chunks, shardings. Reads no array. */
  async metadata(place: PathLike): Promise<CheckpointTreeMetadata> {
    await this.#work.settle();
    return describeTree(await openTree(await path(place)));
  }

  /** Resolves when the last save is written; throws what it failed with. */
  async waitUntilFinished(): Promise<void> {
    await this.#work.settle();
  }

  /** The same; a checkpointer needs no other end. */
  async close(): Promise<void> {
    await this.#work.settle();
  }

  /** Restores the tree at `place` as it was saved, or into `target`. */
  protected async load(place: PathLike, target: unknown, options: LoadOptions, warn: () => void): Promise<unknown> {
    await this.#work.settle();
    const saved = await openTree(await path(place));
    if (target !== undefined && target !== null) return loadIntoTarget(saved, target, options);
    warn();
    return (await loadWithoutTarget(saved, options)) satisfies Tree;
  }
}

/** Refuses a path that is taken. */
async function checkFree(place: CheckpointPath, force: boolean): Promise<void> {
  if (force || !(await place.exists())) return;
  throw new LinnetError(
    'CheckpointExistsError',
    `${place} already exists. Save to another path, or pass { force: true } to replace what is there.`,
  );
}

/** Removes what is to be replaced. In the library a commit replaces it in one piece. */
async function clear(place: CheckpointPath): Promise<void> {
  if (!isAtomic(place.root)) await place.remove();
}

/** Refuses a path that is taken, or empties it. */
export async function makeRoom(place: CheckpointPath, force: boolean): Promise<void> {
  await checkFree(place, force);
  await clear(place);
}
