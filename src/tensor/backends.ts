import { LinnetError } from '#linnet/core';
import type { Backend } from './backend';

let current: Backend | undefined;

/** The backend in use, or a DeviceUnavailableError that says how to get one. */
export function currentBackend(): Backend {
  if (current !== undefined) return current;
  throw new LinnetError(
    'DeviceUnavailableError',
    "No backend is set up. Call `await jax.init()` first (or `jax.init({ backend: 'cpu' })`).",
  );
}

/** Whether `init` has set a backend. */
export const hasBackend = (): boolean => current !== undefined;

/** Makes `backend` the one that new arrays live on; arrays of an earlier one must not be used any more. */
export function setBackend(backend: Backend | undefined): void {
  if (current !== undefined && current !== backend) current.dispose();
  current = backend;
}
