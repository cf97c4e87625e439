import { LinnetError } from '#linnet/core';
import { Checkpointer } from './checkpointer';
import type { LoadOptions } from './load';
import type { PathLike } from './paths/resolve';
import { parseTarget } from './target';
import type { Tree } from './tree';

/** Saves and restores trees of arrays, numbers, text and null; as Orbax's `StandardCheckpointer`. */
export class StandardCheckpointer extends Checkpointer {
  protected readonly handler = 'standard';

  /**
   * Restores the tree at `place`. With `target`, into its containers, dtypes and types; every path at which the two differ is named
   * in one CheckpointMismatchError. Without it the tree comes back as it was saved, with a warning.
   */
  async restore<T extends object>(place: PathLike, target: T, options?: LoadOptions): Promise<T>;
  async restore(place: PathLike, target?: null, options?: LoadOptions): Promise<Tree>;
  async restore(place: PathLike, target?: unknown, options: LoadOptions = {}): Promise<unknown> {
    return this.load(place, target, options, warnWithoutTarget);
  }

  protected override async load(place: PathLike, target: unknown, options: LoadOptions, warn: () => void): Promise<unknown> {
    refusePlaceholders(target);
    return super.load(place, target, options, warn);
  }
}

function refusePlaceholders(target: unknown): void {
  if (target === undefined || target === null) return;
  const at = parseTarget(target).leaves.find(({ request }) => request.form === 'placeholder');
  if (at === undefined) return;
  throw new LinnetError(
    'InvalidArgumentError',
    `The target holds PLACEHOLDER at ${at.path.map(({ key }) => key).join('.')}, which StandardCheckpointer does not take. Use PyTreeCheckpointer.`,
  );
}

/** Says what is unsafe about a restore without a target, in the spirit of Orbax's own warning. */
export function warnWithoutTarget(): void {
  console.warn(
    '`StandardCheckpointer` expects a target tree for restore. Without one the checkpoint alone decides what comes back: this is UNSAFE unless you know that it was saved by the same code and for the same topology.',
  );
}
