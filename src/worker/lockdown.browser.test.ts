import { expect, test } from 'vitest';

test('after the first lines of a worker nothing in it can reach the network', async () => {
  const lockdown = new URL('./lockdown.ts', import.meta.url).href;
  const source = `import ${JSON.stringify(lockdown)};
const names = ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'importScripts'];
for (const name of names) { try { globalThis[name] = () => 'back again'; } catch {} }
postMessage(names.map((name) => typeof globalThis[name]));`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  const types = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  expect(types).toEqual(new Array(5).fill('undefined'));
  worker.terminate();
});
