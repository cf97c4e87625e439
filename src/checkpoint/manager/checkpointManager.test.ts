import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type HostArray, hostArray } from '#linnet/core';
import { memoryStore, openMemoryLibrary, type WritableStore } from '#linnet/store';
import { fixtureStore } from '../../testing/checkpointLeaves';
import { CheckpointPath } from '../paths/checkpointPath';
import { libraryPath } from '../paths/libraryStore';
import { eraseAndCreateEmpty } from '../testUtils';
import { Composite, JsonRestore, JsonSave, PyTreeRestore, StandardRestore, StandardSave } from './args';
import { CheckpointManager } from './checkpointManager';
import type { CheckpointManagerOptions } from './options';
import * as policies from './policies';

const array = (value: number): HostArray => hostArray('float32', [1], new Uint8Array(Float32Array.of(value).buffer));
const numbers = ({ data }: HostArray): number[] => [...new Float32Array(data.slice().buffer)];
const item = (step: number) => StandardSave({ w: array(step) });
const tenSteps = Array.from({ length: 10 }, (_, step) => step);
const cycle = (step: number): number => (7 * step) % 10;

let root: CheckpointPath;
beforeEach(async () => {
  root = await eraseAndCreateEmpty('memory:/manager');
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  return () => vi.restoreAllMocks();
});

async function run(
  options: CheckpointManagerOptions,
  metrics?: (step: number) => Record<string, number> | undefined,
): Promise<{ kept: number[]; saved: number[] }> {
  const manager = new CheckpointManager(root, options);
  const saved: number[] = [];
  for (const step of tenSteps) {
    const values = metrics?.(step);
    if (await manager.save(step, item(step), values === undefined ? {} : { metrics: values })) saved.push(step);
  }
  await manager.waitUntilFinished();
  const kept = await manager.allSteps();
  const again = new CheckpointManager(root, options);
  expect(await again.allSteps(), 'what another manager finds in the directory').toEqual(kept);
  return { kept, saved };
}

describe('what Orbax keeps of the steps 0 to 9', () => {
  const accuracy = (step: number) => ({ acc: cycle(step) });
  const bestFn = (metrics: Record<string, number>) => metrics.acc!;
  test.each([
    ['everything', {}, undefined, tenSteps],
    ['maxToKeep 3', { maxToKeep: 3 }, undefined, [7, 8, 9]],
    ['maxToKeep 2 and keepPeriod 4', { maxToKeep: 2, keepPeriod: 4 }, undefined, [0, 4, 8, 9]],
    ['maxToKeep 1 and keepTimeInterval of an hour', { maxToKeep: 1, keepTimeInterval: 3600 }, undefined, [0, 9]],
    ['maxToKeep 0', { maxToKeep: 0 }, undefined, []],
    ['best 3', { maxToKeep: 3, bestFn }, accuracy, [1, 4, 7]],
    ['best 3, lowest', { maxToKeep: 3, bestFn, bestMode: 'min' }, accuracy, [0, 3, 6]],
    [
      'best 3, metrics on odd steps',
      { maxToKeep: 3, bestFn },
      (step: number) => (step % 2 === 1 ? { acc: step } : undefined),
      [0, 2, 4, 5, 6, 7, 8, 9],
    ],
    [
      'best 3, metrics on odd steps, the others not kept',
      { maxToKeep: 3, bestFn, keepCheckpointsWithoutMetrics: false },
      (step: number) => (step % 2 === 1 ? { acc: step } : undefined),
      [5, 7, 9],
    ],
    ['interval 3', { saveIntervalSteps: 3 }, undefined, [0, 3, 6, 9]],
    ['steps 1 and 2 beside interval 4', { saveOnSteps: [1, 2], saveIntervalSteps: 4 }, undefined, [0, 1, 2, 4, 8]],
    ['a function', { shouldSaveFn: (step: number, latest: number | null) => step - (latest ?? -4) >= 4 }, undefined, [0, 4, 8]],
    ['LatestN', { preservationPolicy: new policies.LatestN(2) }, undefined, [8, 9]],
    ['PreserveAll', { preservationPolicy: new policies.PreserveAll(), maxToKeep: 1 }, undefined, tenSteps],
    ['EveryNSteps', { preservationPolicy: new policies.EveryNSteps(3) }, undefined, [0, 3, 6, 9]],
    ['CustomSteps', { preservationPolicy: new policies.CustomSteps([2, 5]) }, undefined, [2, 5]],
    ['BestN, reversed', { preservationPolicy: new policies.BestN({ getMetricFn: bestFn, reverse: true, n: 2 }) }, accuracy, [0, 3]],
    [
      'any of two',
      { preservationPolicy: new policies.AnyPreservationPolicy([new policies.LatestN(1), new policies.CustomSteps([4])]) },
      undefined,
      [4, 9],
    ],
    ['SpecificSteps', { saveDecisionPolicy: new policies.SpecificStepsPolicy([3, 4]) }, undefined, [3, 4]],
    [
      'Initial and FixedInterval',
      { saveDecisionPolicy: new policies.AnySavePolicy([new policies.InitialSavePolicy(), new policies.FixedIntervalPolicy(5)]) },
      undefined,
      [0, 5],
    ],
  ] as [string, CheckpointManagerOptions, ((step: number) => Record<string, number> | undefined) | undefined, number[]][])(
    '%s',
    async (_, options, metrics, expected) => {
      expect((await run(options, metrics)).kept).toEqual(expected);
    },
  );

  test('steps that the policy does not want return false', async () => {
    expect((await run({ saveIntervalSteps: 3, maxToKeep: 2 })).saved).toEqual([0, 3, 6, 9]);
  });
});

