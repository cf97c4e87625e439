import { beforeAll, expect, test } from 'vitest';
import {
  type CheckpointInfo,
  DEFAULT_EXPERIMENT,
  type EngineInfo,
  hostArraysEqual,
  LinnetError,
  mapTree,
  type SessionState,
} from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { startEngine } from './engine';
import { incomingWeights, shownUnits } from './questions';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { everything, expectSame, SMALL } from './testing/wholeRun';

let engine: EngineInfo;
beforeAll(async () => {
  engine = await startEngine('cpu');
});

interface Seen {
  readonly states: SessionState[];
  readonly steps: number[];
  checkpoints: CheckpointInfo[];
}

async function makeSandbox(): Promise<{ sandbox: Sandbox; seen: Seen }> {
  const seen: Seen = { states: [], steps: [], checkpoints: [] };
  const sandbox = new Sandbox(engine, new RunLibrary(await openMemoryLibrary()), {
    state: (state) => seen.states.push(state),
    metrics: ({ steps }) => seen.steps.push(...steps),
    checkpoints: (list) => {
      seen.checkpoints = list;
    },
    changed: () => {},
  });
  return { sandbox, seen };
}

test('a save while training goes on holds the state of its own step', async () => {
  const { sandbox } = await makeSandbox();
  const { id } = await sandbox.newRun(SMALL);
  await sandbox.step(3);
  const third = await everything(sandbox);
  const saving = sandbox.save({ name: 'third' });
  await sandbox.step(20);
  expect((await saving).step).toBe(3);
  await sandbox.restore(id, 3);
  await expectSame(sandbox, third);
});

test('looking at a checkpoint changes nothing; a branch is a run of its own', async () => {
  const { sandbox, seen } = await makeSandbox();
  const { id } = await sandbox.newRun(SMALL);
  await sandbox.step(2);
  await sandbox.save();
  await sandbox.step(5);
  const now = await everything(sandbox);
  const present = await incomingWeights(await sandbox.view(), 0, 0);
  await sandbox.lookAt(2);
  expect(sandbox.state().lookingAt).toBe(2);
  expect(await incomingWeights(await sandbox.view(), 0, 0)).not.toEqual(present);
  await sandbox.lookAt(null);
  expect(await incomingWeights(await sandbox.view(), 0, 0)).toEqual(present);
  await expectSame(sandbox, now);
  const branch = await sandbox.branch(id, 2);
  expect([branch.parent, sandbox.session.step]).toEqual([{ run: id, step: 2 }, 2]);
  expect(branch.id).not.toBe(id);
  await sandbox.save();
  expect(seen.checkpoints.map(({ run, step }) => [run, step])).toEqual([[branch.id, 2]]);
  expect((await sandbox.library.list()).map(({ record }) => record.run.id).sort()).toEqual([branch.id, id].sort());
});

test('a diverging run stops itself at the last good state and names the place', async () => {
  const { sandbox, seen } = await makeSandbox();
  await sandbox.newRun({
    ...SMALL,
    optimizer: { ...SMALL.optimizer, name: 'sgd', schedule: 'constant', clipNorm: 0, weightDecay: 0, learningRate: 100 },
    data: { ...SMALL.data, name: 'regress-gauss' },
    model: { ...SMALL.model, batchNorm: false, dropout: 0, hidden: [{ width: 8, activation: 'linear' }] },
  });
  await sandbox.step(200);
  await expect.poll(() => seen.states.at(-1)?.problem?.message).toMatch(/The loss of step \d+ is not a finite number/);
  const { status, step, problem } = seen.states.at(-1)!;
  expect(problem!.divergedAt).toBe(step + 1);
  await expect
    .poll(() => seen.states.at(-1)?.problem?.message)
    .toMatch(
      /The loss of step \d+ is not a finite number\. The first tensor that is not finite is ((the (gradient|output) of )?linear\d|the loss itself)/,
    );
  expect(status).toBe('stopped');
  expect(step).toBeLessThan(50);
  expect(problem!.actions).toContain('goBack');
  expect(sandbox.session.trainer.step).toBe(step);
});

test('a weight that became infinite stops training and is named, also where the loss does not show it', async () => {
  const { sandbox, seen } = await makeSandbox();
  const { id } = await sandbox.newRun({
    ...SMALL,
    model: { ...SMALL.model, batchNorm: false, dropout: 0, hidden: [{ width: 4, activation: 'tanh' }] },
    optimizer: { ...SMALL.optimizer, name: 'sgd', schedule: 'constant', clipNorm: 0, weightDecay: 0 },
  });
  await sandbox.step(60);
  await sandbox.save();
  const good = await everything(sandbox);
  // tanh makes a finite 1 of what an infinite bias adds to.
  const { trainer } = sandbox.session;
  const { model, optimizer } = trainer.snapshot();
  const spoilt = mapTree<typeof model>((leaf: JaxArray) => leaf, model);
  spoilt.linear1.bias.value = jnp.full([4], Number.POSITIVE_INFINITY);
  trainer.load({ model: spoilt, optimizer }, 60);
  await sandbox.step(300);
  await expect
    .poll(() => seen.states.at(-1)?.problem?.message)
    .toMatch(/After step \d+ linear1\.bias holds numbers that are not finite, though the loss does not show it/);
  expect(sandbox.state()).toMatchObject({ status: 'stopped' });
  // However many steps were trained before anybody looked, the run is left within fifty of where it went wrong.
  expect(sandbox.session.step).toBeLessThanOrEqual(110);
  // It is no state to come back to: leaving saves nothing.
  sandbox.hidden();
  await sandbox.pause();
  expect((await sandbox.library.checkpoints(id)).map(({ step }) => step)).toEqual([0, 60]);
  // One click back: the last good checkpoint, bit for bit.
  await sandbox.restore(id, 60);
  await expectSame(sandbox, good);
});

