import { isLinnetError } from '#linnet/core';

/** What `repair` can do about a finding. */
export type Repair = 'commit-file' | 'merge' | 'sharding' | 'tree';

/** One thing that `verify` found. */
export interface Finding {
  /** error: something is lost or Orbax fails. warning: it restores, but not everywhere. note: worth knowing. */
  readonly severity: 'error' | 'warning' | 'note';
  /** What kind of thing it is, for programs. */
  readonly code:
    | 'damaged'
    | 'missing-file'
    | 'unfinished'
    | 'unmerged'
    | 'no-metadata'
    | 'no-commit-file'
    | 'no-sharding'
    | 'sharding-entry'
    | 'contradiction'
    | 'orphan'
    | 'unknown-file'
    | 'unchecked';
  /** The file, leaf or item it is about, below the verified path. */
  readonly where: string;
  /** What was found and what it means. */
  readonly message: string;
  /** Present when `repair` can write a copy without this finding. */
  readonly repair?: Repair;
}

/** The finding that an error of a reader amounts to. */
export function damage(where: string, cause: unknown): Finding {
  const message = cause instanceof Error ? cause.message : String(cause);
  const missing = isLinnetError(cause, 'CheckpointNotFoundError');
  return { severity: 'error', code: missing ? 'missing-file' : 'damaged', where, message };
}

/** `work`'s result, or undefined and a finding when it fails. */
export async function attempt<T>(findings: Finding[], where: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    findings.push(damage(where, cause));
    return undefined;
  }
}
