import { afterEach, beforeAll, expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type EngineInfo, type SessionState } from '#linnet/core';
import { type Library, openMemoryLibrary } from '#linnet/store';
import { startEngine } from './engine';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';

const SMALL = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, samples: 60 },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 4, activation: 'tanh' as const }] },
};

let engine: EngineInfo;
beforeAll(async () => {
  engine = await startEngine('cpu');
});

const libraries: RunLibrary[] = [];
afterEach(() => {
  for (const library of libraries.splice(0)) library.close();
});

/** A tab on `store`, as the others on it. */
function tabOn(store: Library, line: string): { sandbox: Sandbox; states: SessionState[] } {
  const states: SessionState[] = [];
  const library = new RunLibrary(store, null, line);
  libraries.push(library);
  const sandbox = new Sandbox(engine, library, { state: (state) => void states.push(state), metrics() {}, checkpoints() {}, changed() {} });
  return { sandbox, states };
}

async function twoTabs() {
  const [store, line] = [await openMemoryLibrary(), crypto.randomUUID()];
  return { first: tabOn(store, line).sandbox, second: tabOn(store, line).sandbox };
}

test('a run that was never saved belongs to its tab from the first step on', async () => {
  const { first, second } = await twoTabs();
  const { id } = await first.newRun(SMALL);
  await first.play({ speed: 1 });
  await expect.poll(() => first.library.checkpoints(id)).toHaveLength(1);
  await second.restore(id, 0);
  expect(second.state().elsewhere).toBe('training');
  for (const deed of [() => second.play(), () => second.step(1), () => second.save()])
    await expect(deed()).rejects.toMatchObject({ kind: 'LockedError' });
  await first.pause();
});

test('taking a run over makes the other tab save and stop; it goes on exactly there, and nothing is written twice', async () => {
  const { first, second } = await twoTabs();
  const { id } = await first.newRun(SMALL);
  await first.step(3);
  await first.save();
  await first.play();
  await expect.poll(() => first.session.step).toBeGreaterThan(10);
  await second.restore(id, 3);
  expect(second.state().elsewhere).toBe('training');
  await second.takeOver();
  expect(first.state()).toMatchObject({ status: 'paused', elsewhere: 'continued' });
  expect(second.session.step).toBe(first.session.step);
  expect(second.state().elsewhere).toBe(null);
  await expect(first.step(1)).rejects.toMatchObject({ kind: 'LockedError' });
  await second.step(2);
  await second.save();
  // Hiding the page, which saves, writes nothing into a run that is another tab's.
  const before = await first.library.newest(id);
  first.hidden();
  await first.takeOver();
  expect((await first.library.newest(id))!.id).toBe(before!.id);
  expect(first.session.step).toBe(second.session.step);
  expect([first.state().elsewhere, second.state().elsewhere]).toEqual([null, null]);
  await first.step(1);
  await first.save();
  await expect.poll(() => second.state().elsewhere).toBe('continued');
});

test('a run that went on elsewhere is not trained from an older state, nor by accident; its branch is', async () => {
  const { first, second } = await twoTabs();
  const { id } = await first.newRun(SMALL);
  await first.step(2);
  await first.save();
  await second.restore(id, 2);
  await second.step(5);
  await second.save();
  await expect(first.step(1)).rejects.toMatchObject({ kind: 'LockedError', message: expect.stringContaining('went on in another tab') });
  await first.branch(id, 2);
  expect(first.state().elsewhere).toBe(null);
  await first.step(1);
  expect((await second.library.checkpoints(id)).map(({ step }) => step)).toEqual([0, 2, 7]);
});

test('a tab that does not answer keeps its run, and the other one is told', async () => {
  const store = await openMemoryLibrary();
  const { sandbox } = tabOn(store, 'one line');
  const { id } = await sandbox.newRun(SMALL);
  await sandbox.step(1);
  await sandbox.save();
  const lock = await store.holdRun(id);
  await sandbox.restore(id, 1);
  expect(sandbox.state().elsewhere).toBe('training');
  await expect(sandbox.takeOver()).rejects.toMatchObject({ kind: 'LockedError', message: expect.stringContaining('within 5 seconds') });
  lock!.release();
  await expect.poll(() => sandbox.state().elsewhere).toBe(null);
  await sandbox.step(1);
});
