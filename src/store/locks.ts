import { LinnetError } from '#linnet/core';
import { attempting, platformError } from './platformError';

/** A lock that is held until `release` is called or the tab or worker ends. */
export interface HeldLock extends Disposable {
  readonly name: string;
  release(): void;
}

/** Exclusive locks by name, shared by every tab and worker of the site. Never stolen. */
export interface Locks {
  /** Runs `work` while holding `name`, waiting for it as long as needed (or until `signal` aborts: AbortedError). */
  run<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Takes `name` if it is free now; undefined if somebody holds it. */
  tryHold(name: string): Promise<HeldLock | undefined>;
  /** Resolves when `name` is free, as it is at once when its holder dies: a death notice for workers. */
  whenFree(name: string): Promise<void>;
}

function heldLock(name: string, release: () => void): HeldLock {
  return { name, release, [Symbol.dispose]: release };
}

/** The Web Locks of this site. */
export function webLocks(manager: LockManager): Locks {
  return {
    run: async (name, work, signal) => {
      let started = false;
      const begin = () => {
        started = true;
        return work();
      };
      try {
        return (await manager.request(name, signal ? { signal } : {}, begin)) as Awaited<ReturnType<typeof work>>;
      } catch (cause) {
        throw started ? cause : platformError(cause, `Waiting for the lock ${name}`);
      }
    },
    tryHold: (name) =>
      attempting(
        `Taking the lock ${name}`,
        () =>
          new Promise((resolve, reject) => {
            const held = (lock: Lock | null) => {
              if (lock === null) return resolve(undefined);
              return new Promise<void>((release) => resolve(heldLock(name, release)));
            };
            manager.request(name, { ifAvailable: true }, held).catch(reject);
          }),
      ),
    whenFree: (name) => attempting(`Waiting for the lock ${name}`, () => manager.request(name, { mode: 'shared' }, async () => undefined)),
  };
}

/** Locks within this process, for where there are no Web Locks (Node). Fair: in the order asked. */
export function localLocks(): Locks {
  const tails = new Map<string, Promise<void>>();
  const take = async (name: string): Promise<HeldLock> => {
    const before = tails.get(name);
    let release = () => {};
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tail = (before ?? Promise.resolve()).then(() => mine);
    tails.set(name, tail);
    await before;
    return heldLock(name, () => {
      if (tails.get(name) === tail) tails.delete(name);
      release();
    });
  };
  const takeUnless = async (name: string, signal?: AbortSignal): Promise<HeldLock> => {
    const taking = take(name);
    const givenUp = () => new LinnetError('AbortedError', `Waiting for the lock ${name} was given up.`, { cause: signal?.reason });
    return new Promise((resolve, reject) => {
      const give = () => {
        // Its turn still comes, and is passed on.
        void taking.then((held) => held.release());
        reject(givenUp());
      };
      if (signal?.aborted) return give();
      signal?.addEventListener('abort', give, { once: true });
      void taking.then((held) => {
        signal?.removeEventListener('abort', give);
        resolve(held);
      });
    });
  };
  const run = async <T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    using _held = await takeUnless(name, signal);
    return await work();
  };
  return {
    run,
    tryHold: async (name) => (tails.has(name) ? undefined : take(name)),
    whenFree: (name) => run(name, async () => undefined),
  };
}

let processLocks: Locks | undefined;

/** Web Locks where the platform has them, else locks of this process. */
export function platformLocks(): Locks {
  if (typeof navigator !== 'undefined' && navigator.locks) return webLocks(navigator.locks);
  processLocks ??= localLocks();
  return processLocks;
}
