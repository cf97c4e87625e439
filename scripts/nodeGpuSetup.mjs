import { nodeGpu } from './webgpuForNode.mjs';

// Tests of the engine take the device from where a browser has it.
const gpu = await nodeGpu();
Object.defineProperty(globalThis, 'navigator', { value: { gpu, hardwareConcurrency: 2, userAgent: 'node' }, configurable: true });
