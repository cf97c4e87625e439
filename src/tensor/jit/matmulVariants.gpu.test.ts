import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostArray, hostArraysEqual } from '#linnet/core';
import { openWebGpu, type WatchedBackend } from '../../testing/device';
import { avalOf, checkAgainstReference, f32, i32 } from '../../testing/kernelCheck';
import type { NDArray } from '../array';
import type { Backend } from '../backend';
import '../primitives';
import * as lax from '../primitives/lax';
import { traceProgram } from '../trace/builder';
import type { GpuExplanation } from './explain';
import { createWebGpuBackend } from './webgpuBackend';

/** One of each kind, and one that leaves an odd rest of every size. */
const VARIANTS = [
  'registers 1x1 l1 u1 s1',
  'registers 8x8 l8 u2 s1',
  'registers 3x5 l3 u7 s1',
  'quads 16x8 l4 u4 s1',
  'quads 2x3 l8 u12 s1',
  'workgroup 8x8 l8 u1 s1',
];

let gpu: WatchedBackend;
/** The same device as one that takes three workgroups a dimension: every dispatch has two. */
let narrow: Backend;
beforeAll(async () => {
  gpu = await openWebGpu(createWebGpuBackend);
  narrow = createWebGpuBackend(gpu.device, { facts: { maxWorkgroupsPerDimension: 3 } });
});
afterAll(() => {
  expect(gpu.complaints).toEqual([]);
  gpu.backend.dispose();
});

const dot = (x: NDArray, y: NDArray): NDArray => lax.dotGeneral(x, y, { contracting: [[x.ndim - 1], [y.ndim - 2]], batch: [[], []] });
const turned = (x: NDArray): NDArray => lax.transpose(x, [1, 0]);
type Product = (...xs: NDArray[]) => NDArray;

async function results(backend: Backend, f: Product, inputs: readonly HostArray[], matmul: string): Promise<HostArray> {
  const { program } = traceProgram((xs) => [f(...xs)], inputs.map(avalOf));
  const executable = backend.compile(program, { matmul });
  const { text } = executable.explain();
  // Convolutions do without the families of GPUs.
  if (!text.includes('conv')) expect(text).toContain(matmul);
  const buffers = inputs.map((x) => backend.fromHost(x));
  const [output] = executable.run(buffers);
  const result = await backend.toHost(output!);
  for (const buffer of [...buffers, output!]) buffer.release();
  return result;
}

/** Every variant has the reference's values and the bits of the first, on one grid of workgroups as on two. */
async function checkAll(f: Product, inputs: HostArray[], tolerance = 1e-5): Promise<void> {
  const [first, ...rest] = VARIANTS;
  await checkAgainstReference(gpu.backend, f, inputs, tolerance, { matmul: first! });
  const expected = await results(gpu.backend, f, inputs, first!);
  const shapes = inputs.map((x) => `[${x.shape}]`).join(' · ');
  const check = async (variant: string, index: number): Promise<void> => {
    const backend = (inputs[0]!.shape[0]! + index) % 2 === 0 ? gpu.backend : narrow;
    expect(hostArraysEqual(await results(backend, f, inputs, variant), expected), `${variant} of ${shapes}`).toBe(true);
  };
  await Promise.all(rest.map(check));
}

