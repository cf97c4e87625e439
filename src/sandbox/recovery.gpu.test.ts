import { afterEach, expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type EngineInfo, type Experiment, type SessionState } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { currentBackend, init } from '#linnet/tensor';
import { startEngine } from './engine';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { everything, expectSame, SMALL, type WholeRun } from './testing/wholeRun';

const STEPS = 50;
const TINY: Experiment = {
  ...SMALL,
  data: { ...SMALL.data, samples: 80 },
  // Without running statistics: every loss compiles the model anew, and they are most of it.
  model: { ...SMALL.model, batchNorm: false, hidden: [{ width: 3, activation: 'tanh' }] },
};

/** The device in use, which a test can destroy. */
let device: GPUDevice;

/** An engine on a device that the test knows. */
async function doomedEngine(backend: 'auto' | 'cpu' = 'auto'): Promise<EngineInfo> {
  if (backend === 'cpu') return startEngine('cpu');
  const adapter = await navigator.gpu.requestAdapter();
  device = await adapter!.requestDevice();
  await init({ device });
  const { description } = currentBackend();
  return { backend: 'webgpu', description, fallbackReason: null };
}

async function onDoomedDevice(restart: typeof doomedEngine = doomedEngine) {
  await startEngine();
  const engine = await doomedEngine();
  const states: SessionState[] = [];
  const sandbox = new Sandbox(
    engine,
    new RunLibrary(await openMemoryLibrary()),
    { state: (state) => void states.push(state), metrics() {}, checkpoints() {}, changed() {} },
    restart,
  );
  return { sandbox, states };
}

/** Waits until the run of `sandbox` is open on a device that is not `gone`. */
const recovered = (sandbox: Sandbox, gone: GPUDevice) =>
  expect
    .poll(() => device !== gone && sandbox.state().problem === null && sandbox.state().status !== 'stopped', { timeout: 30_000 })
    .toBe(true);

test(`a device lost at any of ${STEPS} steps is replaced, and the run is where it was, bit for bit`, async () => {
  const { sandbox: reference } = await onDoomedDevice();
  await reference.newRun(TINY);
  const straight: WholeRun[] = [await everything(reference)];
  for (let k = 1; k <= STEPS; k++) {
    await reference.step(1);
    straight.push(await everything(reference));
  }
  const { sandbox } = await onDoomedDevice();
  await sandbox.newRun(TINY);
  for (let k = 1; k <= STEPS; k++) {
    await sandbox.step(1);
    if (k % 7 === 0) await sandbox.save();
    const gone = device;
    gone.destroy();
    // After the first loss the sandbox leaves it to the person when to try again.
    await expect.poll(() => sandbox.state().status === 'stopped' || device !== gone).toBe(true);
    if (k > 1) await sandbox.recover('auto');
    await recovered(sandbox, gone);
    await expectSame(sandbox, straight[k]!, `after a loss at step ${k}`);
  }
}, 300_000);

/** Moments of a step at which the device can go, by the call of WebGPU that it is lost before or after. */
const PHASES = (['submit', 'mapAsync', 'writeBuffer'] as const).flatMap((call) => [1, 2, 3, 5].map((nth) => [call, nth] as const));

const restorers: (() => void)[] = [];
afterEach(() => {
  for (const restore of restorers.splice(0)) restore();
});

/** Destroys the device in use at the `nth` call of `name` from now on. */
function destroyAt(name: (typeof PHASES)[number][0], nth: number): () => boolean {
  const holder = (name === 'mapAsync' ? GPUBuffer.prototype : GPUQueue.prototype) as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  const original = holder[name]!;
  let calls = 0;
  const doomed = device;
  holder[name] = function (this: unknown, ...args: unknown[]) {
    if (++calls === nth) doomed.destroy();
    return original.apply(this, args);
  };
  restorers.push(() => {
    holder[name] = original;
  });
  return () => calls >= nth;
}

test.each(PHASES)('a device lost at %s number %i of training is replaced, and training goes on with the same bits', async (call, nth) => {
  const { sandbox } = await onDoomedDevice();
  await sandbox.newRun(TINY);
  await sandbox.step(10);
  await sandbox.save();
  const gone = device;
  const happened = destroyAt(call, nth);
  await sandbox.play().catch(() => {});
  await expect.poll(happened, { timeout: 20_000 }).toBe(true);
  await recovered(sandbox, gone);
  await expect.poll(() => sandbox.session.step, { timeout: 20_000 }).toBeGreaterThan(10);
  await sandbox.pause();
  const after = await everything(sandbox);
  const straight = new Sandbox(sandbox.engine, new RunLibrary(await openMemoryLibrary()), {
    state() {},
    metrics() {},
    checkpoints() {},
    changed() {},
  });
  await straight.newRun(TINY);
  await straight.step(after.step);
  await expectSame(straight, after);
});

test('a device that is lost again, with no other to be had, is waited for; the CPU goes on with the run', async () => {
  let adapters = 1;
  const restart = (backend: 'auto' | 'cpu' = 'auto'): Promise<EngineInfo> => {
    if (backend === 'auto' && adapters-- <= 0) {
      return startEngine('cpu').then((engine) => ({ ...engine, fallbackReason: 'The browser gave no adapter.' }));
    }
    return doomedEngine(backend);
  };
  const { sandbox, states } = await onDoomedDevice(restart);
  await sandbox.newRun({ ...DEFAULT_EXPERIMENT, data: { ...DEFAULT_EXPERIMENT.data, samples: 80 } });
  await sandbox.step(5);
  await sandbox.save();
  await sandbox.step(4);
  const first = device;
  first.destroy();
  await recovered(sandbox, first);
  expect(sandbox.session.step).toBe(9);
  device.destroy();
  await expect.poll(() => states.at(-1)?.problem?.retryAtMs).toBeGreaterThan(Date.now() + 100_000);
  expect(states.at(-1)!.problem).toMatchObject({ kind: 'DeviceUnavailableError', actions: ['useCpu', 'reload'] });
  await expect(sandbox.recover('auto')).rejects.toMatchObject({ kind: 'DeviceUnavailableError' });
  expect(states.at(-1)!.problem!.message).toContain('The browser gave no adapter.');
  await sandbox.recover('cpu');
  expect(sandbox.state()).toMatchObject({ status: 'paused', step: 9, problem: null });
  expect(sandbox.engine.backend).toBe('cpu');
  await sandbox.step(1);
  expect(sandbox.session.step).toBe(10);
}, 60_000);
