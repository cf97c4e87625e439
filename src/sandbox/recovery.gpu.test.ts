import { expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type SessionState } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { init } from '#linnet/tensor';
import { startEngine } from './engine';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';

const EXPERIMENT = { ...DEFAULT_EXPERIMENT, data: { ...DEFAULT_EXPERIMENT.data, samples: 80 } };

/** A sandbox on a device that the test can destroy. */
async function onDoomedDevice() {
  const engine = await startEngine();
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  await init({ device });
  const states: SessionState[] = [];
  const sandbox = new Sandbox(
    engine,
    new RunLibrary(await openMemoryLibrary()),
    { state: (state) => void states.push(state), metrics() {}, checkpoints() {}, changed() {} },
    startEngine,
  );
  return { device, sandbox, states };
}

test('a lost device is replaced, and the run is where it was, bit for bit', async () => {
  const { device, sandbox, states } = await onDoomedDevice();
  await sandbox.newRun(EXPERIMENT);
  await sandbox.step(10);
  await sandbox.save();
  await sandbox.step(7);
  const kernel = await sandbox.session.trainer.kernel('linear2');
  const metrics = sandbox.session.metrics.toJson();
  device.destroy();
  await expect.poll(() => states.some(({ problem }) => problem?.kind === 'DeviceLostError'), { timeout: 5_000 }).toBe(true);
  await expect.poll(() => [states.at(-1)?.status, states.at(-1)?.step], { timeout: 30_000 }).toEqual(['paused', 17]);
  expect(await sandbox.session.trainer.kernel('linear2')).toEqual(kernel);
  expect(sandbox.session.metrics.toJson()).toEqual(metrics);
  await sandbox.step(1);
  expect(sandbox.session.step).toBe(18);
}, 60_000);