describe('policies that look at time and distance', () => {
  const steps = (...list: [step: number, seconds: number][]) =>
    list.map(([step, seconds]) => ({ step, timeMs: seconds * 1000, metrics: null }));
  const kept = (policy: policies.PreservationPolicy, list: ReturnType<typeof steps>) =>
    list.filter((_, i) => policy.shouldPreserve(list)[i]).map(({ step }) => step);

  test('EveryNSeconds counts from the step that it kept last', () => {
    expect(kept(new policies.EveryNSeconds(10), steps([1, 0], [2, 9], [3, 10], [4, 15], [5, 21]))).toEqual([1, 3, 5]);
  });
  test('LatestDuration keeps what is younger, and everything after it', () => {
    expect(kept(new policies.LatestDuration(10, () => 30_000), steps([1, 5], [2, 21], [3, 15], [4, 29]))).toEqual([2, 3, 4]);
    expect(kept(new policies.LatestDuration(10, () => 99_000), steps([1, 5]))).toEqual([]);
  });
  test('EveryNSteps without exact multiples', () => {
    expect(kept(new policies.EveryNSteps(4, { exactInterval: false }), steps([1, 0], [3, 0], [5, 0], [8, 0], [9, 0]))).toEqual([1, 5, 9]);
    expect(kept(new policies.EveryNSteps(2, { maxToKeep: 2 }), steps([0, 0], [2, 0], [4, 0], [5, 0]))).toEqual([2, 4]);
  });
  test('EveryNStepsClosest keeps the nearest to each multiple, the later of two, and the last', () => {
    expect(kept(new policies.EveryNStepsClosest(10), steps([1, 0], [8, 0], [12, 0], [19, 0], [24, 0], [26, 0]))).toEqual([1, 12, 19, 26]);
    expect(kept(new policies.EveryNStepsClosest(10), steps([5, 0], [15, 0], [17, 0]))).toEqual([5, 17]);
  });
  test('ContinuousCheckpointing waits for the running save and its interval', () => {
    const policy = new policies.ContinuousCheckpointingPolicy({ minimumIntervalSecs: 10 });
    const [first, soon, later] = steps([1, 0], [2, 9], [3, 10]) as [
      policies.CheckpointInfo,
      policies.CheckpointInfo,
      policies.CheckpointInfo,
    ];
    expect(policy.shouldSave(first, [], { isSavingInProgress: false })).toBe(true);
    expect(policy.shouldSave(soon, [first], { isSavingInProgress: false })).toBe(false);
    expect(policy.shouldSave(later, [first], { isSavingInProgress: false })).toBe(true);
    expect(policy.shouldSave(later, [first], { isSavingInProgress: true })).toBe(false);
  });
});

