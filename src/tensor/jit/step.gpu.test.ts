import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostArraysEqual } from '#linnet/core';
import { openWebGpu, type WatchedBackend } from '../../testing/device';
import { scanProgram, stepProgram } from '../../testing/mlp';
import { Stepper } from '../../testing/stepper';
import type { BackendStats } from '../backend';
import { interpret } from '../cpu';
import { decodeElements } from '../elements';
import type { GpuExplanation } from './explain';
import { createWebGpuBackend } from './webgpuBackend';

let gpu: WatchedBackend;
beforeAll(async () => {
  // As many bindings as browsers give; Dawn in Node has more, and needs one dispatch less.
  gpu = await openWebGpu((device) => createWebGpuBackend(device, { facts: { maxStorageBuffers: 10 } }));
});
afterAll(() => {
  expect(gpu.complaints).toEqual([]);
  gpu.backend.dispose();
});

/** What each of `steps` calls of `run` costs, on average. */
async function costs(run: () => void, steps: number): Promise<Record<keyof BackendStats, number>> {
  await gpu.backend.synchronize();
  const before = gpu.backend.stats();
  for (let i = 0; i < steps; i++) run();
  await gpu.backend.synchronize();
  const after = gpu.backend.stats();
  const difference = Object.entries(after).map(([key, value]) => [key, (value - before[key as keyof BackendStats]) / steps]);
  return Object.fromEntries(difference) as Record<keyof BackendStats, number>;
}

/** Memory and commands made for a step that is only replayed. */
const NOTHING_NEW = { buffersCreated: 0, bindGroupsCreated: 0, pipelinesCreated: 0, bufferWrites: 0, liveBytes: 0, liveBuffers: 0 };

describe('a training step', () => {
  it('of 784-256-128-10 takes 8 dispatches and nothing else once it is replayed', async () => {
    const stepper = new Stepper(gpu.backend, stepProgram([784, 256, 128, 10], 128));
    stepper.step();
    await stepper.executable.tuned;
    stepper.step();
    const each = await costs(() => stepper.step(), 10);
    expect(each.dispatches).toBe(8);
    expect(each.submits).toBeLessThanOrEqual(0.2);
    expect(each).toMatchObject(NOTHING_NEW);
    stepper.dispose();
  });

  it('of a wide net makes nothing new either, while three losses are waited for', async () => {
    const stepper = new Stepper(gpu.backend, stepProgram([1024, 1024, 1024, 10], 32), 3);
    stepper.step();
    await stepper.executable.tuned;
    // Each loss that is at hand has memory and bind groups of its own, made once.
    for (let i = 0; i < 4; i++) stepper.step();
    const each = await costs(() => stepper.step(), 6);
    expect(each.dispatches).toBe(8);
    expect(each).toMatchObject(NOTHING_NEW);
    stepper.dispose();
  });

  for (const activation of ['relu', 'tanh', 'logistic'] as const) {
    it(`with ${activation} has the reference's values`, async () => {
      const work = stepProgram([5, 7, 6, 3], 16, activation);
      const stepper = new Stepper(gpu.backend, work);
      expect(stepper.executable.explain().dispatches).toBeLessThanOrEqual(8);
      stepper.step();
      const expected = interpret(work.program, work.inputs);
      for (const [index, buffer] of [...stepper.state, stepper.loss].entries()) {
        const [actual, wanted] = [decodeElements(await gpu.backend.toHost(buffer)), decodeElements(expected[index]!)];
        for (let i = 0; i < wanted.length; i++) expect(Math.abs(actual[i]! - wanted[i]!)).toBeLessThan(1e-5);
      }
      stepper.dispose();
    });
  }

  it('does not touch a state that somebody kept, and copies each kept array once', async () => {
    const stepper = new Stepper(gpu.backend, stepProgram([3, 4, 2], 8));
    stepper.step();
    const kept = [...stepper.state];
    for (const buffer of kept) buffer.retain();
    const before = await Promise.all(kept.map((buffer) => gpu.backend.toHost(buffer)));
    for (let i = 0; i < 100; i++) stepper.step();
    const after = await Promise.all(kept.map((buffer) => gpu.backend.toHost(buffer)));
    for (const [i, array] of before.entries()) expect(hostArraysEqual(array, after[i]!)).toBe(true);
    for (const buffer of kept) buffer.release();
    stepper.dispose();
  });

  it('gives the same bits every time, and leaves the ledger flat', async () => {
    const run = async () => {
      const stepper = new Stepper(gpu.backend, stepProgram([3, 4, 2], 8));
      for (let i = 0; i < 200; i++) stepper.step();
      const arrays = await Promise.all(stepper.state.map((buffer) => gpu.backend.toHost(buffer)));
      stepper.dispose();
      return arrays;
    };
    const first = await run();
    const { liveBytes, liveBuffers } = gpu.backend.stats();
    const second = await run();
    for (const [i, array] of first.entries()) expect(hostArraysEqual(array, second[i]!)).toBe(true);
    expect(gpu.backend.stats()).toMatchObject({ liveBytes, liveBuffers });
  });

  it('of a small net under scan is one dispatch for all steps, with the bits of the replayed schedule', async () => {
    const { program, inputs, stateCount } = scanProgram([2, 8, 8, 2], 32, 25);
    const results = [];
    for (const schedule of ['auto', 'replay'] as const) {
      const executable = gpu.backend.compile(program, { schedule });
      expect(executable.explain().schedule).toBe(schedule === 'auto' ? 'single' : 'replay');
      const buffers = inputs.map((x) => gpu.backend.fromHost(x));
      const before = gpu.backend.stats().dispatches;
      const outputs = executable.run(buffers);
      const arrays = await Promise.all(outputs.map((buffer) => gpu.backend.toHost(buffer)));
      if (schedule === 'auto') expect(gpu.backend.stats().dispatches - before).toBe(1);
      for (const buffer of [...buffers, ...outputs]) buffer.release();
      results.push(arrays);
    }
    expect(results[0]!.length).toBe(stateCount + 1);
    for (const [i, array] of results[0]!.entries()) expect(hostArraysEqual(array, results[1]![i]!)).toBe(true);
  });
});

