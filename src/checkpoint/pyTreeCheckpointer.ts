import { LinnetError } from '#linnet/core';
import { Checkpointer } from './checkpointer';
import type { PyTreeRestoreOptions } from './manager/args';
import { openTree } from './openTree';
import { type PathLike, path } from './paths/resolve';
import { loadWithTransforms } from './transforms';
import type { Tree } from './tree';

/** Saves and restores trees, with transformations, partial restore and placeholders; as Orbax's `PyTreeCheckpointer`. */
export class PyTreeCheckpointer extends Checkpointer {
  protected readonly handler = 'pytree';

  /** Restores the tree at `place`, into `target` when it is given. Transformations need a target. */
  async restore<T extends object>(place: PathLike, target: T, options?: PyTreeRestoreOptions): Promise<T>;
  async restore(place: PathLike, target?: null, options?: PyTreeRestoreOptions): Promise<Tree>;
  async restore(place: PathLike, target?: unknown, options: PyTreeRestoreOptions = {}): Promise<unknown> {
    if (options.transforms === undefined) return this.load(place, target, options, warnAboutSharding);
    if (target === undefined || target === null) {
      throw new LinnetError('InvalidArgumentError', 'Transformations describe how leaves of a target are made, so they need a target.');
    }
    await this.waitUntilFinished();
    return restoreTransformed(place, target, options);
  }
}

/** Restores with transformations and hands the report to the options' `onReport`. */
export async function restoreTransformed(place: PathLike, target: unknown, options: PyTreeRestoreOptions): Promise<unknown> {
  const { tree, report } = await loadWithTransforms(await openTree(await path(place)), target, {
    ...options,
    transforms: options.transforms!,
  });
  options.onReport?.(report);
  return tree;
}

/** Orbax says that it reads shardings from the file; here nothing is placed by them. */
export function warnAboutSharding(): void {
  console.warn(
    'No sharding was given for restore, so arrays come back whole, on the default device. In Python this reads the sharding file and is unsafe on another topology than the one the checkpoint was saved on.',
  );
}