test('training that is to stop early pauses where the test loss has not become better for so many steps', async () => {
  const { sandbox } = await makeSandbox();
  await sandbox.newRun({
    ...SMALL,
    model: { ...SMALL.model, batchNorm: false, dropout: 0 },
    optimizer: { ...SMALL.optimizer, name: 'sgd', schedule: 'constant', weightDecay: 0, learningRate: 0 },
  });
  await sandbox.play({ patience: 100 });
  await expect.poll(() => sandbox.state(), { timeout: 20_000 }).toMatchObject({ status: 'paused', endedEarly: 0 });
  expect(sandbox.session.step).toBeGreaterThanOrEqual(100);
  // Counted anew from where it goes on.
  const { step } = sandbox.session;
  await sandbox.play({ patience: 50 });
  expect(sandbox.state().endedEarly).toBeUndefined();
  await expect.poll(() => sandbox.state().endedEarly, { timeout: 20_000 }).toBe(0);
  expect(sandbox.session.step).toBeGreaterThanOrEqual(step + 50);
}, 60_000);

test('the optimiser changes within a run: values at once, clipping and schedule with moments kept', async () => {
  const { sandbox } = await makeSandbox();
  await sandbox.newRun({ ...SMALL, optimizer: DEFAULT_EXPERIMENT.optimizer });
  await sandbox.step(5);
  const before = await everything(sandbox);
  await sandbox.updateOptimizer({ ...DEFAULT_EXPERIMENT.optimizer, learningRate: 0.5 });
  await expectSame(sandbox, before);
  await sandbox.updateOptimizer({ ...DEFAULT_EXPERIMENT.optimizer, clipNorm: 1, schedule: 'cosine' });
  const after = await everything(sandbox);
  const find = (arrays: typeof after.arrays, end: string) => arrays.find(([path]) => path.endsWith(end))![1];
  expect(hostArraysEqual(find(after.arrays, 'mu.linear1.kernel.value'), find(before.arrays, 'mu.linear1.kernel.value'))).toBe(true);
  expect(after.arrays.map(([path]) => path)).toContain('optimizer.opt_state.1.0.mu.linear1.kernel.value');
  expect(after.arrays.map(([path]) => path)).toContain('optimizer.opt_state.1.1.count.value');
  await sandbox.step(3);
  expect(sandbox.session.step).toBe(8);
  await expect(sandbox.updateOptimizer({ ...DEFAULT_EXPERIMENT.optimizer, name: 'sgd' })).rejects.toThrow('needs a new run');
});

test("the person's own rows travel with the checkpoint", async () => {
  const { sandbox } = await makeSandbox();
  const values = Float32Array.from({ length: 60 }, (_, i) => (i % 3 === 2 ? Math.floor(i / 3) % 2 : Math.sin(i)));
  const own = { name: 'mine.csv', columns: ['a', 'b', 'kind'], values, classNames: ['no', 'yes'], task: 'classification' as const };
  const { id } = await sandbox.newRun({ ...SMALL, data: { ...SMALL.data, name: 'csv' } }, own);
  await sandbox.step(2);
  await sandbox.save();
  const { sandbox: other } = await makeSandbox();
  const second = new Sandbox(engine, sandbox.library, { state() {}, metrics() {}, checkpoints() {}, changed() {} });
  expect(other.hasSession).toBe(false);
  await second.restore(id, 2);
  await expectSame(second, await everything(sandbox));
  expect(second.session.trainer.data.train.inputs).toEqual(sandbox.session.trainer.data.train.inputs);
});

test('a new run that cannot be made leaves the old one as it is', async () => {
  const { sandbox } = await makeSandbox();
  await sandbox.newRun(SMALL);
  await sandbox.step(1);
  const before = await everything(sandbox);
  await expect(sandbox.newRun({ ...SMALL, training: { ...SMALL.training, batchSize: 0 } })).rejects.toThrow('training.batchSize is 0');
  await expect(sandbox.restore('nothing', 3)).rejects.toMatchObject({ kind: 'CheckpointNotFoundError' });
  await expectSame(sandbox, before);
});

