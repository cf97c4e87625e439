/** The tests of `use.test.ts`, on the GPU. */
Object.assign(globalThis, { linnetTestBackend: 'webgpu' });
await import('./use.test');
