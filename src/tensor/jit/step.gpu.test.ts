import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostArraysEqual } from '#linnet/core';
import { openWebGpu, type WatchedBackend } from '../../testing/device';
import { scanProgram, stepProgram } from '../../testing/mlp';
import type { BackendStats, Buffer, Executable } from '../backend';
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

/** Steps a program whose leading inputs are state that it gives up. */
class Stepper {
  readonly executable: Executable;
  readonly #donate: boolean[];
  readonly #fixed: Buffer[];
  state: Buffer[];
  loss: Buffer | undefined;

  constructor({ program, inputs, stateCount }: ReturnType<typeof stepProgram>, backend = gpu.backend) {
    this.#donate = inputs.map((_, i) => i < stateCount);
    this.executable = backend.compile(program, { donate: this.#donate });
    const buffers = inputs.map((x) => backend.fromHost(x));
    this.state = buffers.slice(0, stateCount);
    this.#fixed = buffers.slice(stateCount);
  }

  step(): void {
    this.loss?.release();
    const outputs = this.executable.run([...this.state, ...this.#fixed], { donate: this.#donate });
    this.loss = outputs.pop()!;
    this.state = outputs;
  }

  dispose(): void {
    for (const buffer of [...this.state, ...this.#fixed, this.loss]) buffer?.release();
  }
}

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

describe('a training step', () => {
  it('of 784-256-128-10 takes 8 dispatches and nothing else once it is replayed', async () => {
    const stepper = new Stepper(stepProgram([784, 256, 128, 10], 128));
    stepper.step();
    await stepper.executable.tuned;
    stepper.step();
    const each = await costs(() => stepper.step(), 10);
    expect(each.dispatches).toBe(8);
    expect(each.submits).toBeLessThanOrEqual(0.2);
    const { buffersCreated, bindGroupsCreated, pipelinesCreated, bufferWrites, liveBytes, liveBuffers } = each;
    expect({ buffersCreated, bindGroupsCreated, pipelinesCreated, bufferWrites, liveBytes, liveBuffers }).toEqual({
      buffersCreated: 0,
      bindGroupsCreated: 0,
      pipelinesCreated: 0,
      bufferWrites: 0,
      liveBytes: 0,
      liveBuffers: 0,
    });
    stepper.dispose();
  });

  for (const activation of ['relu', 'tanh', 'logistic'] as const) {
    it(`with ${activation} has the reference's values`, async () => {
      const work = stepProgram([5, 7, 6, 3], 16, activation);
      const stepper = new Stepper(work);
      expect(stepper.executable.explain().dispatches).toBeLessThanOrEqual(8);
      stepper.step();
      const expected = interpret(work.program, work.inputs);
      for (const [index, buffer] of [...stepper.state, stepper.loss!].entries()) {
        const [actual, wanted] = [decodeElements(await gpu.backend.toHost(buffer)), decodeElements(expected[index]!)];
        for (let i = 0; i < wanted.length; i++) expect(Math.abs(actual[i]! - wanted[i]!)).toBeLessThan(1e-5);
      }
      stepper.dispose();
    });
  }

  it('does not touch a state that somebody kept, and copies each kept array once', async () => {
    const stepper = new Stepper(stepProgram([3, 4, 2], 8));
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
      const stepper = new Stepper(stepProgram([3, 4, 2], 8));
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

  it('begins with kernels that compile fast, and has the same bits when the others take over', async () => {
    const work = stepProgram([96, 64, 64, 10], 64);
    const run = async (waits: boolean) => {
      const other = createWebGpuBackend(gpu.device);
      const stepper = new Stepper(work, other);
      if (waits) await stepper.executable.tuned;
      for (let i = 0; i < 3; i++) stepper.step();
      const begun = other.stats().pipelinesCreated;
      await stepper.executable.tuned;
      expect(other.stats().pipelinesCreated > begun).toBe(!waits);
      for (let i = 0; i < 3; i++) stepper.step();
      return Promise.all(stepper.state.map((buffer) => other.toHost(buffer)));
    };
    const [swapped, whole] = [await run(false), await run(true)];
    for (const [i, array] of swapped.entries()) expect(hostArraysEqual(array, whole[i]!)).toBe(true);
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
