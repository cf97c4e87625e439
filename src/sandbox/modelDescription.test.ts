import { expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type DisplayNode } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { startEngine } from './engine';
import { describeModel } from './modelDescription';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';

const at = (node: DisplayNode, ...path: readonly string[]): DisplayNode =>
  path.reduce((part, name) => part.children.find((child) => child.path.at(-1) === name)!, node);

test('the live model is described as it is trained, and nothing keeps its arrays', async () => {
  const listener = { state() {}, metrics() {}, checkpoints() {}, changed() {} };
  const sandbox = new Sandbox(await startEngine('cpu'), new RunLibrary(await openMemoryLibrary()), listener);
  await sandbox.newRun({ ...DEFAULT_EXPERIMENT, model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 3, activation: 'tanh' }] } });
  const view = { session: sandbox.session, state: null, step: 0 };
  const before = await describeModel(view);
  expect([before.type, before.path, at(before, 'linear1').type]).toEqual(['MLP', [], 'Linear']);
  const kernel = at(before, 'linear1', 'kernel');
  expect([kernel.type, kernel.path, kernel.sizes, kernel.children]).toEqual(['Param', ['linear1', 'kernel'], '6 (24 B)', []]);
  expect(kernel.array!.shape).toEqual([2, 3]);
  expect(kernel.array!.summary).toMatch(/^float32\(2, 3\) ≈.* nonzero:6$/);
  expect(kernel.array!.statistics!.tile).toMatchObject({ width: 3, height: 2 });
  expect(at(before, 'linear1', 'in_features').text).toBe('2');
  const key = at(before, 'rngs', 'params', 'key');
  expect([key.array!.statistics, at(key, 'tag').text]).toEqual([null, "'params'"]);

  await sandbox.step(5);
  const after = await describeModel(view);
  expect(at(after, 'linear1', 'kernel').array!.text).not.toBe(kernel.array!.text);
  // What goes to the page is plain data.
  expect(structuredClone(after)).toEqual(after);
});