describe('saving', () => {
  test('the current and lower steps return false; force saves a lower one, which is then the latest', async () => {
    const manager = new CheckpointManager(root);
    expect(await manager.save(5, item(5))).toBe(true);
    expect(await manager.save(5, item(5))).toBe(false);
    expect(await manager.save(3, item(3))).toBe(false);
    expect(await manager.save(3, item(3), { force: true })).toBe(true);
    expect(await manager.latestStep()).toBe(3);
    expect(await manager.allSteps()).toEqual([3, 5]);
    await expect(manager.save(5, item(5), { force: true })).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
  });

  test('a read-only manager saves nothing and says so', async () => {
    const manager = new CheckpointManager(root, { readOnly: true });
    expect(await manager.save(1, item(1))).toBe(false);
    expect(await manager.save(1, item(1), { force: true })).toBe(false);
    expect(await root.exists()).toBe(false);
  });

  test('names with a prefix and a fixed length', async () => {
    const manager = new CheckpointManager(root, { stepPrefix: 'ckpt', stepFormatFixedLength: 5 });
    await manager.save(0, item(0));
    await manager.waitUntilFinished();
    expect(await root.list()).toEqual(['ckpt_00000']);
  });

  test('deleted steps can be moved aside', async () => {
    const manager = new CheckpointManager(root, { maxToKeep: 1, todeleteSubdir: 'trash' });
    await manager.save(1, item(1));
    await manager.save(2, item(2));
    await manager.waitUntilFinished();
    expect(await root.list()).toEqual(['2', 'trash']);
    expect(await root.join('trash').list()).toEqual(['1']);
    expect(await root.join('trash', 1, 'default', '_METADATA').exists()).toBe(true);
  });

  test('one manager saves single items or named ones', async () => {
    const manager = new CheckpointManager(root);
    await manager.save(1, item(1));
    await expect(manager.save(2, Composite({ model: item(2) }))).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
    await expect(new CheckpointManager(root).save(2, Composite({ metrics: item(2) }))).rejects.toThrow('reserved');
  });

  test('a failed save is thrown by the next call, and its step is not there', async () => {
    const memory = memoryStore('failing');
    let broken = true;
    const store: WritableStore = {
      name: 'failing',
      read: (key, range) => memory.read(key, range),
      byteLength: (key) => memory.byteLength(key),
      list: (prefix) => memory.list(prefix),
      delete: (key) => memory.delete(key),
      deletePrefix: (prefix) => memory.deletePrefix(prefix),
      write: (key, data) =>
        broken && key.endsWith('_METADATA') && key.includes('default') ? Promise.reject(new Error('disk full')) : memory.write(key, data),
    };
    const manager = new CheckpointManager(new CheckpointPath(store), { maxToKeep: 1 });
    broken = false;
    await manager.save(1, item(1));
    await manager.waitUntilFinished();
    broken = true;
    await manager.save(2, item(2));
    await expect(manager.waitUntilFinished()).rejects.toThrow('disk full');
    expect(await manager.allSteps()).toEqual([1]);
    expect(await new CheckpointManager(new CheckpointPath(store)).allSteps()).toEqual([1]);
    broken = false;
    expect(await manager.save(2, item(2))).toBe(true);
    await manager.waitUntilFinished();
    expect(await manager.allSteps()).toEqual([2]);
  });
});

