import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWebGpu, type WatchedBackend } from '../../testing/device';
import '../primitives';
import { type TuningMemory, tuneMatmul } from './matmulTuning';
import { createWebGpuBackend } from './webgpuBackend';

let gpu: WatchedBackend;
beforeAll(async () => {
  gpu = await openWebGpu(createWebGpuBackend);
});
afterAll(() => {
  expect(gpu.complaints).toEqual([]);
  gpu.backend.dispose();
});

/** The device as another GPU would present itself. */
const backend = (description: string) => createWebGpuBackend(gpu.device, { facts: { software: false, description } });

function memory(values: Record<string, string> = {}): TuningMemory & { readonly values: Record<string, string>; loads: number } {
  return {
    values,
    loads: 0,
    async load(adapter) {
      this.loads++;
      return values[adapter];
    },
    async save(adapter, choice) {
      values[adapter] = choice;
    },
  };
}

it('measures a GPU once and remembers it', async () => {
  const first = backend('a GPU');
  const store = memory();
  await tuneMatmul(first, store, 64);
  const { matmulTiles, matmulReason } = first.facts;
  expect(Object.values(store.values)).toEqual([matmulTiles]);
  expect(matmulReason).toContain('measured');
  const dispatches = gpu.backend.stats().dispatches;
  const second = backend('a GPU');
  await tuneMatmul(second, store, 64);
  expect(second.facts.matmulTiles).toBe(matmulTiles);
  expect(second.stats().dispatches).toBe(0);
  expect([store.loads, gpu.backend.stats().dispatches]).toEqual([1, dispatches]);
  expect(first.stats().liveBytes).toBe(0);
}, 60_000);

it('takes what an earlier visit measured, but no nonsense', async () => {
  const tuned = backend('another GPU');
  await tuneMatmul(tuned, memory({ 'another GPU with subgroups': 'registers', 'another GPU': 'registers' }), 64);
  expect([tuned.facts.matmulTiles, tuned.stats().dispatches]).toEqual(['registers', 0]);
  const odd = backend('an odd GPU');
  await tuneMatmul(odd, memory({ 'an odd GPU with subgroups': 'constructor', 'an odd GPU': 'constructor' }), 64);
  expect(odd.stats().dispatches).toBeGreaterThan(0);
}, 60_000);

it('leaves software adapters alone, and memories that fail', async () => {
  const store = memory();
  const known = gpu.backend as ReturnType<typeof backend>;
  if (known.facts.software) {
    await tuneMatmul(known, store);
    expect([store.loads, known.facts.matmulReason]).toEqual([0, 'best on software adapters']);
  }
  const failing = backend('a third GPU');
  const fail = () => Promise.reject(new RangeError('full'));
  await tuneMatmul(failing, { load: fail, save: fail }, 64);
  expect(failing.facts.matmulReason).toContain('measured');
}, 60_000);
