import { create } from 'zustand';

/** Requests the browser reports since the page loaded: URLs elsewhere, and how many of this site's own files came over the network. */
export interface RequestStore {
  readonly foreign: readonly string[];
  readonly own: number;
}

export const useRequests = create<RequestStore>(() => ({ foreign: [], own: 0 }));

function take(entries: PerformanceResourceTiming[]): void {
  const remote = entries.filter(({ name }) => /^(https?|wss?):/.test(name));
  const foreign = remote.filter(({ name }) => new URL(name).origin !== location.origin).map(({ name }) => name);
  const own = remote.filter(
    ({ name, transferSize, workerStart }) => new URL(name).origin === location.origin && workerStart === 0 && transferSize > 0,
  );
  if (foreign.length > 0 || own.length > 0) {
    useRequests.setState((state) => ({ foreign: [...state.foreign, ...foreign], own: state.own + own.length }));
  }
}

/** Begins to count. Called once, when the page has loaded. */
export function watchRequests(): void {
  const since = performance.now();
  new PerformanceObserver((list) => {
    take((list.getEntries() as PerformanceResourceTiming[]).filter(({ startTime }) => startTime > since));
  }).observe({ type: 'resource' });
}