describe('restoring', () => {
  test('the latest, a named one, or none', async () => {
    const manager = new CheckpointManager(root);
    await expect(manager.restore(null)).rejects.toThrow('no steps');
    await manager.save(1, item(1));
    await manager.save(2, item(2));
    expect(numbers((await manager.restore(null)).w)).toEqual([2]);
    expect(numbers((await manager.restore(1, StandardRestore({ w: array(0) }))).w)).toEqual([1]);
    await expect(manager.restore(7)).rejects.toThrow('no finished step 7');
    const other = new CheckpointManager(root);
    await other.save(9, item(9));
    await other.close();
    expect(numbers((await manager.restore(9)).w)).toEqual([9]);
  });

  test('named items, JSON and metrics', async () => {
    const bestFn = (metrics: Record<string, number>) => metrics.acc!;
    const manager = new CheckpointManager(root, { bestFn, metadata: { project: 'birds' } });
    const meta = { epoch: 3, tags: ['a', null] };
    await manager.save(1, Composite({ model: item(1), meta: JsonSave(meta) }), { metrics: { acc: 0.5 } });
    await manager.save(2, Composite({ model: item(2), meta: JsonSave(meta) }), { metrics: { acc: 0.25 } });
    const some = await manager.restore(1, Composite({ model: PyTreeRestore({ w: array(0) }), meta: JsonRestore() }));
    expect(numbers(some.model.w)).toEqual([1]);
    expect(some.meta).toEqual(meta);
    const all = await manager.restore(2);
    expect(Object.keys(all).sort()).toEqual(['meta', 'metrics', 'model']);
    expect(await manager.bestStep()).toBe(1);
    const again = new CheckpointManager(root, { bestFn });
    expect(await again.bestStep()).toBe(1);
    expect(await again.metrics(2)).toEqual({ acc: 0.25 });
    expect(await again.metadata()).toEqual({ project: 'birds' });
    const metadata: any = await again.itemMetadata(1);
    expect(metadata.model.tree.w).toMatchObject({ dtype: 'float32', shape: [1] });
    expect(metadata.meta).toBeNull();
    await again.delete(1);
    expect(await again.allSteps()).toEqual([2]);
    await manager.reload();
    expect(await manager.allSteps()).toEqual([2]);
  });

  test("Orbax's own manager: steps, best, metrics, items, and no unfinished step", async () => {
    const place = new CheckpointPath(await fixtureStore('orbax/f_manager_old/ckpt'));
    const manager = new CheckpointManager(place, { bestFn: (metrics) => metrics.accuracy });
    expect(await manager.allSteps()).toEqual([5, 15, 20]);
    expect(await manager.latestStep()).toBe(20);
    expect(await manager.bestStep()).toBe(5);
    expect((await manager.metrics(15))?.accuracy).toBe(0.7);
    expect(await manager.metadata()).toEqual({ project: 'sandbox', fmt: 1 });
    const everything = await manager.restore(5);
    expect(Object.keys(everything).sort()).toEqual(['meta', 'metrics', 'opt_state', 'params']);
    expect(everything.meta).toEqual({ epoch: 5, lr: 0.001 });
    const other = new CheckpointManager(new CheckpointPath(await fixtureStore('orbax/f_manager_default_new/ckpt')), {
      stepPrefix: 'ckpt',
      stepFormatFixedLength: 8,
    });
    expect(await other.allSteps()).toEqual([2, 3]);
    const restored = await other.restore(3);
    expect(restored.w.shape).toEqual([2, 2]);
    const mid = new CheckpointManager(new CheckpointPath(await fixtureStore('orbax/m_comp_mid/ckpt')), {
      stepPrefix: 'run',
      stepFormatFixedLength: 6,
    });
    expect(await mid.allSteps()).toEqual([70, 700]);
  });
});

describe('over the library', () => {
  test('steps are library steps, with metrics; retention takes them out', async () => {
    const library = await openMemoryLibrary();
    const place = await libraryPath('birds', library);
    const manager = new CheckpointManager(place, { maxToKeep: 2 });
    for (const step of [1, 2, 3])
      await manager.save(step, Composite({ model: item(step) }), { metrics: { loss: step / 2 }, kind: 'autosave' });
    await manager.waitUntilFinished();
    expect(await manager.allSteps()).toEqual([2, 3]);
    expect(await library.listSteps('birds')).toMatchObject([
      { step: 2, kind: 'autosave', metrics: { loss: 1 } },
      { step: 3, kind: 'autosave', metrics: { loss: 1.5 } },
    ]);
    const again = new CheckpointManager(await libraryPath('birds', library));
    expect(await again.allSteps()).toEqual([2, 3]);
    expect(numbers((await again.restore(3, Composite({ model: StandardRestore({ w: array(0) }) }))).model.w)).toEqual([3]);
  });
});