describe('a saved plan', () => {
  it('is taken again, and one that is none is refused', () => {
    const { program } = scanProgram([2, 3, 2], 4, 5);
    const { plan, schedule } = gpu.backend.compile(program).explain() as GpuExplanation;
    expect(plan).toEqual({ version: 1, loops: ['single'], matmuls: [] });
    expect(schedule).toBe('single');
    const other = { ...JSON.parse(JSON.stringify(plan)), loops: ['replay'] };
    expect(gpu.backend.compile(program, { plan: other }).explain().schedule).toBe('replay');
    expect(() => gpu.backend.compile(program, { plan: { version: 2 } })).toThrow(/compile plan/);
  });
});

describe('a device that goes away', () => {
  it('fails pending reads and later calls with DeviceLostError', async () => {
    const other = await openWebGpu(createWebGpuBackend);
    const buffer = other.backend.fromHost({ dtype: 'float32', shape: [4], data: new Uint8Array(16) });
    const pending = other.backend.toHost(buffer);
    other.device.destroy();
    await expect(pending).rejects.toMatchObject({ kind: 'DeviceLostError' });
    expect((await other.backend.lost).reason).toBe('destroyed');
    await expect(other.backend.toHost(buffer)).rejects.toMatchObject({ kind: 'DeviceLostError' });
    await expect(other.backend.synchronize()).rejects.toMatchObject({ kind: 'DeviceLostError' });
  });
});

describe('memory', () => {
  it('that is not there is an OutOfMemoryError with the number of bytes', () => {
    expect(() => gpu.backend.fromHost({ dtype: 'float32', shape: [2 ** 36], data: new Uint8Array(0) })).toThrow(
      /GiB of GPU memory were wanted/,
    );
  });
});
