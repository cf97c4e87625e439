/** Names through which code in a worker can reach the network. */
const NETWORK = ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'importScripts'] as const;

// A policy in the page's <meta> does not reach workers, so the ways out are taken away before any other code runs.
for (const name of NETWORK) {
  for (let holder: object | null = globalThis; holder !== null; holder = Object.getPrototypeOf(holder) as object | null) {
    if (Object.hasOwn(holder, name)) Object.defineProperty(holder, name, { value: undefined, writable: false, configurable: false });
  }
}
