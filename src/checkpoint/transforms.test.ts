import { beforeEach, describe, expect, test, vi } from 'vitest';
import { castHostArray, type HostArray, hostArray } from '#linnet/core';
import type { CheckpointPath } from './paths/checkpointPath';
import { PyTreeCheckpointer } from './pyTreeCheckpointer';
import { eraseAndCreateEmpty } from './testUtils';
import type { TransformReport, Transforms } from './transforms';

const vector = (...values: number[]): HostArray => hostArray('float32', [values.length], new Uint8Array(Float32Array.from(values).buffer));
const numbers = (array: HostArray): number[] => [...new Float32Array(castHostArray(array, 'float32').data.slice().buffer)];
const fallback = vector(-1, -1);

const checkpointer = new PyTreeCheckpointer();
let place: CheckpointPath;
beforeEach(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  place = await eraseAndCreateEmpty('memory:/transforms');
  await checkpointer.save(place, { enc: { w: vector(1, 2), b: vector(3, 4) }, old: vector(5, 6), step: 7, name: 'net' });
  return () => vi.restoreAllMocks();
});

async function restore(target: object, transforms: Transforms, options = {}): Promise<{ tree: any; report: TransformReport }> {
  let report: TransformReport | undefined;
  const tree = await checkpointer.restore(place, target, {
    transforms,
    ...options,
    onReport: (given) => {
      report = given;
    },
  });
  return { tree, report: report! };
}

describe('transformations', () => {
  test('rename by regular expression, keep, compute, drop: the report says which was which', async () => {
    const target = { linear1: { w: fallback, b: fallback }, head: fallback, step: 0 };
    const { tree, report } = await restore(target, {
      'linear1/(.*)': { originalKey: 'enc/$1', valueFn: (value) => castHostArray(value as HostArray, 'float64') },
      head: { useFallback: true },
    });
    expect(numbers(tree.linear1.w)).toEqual([1, 2]);
    expect(tree.linear1.w.dtype).toBe('float32');
    expect(tree.head).toBe(fallback);
    expect(tree.step).toBe(7);
    expect(report).toEqual({
      loaded: [
        { to: 'linear1/b', from: ['enc/b'] },
        { to: 'linear1/w', from: ['enc/w'] },
        { to: 'step', from: ['step'] },
      ],
      kept: ['head'],
      dropped: ['name', 'old'],
      unusedRules: [],
    });
  });

  test("Python's back references work too", async () => {
    const { tree } = await restore({ a: { w: fallback } }, { '(a)/(w)': { originalKey: 'enc/\\2' } });
    expect(numbers(tree.a.w)).toEqual([1, 2]);
  });

  test('many to one', async () => {
    const sum = (_: string, values: ReadonlyMap<string, unknown>) =>
      vector(...numbers(values.get('enc/w') as HostArray).map((value, i) => value + numbers(values.get('old') as HostArray)[i]!));
    const { tree, report } = await restore({ both: fallback }, { both: { multiValueFn: sum, multiValueFnInputs: ['enc/w', 'old'] } });
    expect(numbers(tree.both)).toEqual([6, 8]);
    expect(report.loaded).toEqual([{ to: 'both', from: ['enc/w', 'old'] }]);
  });

  test('a rule for a prefix only is reported as unused, and its leaves as kept', async () => {
    const { tree, report } = await restore({ linear1: { w: fallback } }, { linear1: { originalKey: 'enc' } });
    expect(tree.linear1.w).toBe(fallback);
    expect(report).toMatchObject({ kept: ['linear1/w'], unusedRules: ['linear1'] });
  });

  test('without default to original, only rules load', async () => {
    const { report } = await restore({ old: fallback, enc: { w: fallback } }, { 'enc/w': {} }, { transformsDefaultToOriginal: false });
    expect(report.kept).toEqual(['old']);
    expect(report.loaded).toEqual([{ to: 'enc/w', from: ['enc/w'] }]);
  });

  test.each([
    ['a source that is not there', { x: { originalKey: 'nowhere' } }, { x: fallback }, 'no such leaf'],
    ['a fallback with a function', { x: { useFallback: true, valueFn: (v: unknown) => v } }, { x: fallback }, 'useFallback'],
    ['many to one without inputs', { x: { multiValueFn: () => 1 } }, { x: fallback }, 'multiValueFnInputs'],
    ['a pattern that is none', { '(': {} }, { x: fallback }, 'regular expression'],
    ['another shape', { x: { originalKey: 'old' } }, { x: vector(1, 2, 3) }, 'x would be float32[2], the target wants float32[3]'],
    ['a function with another shape', { x: { originalKey: 'old', valueFn: () => vector(1) } }, { x: fallback }, 'returned float32[1]'],
  ] as [string, Transforms, object, string][])('%s is refused', async (_, transforms, target, message) => {
    await expect(restore(target, transforms)).rejects.toThrow(message);
  });

  test('a target is needed', async () => {
    await expect(checkpointer.restore(place, null, { transforms: {} })).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
  });
});
