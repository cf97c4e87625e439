/** The tests of `use.test.ts`, on the GPU. */
import { afterAll } from 'vitest';
import { dispose } from '#linnet/tensor';

Object.assign(globalThis, { linnetTestBackend: 'webgpu' });
afterAll(() => dispose());
await import('./use.test');
