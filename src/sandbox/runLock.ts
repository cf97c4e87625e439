import { isLinnetError, LinnetError } from '#linnet/core';
import type { HeldLock, Library } from '#linnet/store';

/** How often, and how long apart in ms, a lock is asked for that a look of another tab may have in hand for a moment. */
const LOCK_ATTEMPTS = 5;
const LOCK_PAUSE_MS = 40;

/**
 * The lock of a run, to be held while it trains; null where nothing can be kept, and so no other tab can have it. A run that was never
 * saved is entered in the library under its name. A LockedError when another tab has the lock.
 */
export async function lockRun(library: Library, run: string, name: string): Promise<HeldLock | null> {
  try {
    if ((await library.findRun(run)) === undefined) await library.createRun(run, { note: name });
  } catch (error) {
    // Training needs no storage; what is wrong with it is said when something is to be saved.
    if (isLinnetError(error)) return null;
    throw error;
  }
  for (let attempt = 1; attempt <= LOCK_ATTEMPTS; attempt++) {
    const lock = await library.holdRun(run);
    if (lock !== undefined) return lock;
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
  }
  throw new LinnetError('LockedError', 'This run is being trained in another tab.');
}

/** Whether no tab trains the run. */
export async function isUnlocked(library: Library, run: string): Promise<boolean> {
  if ((await library.findRun(run)) === undefined) return true;
  const lock = await library.holdRun(run);
  lock?.release();
  return lock !== undefined;
}
