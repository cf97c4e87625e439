import { beforeAll, expect, test } from 'vitest';
import { CheckpointPath, registerPathScheme } from '#linnet/checkpoint';
import type { GuideResult, GuideValues } from '#linnet/core';
import { memoryStore } from '#linnet/store';
import { startEngine } from '../engine';
import { Guide } from './guide';

const VALUES: GuideValues = { dim: 4, seed: 0, partitionable: true, useBias: false, name: 'state' };
const LAST = 5;

beforeAll(async () => {
  await startEngine('cpu');
  const disk = memoryStore('opfs:/');
  registerPathScheme((source) => (String(source).startsWith('opfs:/') ? new CheckpointPath(disk, String(source).slice(6)) : undefined));
});

async function run(guide: Guide, index: number, values: GuideValues): Promise<GuideResult[]> {
  const results: GuideResult[] = [];
  await guide.run(index, values, (result) => results.push(result));
  return results;
}

const labels = ({ outputs }: GuideResult) => outputs.map(({ label }) => label);
const treeOf = (result: GuideResult, name: string) => {
  const output = result.outputs.find(({ label }) => label === name);
  return output?.kind === 'tree' ? output.tree : undefined;
};

test('every section runs and shows what it made; the code shown is what a library user would write', async () => {
  const guide = new Guide();
  const results = await run(guide, LAST, VALUES);
  expect(results.map(({ id, error }) => [id, error])).toEqual(guide.sections.map(({ id }) => [id, null]));
  const [setUp, save, restore, pure, repaired, taken] = results;
  expect(treeOf(setUp!, 'model(x)')!.array!.shape).toEqual([3, 4]);
  expect(save!.outputs.find(({ kind }) => kind === 'files')).toMatchObject({
    files: expect.arrayContaining([{ path: 'state/_METADATA', byteLength: expect.any(Number) }]),
  });
  expect(treeOf(restore!, 'model(x)')!.array!.text).toBe(treeOf(setUp!, 'model(x)')!.array!.text);
  expect(pure!.outputs[0]).toMatchObject({ kind: 'warning', text: expect.stringMatching(/unsafe/i) });
  expect(treeOf(repaired!, 'model.linear1')!.children.map(({ path }) => path.at(-1))).toContain('bias');
  expect(labels(taken!)).toEqual(['linear1.kernel.value', 'linear2.kernel.value', 'state.zip']);
  for (const { code } of guide.sections) {
    expect(code).not.toMatch(/\.\/section|\.\/linnet'/);
    expect(code).toMatch(/^import .* from 'linnet';/m);
  }
});

test('a section runs again on what is there; other values run those before it anew', async () => {
  const guide = new Guide();
  await run(guide, 2, VALUES);
  expect((await run(guide, 1, VALUES)).map(({ id }) => id)).toEqual(['save']);
  const biased = { ...VALUES, useBias: true, dim: 3, seed: 7, name: 'with bias' };
  const results = await run(guide, 3, biased);
  expect(results.map(({ id }) => id)).toEqual(['set-up', 'save', 'restore', 'pure-dicts']);
  const state = treeOf(results[1]!, 'state')!;
  expect(state.children.flatMap((layer) => layer.children.map(({ path }) => path.join('.')))).toContain('linear1.bias');
  expect((await run(guide, 0, { ...biased, partitionable: false })).map(({ id }) => id)).toEqual(['set-up']);
  await run(guide, 0, VALUES);
});

test('what fails is said in words, and nothing after it runs', async () => {
  const guide = new Guide();
  const results = await run(guide, LAST, { ...VALUES, name: '../outside' });
  expect(results.map(({ id }) => id)).toEqual(['set-up', 'save']);
  expect(results[1]!.error).toMatchObject({ kind: 'InvalidArgumentError', message: expect.stringContaining('..') });
});
