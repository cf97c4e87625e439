// Runs one bundled contender in Node: `node nodeContender.mjs <bundle>`, with messages over the process' own channel.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { nodeGpu } from '../scripts/webgpuForNode.mjs';

const gpu = await nodeGpu();
Object.defineProperty(globalThis, 'navigator', { value: { gpu, hardwareConcurrency: 2, userAgent: 'node' }, configurable: true });
globalThis.self = globalThis;
// TensorFlow.js looks for a page, and for a way to load what a page has.
globalThis.window = globalThis;
globalThis.require = createRequire(import.meta.url);
globalThis.postMessage = (message) => process.send(message);
process.on('message', (data) => globalThis.onmessage({ data }));
await import(pathToFileURL(process.argv[2]).href);
