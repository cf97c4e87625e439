import { beforeAll, test } from 'vitest';
import { path } from '#linnet/checkpoint';
import type { EngineInfo, Experiment } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { startEngine } from './engine';
import { exportStep } from './exporting';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { everything, expectSame, SMALL, type WholeRun } from './testing/wholeRun';

const STEPS = 50;
const TINY: Experiment = { ...SMALL, model: { ...SMALL.model, hidden: [{ width: 5, activation: 'tanh' }] } };

let engine: EngineInfo;
/** One run that was paused and saved at every step, and what it was there. */
let library: RunLibrary;
let run: string;
const straight: WholeRun[] = [];

const sandboxOn = (runs: RunLibrary): Sandbox => new Sandbox(engine, runs, { state() {}, metrics() {}, checkpoints() {}, changed() {} });

beforeAll(async () => {
  engine = await startEngine('cpu');
  library = new RunLibrary(await openMemoryLibrary());
  const sandbox = sandboxOn(library);
  run = (await sandbox.newRun(TINY)).id;
  straight.push(await everything(sandbox));
  for (let k = 1; k <= STEPS; k++) {
    await sandbox.step(1);
    await sandbox.save({ name: `step ${k}` });
    straight.push(await everything(sandbox));
  }
});

test(`${STEPS} steps without a stop are the steps of a run that was paused at each`, async () => {
  const sandbox = sandboxOn(new RunLibrary(await openMemoryLibrary()));
  await sandbox.newRun(TINY);
  await sandbox.step(STEPS);
  await expectSame(sandbox, straight[STEPS]!);
});

/** Goes on at step `k` with a run that `open` opens, up to the end. */
async function resumeAt(k: number, open: (sandbox: Sandbox) => Promise<unknown>): Promise<void> {
  const sandbox = sandboxOn(library);
  await open(sandbox);
  await expectSame(sandbox, straight[k]!, `at step ${k}`);
  if (k < STEPS) await sandbox.step(STEPS - k);
  await expectSame(sandbox, straight[STEPS]!, `from step ${k}`);
}

test('a run restored at any step goes on bit for bit: arrays, random streams, data, schedule and history', async () => {
  for (let k = 0; k <= STEPS; k++) await resumeAt(k, (sandbox) => sandbox.restore(run, k));
}, 120_000);

test('its own export, imported at any step, goes on bit for bit', async () => {
  for (let k = 1; k <= STEPS; k++) {
    const { name, blob } = await exportStep(await library.open(run, k), 'my run', k, 'orbax');
    const zip = await path(new File([blob], name));
    await resumeAt(k, (sandbox) => sandbox.importStep(zip.join('my run', k)));
  }
}, 120_000);
