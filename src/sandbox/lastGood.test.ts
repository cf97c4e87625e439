import { expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { startEngine } from './engine';
import { Health } from './health';
import { LastGood } from './lastGood';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { everything, expectSame } from './testing/wholeRun';

/** Finds whatever comes from step 333 on no longer finite. */
class FiniteUntil333 extends Health {
  readonly looks: number[] = [];

  override async look(step: number): Promise<boolean> {
    this.looks.push(step);
    return step < 333;
  }
}

async function run(): Promise<Sandbox> {
  const listener = { state() {}, metrics() {}, checkpoints() {}, changed() {} };
  const sandbox = new Sandbox(await startEngine('cpu'), new RunLibrary(await openMemoryLibrary(), null), listener);
  await sandbox.newRun({
    ...DEFAULT_EXPERIMENT,
    data: { ...DEFAULT_EXPERIMENT.data, samples: 60 },
    model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 4, activation: 'tanh' }], dropout: 0.2, batchNorm: true },
  });
  return sandbox;
}

test('a run goes back to what is kept and is trained again, bit for bit, to within fifty steps of where it went wrong', async () => {
  const straight = await run();
  await straight.step(350);
  const expected = await everything(straight);
  const sandbox = await run();
  const health = new FiniteUntil333();
  const lastGood = new LastGood(sandbox.session.trainer, sandbox.session.metrics, health);
  await sandbox.step(100);
  lastGood.begin();
  await sandbox.step(100);
  lastGood.hold();
  lastGood.confirm(200);
  await sandbox.step(700);
  expect(await lastGood.retrace(900)).toBe(350);
  expect(health.looks).toEqual([200, 250, 300, 350]);
  await expectSame(sandbox, expected);
});

test('where nothing is kept the run stays where it is', async () => {
  const sandbox = await run();
  const lastGood = new LastGood(sandbox.session.trainer, sandbox.session.metrics, new FiniteUntil333());
  await sandbox.step(20);
  lastGood.begin();
  lastGood.drop();
  const before = await everything(sandbox);
  expect(await lastGood.retrace(20)).toBe(20);
  await expectSame(sandbox, before);
});