test('Play pressed while another run is being opened means that run', async () => {
  const { sandbox, seen } = await makeSandbox();
  await sandbox.newRun(DEFAULT_EXPERIMENT);
  const opening = sandbox.newRun({ ...DEFAULT_EXPERIMENT, data: { ...DEFAULT_EXPERIMENT.data, name: 'moons' } });
  await Promise.all([opening, sandbox.play()]);
  expect(sandbox.session.info.experiment.data.name).toBe('moons');
  expect(sandbox.session.loop.isRunning).toBe(true);
  await sandbox.pause();
  expect(seen.states.every(({ problem }) => problem === null)).toBe(true);
});

test('a run that is trained in one tab is locked for another, which may branch it', async () => {
  const { sandbox: first } = await makeSandbox();
  const { id } = await first.newRun(SMALL);
  await first.step(1);
  await first.save();
  await first.play({ speed: 1 });
  const second = new Sandbox(engine, first.library, { state() {}, metrics() {}, checkpoints() {}, changed() {} });
  await second.restore(id, 1);
  await expect(second.step(1)).rejects.toMatchObject({ kind: 'LockedError' });
  await second.branch(id, 1);
  await second.step(1);
  expect(second.session.step).toBe(2);
  await first.pause();
  await second.restore(id, 1);
  await second.step(1);
});

test('a run whose newest step is replaced while it is listed is listed with the new one', async () => {
  const store = await openMemoryLibrary();
  const library = new RunLibrary(store);
  const sandbox = new Sandbox(engine, library, { state() {}, metrics() {}, checkpoints() {}, changed() {} });
  await sandbox.newRun(DEFAULT_EXPERIMENT);
  await sandbox.step(2);
  await sandbox.save({ name: 'kept' });
  const openStep = store.openStep.bind(store);
  let replaced = 0;
  store.openStep = async (run, step) => {
    if (replaced++ > 0) return openStep(run, step);
    throw new LinnetError('CheckpointNotFoundError', 'The step was replaced by another save.');
  };
  const runs = await new RunLibrary(store).list();
  expect(runs.map(({ latest }) => latest.name)).toEqual(['kept']);
  expect(replaced).toBe(2);
});

test('of wide hidden layers the strongest units are shown, strongest first; inputs and outputs keep their order', async () => {
  const { sandbox } = await makeSandbox();
  const { layers } = await sandbox.newRun({ ...SMALL, model: { ...SMALL.model, hidden: [{ width: 20, activation: 'tanh' }] } });
  const [inputs, hidden, outputs] = await shownUnits(await sandbox.view(), [2, 5, 2]);
  expect([inputs, outputs]).toEqual([
    [0, 1],
    [0, 1],
  ]);
  const view = await sandbox.view();
  const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
  const into = await Promise.all(Array.from({ length: 20 }, (_, unit) => incomingWeights(view, 0, unit)));
  const next = await Promise.all(Array.from({ length: layers[1]!.outputs }, (_, unit) => incomingWeights(view, 1, unit)));
  const strength = into.map((weights, unit) => norm(weights) * norm(next.map((weights) => weights[unit]!)));
  expect(hidden).toEqual([...strength.keys()].sort((a, b) => strength[b]! - strength[a]!).slice(0, 5));
  expect(await shownUnits(view, [2, 30, 2])).toEqual([[0, 1], [...Array(20).keys()], [0, 1]]);
});

test('a new run is not called as a saved one is', async () => {
  const { sandbox } = await makeSandbox();
  const { name } = await sandbox.newRun(SMALL);
  await sandbox.step(1);
  await sandbox.save();
  expect((await sandbox.newRun(SMALL)).name).toBe(`${name} (2)`);
  expect((await sandbox.newRun({ ...SMALL, optimizer: { ...SMALL.optimizer, name: 'sgd' } })).name).not.toContain('(');
});

test('a run of own rows can be changed after it was restored: its rows came with it', async () => {
  const { sandbox } = await makeSandbox();
  const own = {
    name: 'mine',
    columns: ['a', 'b', 'label'],
    values: Float32Array.from({ length: 60 }, (_, i) => (i % 3 === 2 ? Math.floor(i / 3) % 2 : Math.sin(i))),
    classNames: ['no', 'yes'],
    task: 'classification' as const,
  };
  const experiment = { ...SMALL, data: { ...SMALL.data, name: 'csv' as const } };
  const { id } = await sandbox.newRun(experiment, own);
  await sandbox.step(1);
  await sandbox.save();
  await sandbox.newRun(SMALL);
  await sandbox.restore(id, 1);
  const { dataSource } = await sandbox.newRun({ ...experiment, training: { ...experiment.training, batchSize: 3 } });
  expect(dataSource).toContain('mine');
});

test('a regression knows the variance that R² is measured by: that of its own test labels', async () => {
  const { sandbox } = await makeSandbox();
  const classification = await sandbox.newRun(SMALL);
  expect(classification.testVariance).toBeUndefined();
  const { testVariance } = await sandbox.newRun({ ...SMALL, data: { ...SMALL.data, name: 'plane' } });
  const { labels } = sandbox.session.trainer.data.test;
  const mean = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  expect(testVariance).toBeCloseTo(labels.reduce((sum, label) => sum + (label - mean) ** 2, 0) / labels.length, 6);
});
