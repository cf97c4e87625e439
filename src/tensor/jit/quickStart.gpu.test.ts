import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostArray, hostArraysEqual } from '#linnet/core';
import type { DeviceFacts } from '#linnet/gpu';
import { openWebGpu, type WatchedBackend } from '../../testing/device';
import { stepProgram } from '../../testing/mlp';
import { Stepper } from '../../testing/stepper';
import { compileProgram } from './compiledProgram';
import { dispatchesOf } from './steps';
import { createWebGpuBackend } from './webgpuBackend';

let gpu: WatchedBackend;
beforeAll(async () => {
  gpu = await openWebGpu(createWebGpuBackend);
});
afterAll(() => {
  expect(gpu.complaints).toEqual([]);
  gpu.backend.dispose();
});

const work = stepProgram([96, 64, 64, 10], 64);

/** The state after six steps, three of them before the fastest kernels are awaited, or all after; and how many kernels came in between. */
async function sixSteps(facts: Partial<DeviceFacts>, waits: boolean): Promise<{ state: HostArray[]; swapped: number }> {
  const backend = createWebGpuBackend(gpu.device, { facts });
  const stepper = new Stepper(backend, work);
  if (waits) await stepper.executable.tuned;
  for (let i = 0; i < 3; i++) stepper.step();
  const begun = backend.stats().pipelinesCreated;
  await stepper.executable.tuned;
  const swapped = backend.stats().pipelinesCreated - begun;
  for (let i = 0; i < 3; i++) stepper.step();
  const state = await Promise.all(stepper.state.map((buffer) => backend.toHost(buffer)));
  stepper.dispose();
  return { state, swapped };
}

/** How many kernels of the step, as `facts` plan it, have another to stand in for them. */
function quickKernels(facts: Partial<DeviceFacts>): number {
  const backend = createWebGpuBackend(gpu.device, { facts });
  const donated = work.inputs.map((_, i) => i < work.stateCount);
  const { steps } = compileProgram(work.program, donated, backend.facts);
  const slow = dispatchesOf(steps).filter((step) => step.quick && step.quick().wgsl !== step.wgsl);
  return new Set(slow.map(({ wgsl }) => wgsl)).size;
}

describe('a step begins with kernels that compile fast, and has the same bits when the others take over', () => {
  for (const software of [true, false]) {
    it(`with every kind of tiles, planned for ${software ? 'a software adapter' : 'a GPU'}`, async () => {
      const quads = gpu.device.features.has('subgroups') ? (['quads'] as const) : [];
      for (const matmulTiles of ['registers', 'workgroup', ...quads] as const) {
        const facts = { software, matmulTiles };
        const [begun, awaited] = [await sixSteps(facts, false), await sixSteps(facts, true)];
        expect(begun.swapped, matmulTiles).toBe(quickKernels(facts));
        expect(awaited.swapped, matmulTiles).toBe(0);
        for (const [i, array] of begun.state.entries()) expect(hostArraysEqual(array, awaited.state[i]!), matmulTiles).toBe(true);
      }
    });
  }

  it('on this device some kernels are stood in for', () => {
    expect(quickKernels({ matmulTiles: 'workgroup' })).toBeGreaterThan(0);
  });
});