describe('tiles shared by k', () => {
  for (const [m, k, n] of [
    [1, 67, 31],
    [8, 700, 33],
    [9, 64, 3],
    [5, 0, 3],
  ] as const) {
    it(`have the reference's values of ${m} × ${k} × ${n}, and the same bits on two grids`, async () => {
      for (const [variant, f] of [
        ['slices 4x1 l16 u4 s4', (x, y) => dot(x, y)],
        ['slices 2x3 l1 u2 s64', (x, y) => dot(x, lax.reshape(lax.transpose(y, [1, 0]), [k, n]))],
      ] as [string, Product][]) {
        const inputs = [f32([m, k]), variant.includes('l1 ') ? f32([n, k]) : f32([k, n])];
        await checkAgainstReference(gpu.backend, f, inputs, 1e-4, { matmul: variant });
        const [one, two] = await Promise.all([gpu.backend, narrow].map((backend) => results(backend, f, inputs, variant)));
        expect(hostArraysEqual(one!, two!)).toBe(true);
      }
    }, 60_000);
  }
  it('are chosen for few outputs on GPUs, and kept by a plan where they are not', async () => {
    const gpuLike = createWebGpuBackend(gpu.device, { facts: { software: false, matmulTiles: 'workgroup' } });
    const inputs = [f32([1, 300]), f32([300, 40])];
    const { program } = traceProgram(([x, y]) => [dot(x!, y!)], inputs.map(avalOf));
    const { plan } = gpuLike.compile(program).explain() as GpuExplanation;
    expect(plan.matmuls).toEqual(['slices 1x1 l16 u4 s4']);
    const again = gpu.backend.compile(program, { plan }).explain() as GpuExplanation;
    expect(again.plan).toEqual(plan);
    expect((gpu.backend.compile(program).explain() as GpuExplanation).plan).not.toEqual(plan);
  });
});

describe('every way to compute a matmul gives the same bits', () => {
  for (const [m, k, n] of [
    [1, 1, 1],
    [1, 67, 31],
    [31, 67, 1],
    [7, 13, 5],
    [65, 33, 70],
    [63, 16, 127],
    [64, 17, 128],
    [127, 3, 33],
    [5, 0, 3],
  ] as const) {
    it(`of ${m} × ${k} × ${n}`, async () => {
      const layout = (m + n) % 3;
      if (layout === 0) await checkAll(dot, [f32([m, k]), f32([k, n])]);
      else if (layout === 1) await checkAll((x, y) => dot(turned(x), y), [f32([k, m]), f32([k, n])]);
      else await checkAll((x, y) => dot(x, turned(y)), [f32([m, k]), f32([n, k])]);
    }, 60_000);
  }
  it('of operands transposed without copies', async () => {
    await checkAll((x, y) => dot(turned(x), turned(y)), [f32([35, 66]), f32([67, 35])]);
  }, 60_000);
  it('of convolutions with bias and activation, in one kernel', async () => {
    const geometry = {
      strides: [2, 1],
      padding: [
        [1, 2],
        [-1, 1],
      ],
      lhsDilation: [1, 2],
      rhsDilation: [1, 3],
      groups: 1,
    };
    const layer: Product = (x, w, b) => {
      const z = lax.apply('conv', [x, w], geometry);
      return lax.apply('tanh', [lax.add(z, lax.broadcastInDim(b!, z.shape, [3]))]);
    };
    const inputs = [f32([3, 11, 7, 9]), f32([3, 2, 9, 13]), f32([13])];
    await checkAll(layer, inputs);
    const { program } = traceProgram((xs) => [layer(...xs)], inputs.map(avalOf));
    expect(gpu.backend.compile(program).explain().dispatches).toBe(1);
  }, 60_000);
  it('of batches, integers, and products with bias and activation', async () => {
    const batched: Product = (x, y) => lax.dotGeneral(x, y, { contracting: [[2], [1]], batch: [[0], [0]] });
    await checkAll(batched, [f32([3, 17, 9]), f32([3, 9, 34])]);
    const layer: Product = (x, w, b) => {
      const z = dot(x, w);
      return lax.apply('tanh', [lax.add(z, lax.broadcastInDim(b!, z.shape, [1]))]);
    };
    await checkAll(layer, [f32([33, 20]), f32([20, 70]), f32([70])]);
    const count = (size: number): number[] => Array.from({ length: size }, (_, i) => ((i * 7919) % 201) - 100);
    await checkAll(dot, [i32([19, 11], count(209)), i32([11, 37], count(407))], 0);
  }, 60_000);
});
