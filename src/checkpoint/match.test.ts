import { beforeEach, describe, expect, test, vi } from 'vitest';
import { hostArray, type TreeContainer, treeNode } from '#linnet/core';
import { fixtureStore } from '../testing/checkpointLeaves';
import { float32, struct, values } from '../testing/smallTrees';
import type { CheckpointPath } from './paths/checkpointPath';
import { path } from './paths/resolve';
import { PyTreeCheckpointer } from './pyTreeCheckpointer';
import { scalar } from './scalar';
import { StandardCheckpointer } from './standardCheckpointer';
import { eraseAndCreateEmpty } from './testUtils';
import { LeafSlice, PLACEHOLDER } from './tree';

let root: CheckpointPath;
beforeEach(async () => {
  root = await eraseAndCreateEmpty('memory:/targets');
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  return () => vi.restoreAllMocks();
});

describe('restore into a target', () => {
  const checkpointer = new StandardCheckpointer();
  const tree = { layer: { kernel: float32([2, 3], 1, 2, 3, 4, 5, 6), bias: float32([3], 7, 8, 9) }, step: 4 };
  beforeEach(async () => {
    await checkpointer.save(root.join('t'), tree);
    await checkpointer.waitUntilFinished();
  });
  const restore = (target: object, options = {}) => checkpointer.restore(root.join('t'), target, options) as Promise<any>;

  test('dtypes are cast, numbers come as the target has them', async () => {
    const restored = await restore({ layer: { kernel: struct('bfloat16', 2, 3), bias: new Float64Array(3) }, step: 0 });
    expect(restored.layer.kernel).toMatchObject({ dtype: 'bfloat16', shape: [2, 3] });
    expect(restored.layer.bias).toEqual(Float64Array.of(7, 8, 9));
    expect(restored.step).toBe(4);
    const others = await restore({ ...tree, step: 0n });
    expect(others.step).toBe(4n);
    expect((await restore({ ...tree, step: scalar(0, 'float32') })).step).toEqual(scalar(4, 'float32'));
    expect((await restore({ ...tree, step: struct('int32') })).step).toMatchObject({ dtype: 'int32', shape: [] });
  });

  test('all differing paths are named at once, with shapes and dtypes', async () => {
    const failure = await restore({ layer: { kernel: struct('float32', 2, 4), scale: struct('float32', 3) }, step: 'text' }).catch(
      (error) => error,
    );
    expect(failure.kind).toBe('CheckpointMismatchError');
    expect(failure.details.differences).toEqual([
      { kind: 'shape', path: ['layer', 'kernel'], saved: 'float32[2, 3]', wanted: 'float32[2, 4]' },
      { kind: 'missing', path: ['layer', 'scale'], wanted: 'float32[3]' },
      { kind: 'type', path: ['step'], saved: 'int64[]', wanted: 'text' },
      { kind: 'unexpected', path: ['layer', 'bias'], saved: 'float32[3]' },
    ]);
    for (const part of [
      'layer.kernel is float32[2, 3] in the checkpoint, float32[2, 4] in the target',
      'layer.scale float32[3]',
      'layer.bias float32[3]',
    ]) {
      expect(failure.message).toContain(part);
    }
  });

  test('strict: false cuts off and fills up, axis by axis', async () => {
    const restored = await restore({ layer: { kernel: struct('float32', 3, 2), bias: struct('float32', 5) }, step: 0 }, { strict: false });
    expect(values(restored.layer.kernel)).toEqual([1, 2, 4, 5, 0, 0]);
    expect(values(restored.layer.bias)).toEqual([7, 8, 9, 0, 0]);
    await expect(restore({ ...tree, layer: { ...tree.layer, bias: struct('float32', 3, 1) } }, { strict: false })).rejects.toMatchObject({
      kind: 'CheckpointMismatchError',
    });
    await expect(restore({ layer: tree.layer }, { strict: false })).rejects.toMatchObject({ kind: 'CheckpointMismatchError' });
  });

  test('a scalar target does not take an array', async () => {
    await expect(restore({ ...tree, layer: { kernel: 1, bias: tree.layer.bias } })).rejects.toThrow(
      'layer.kernel is float32[2, 3] in the checkpoint, a scalar',
    );
  });

  test('partialRestore reads what is named and nothing else', async () => {
    const restored = await restore({ layer: { bias: struct('float32', 3) } }, { partialRestore: true });
    expect(values(restored.layer.bias)).toEqual([7, 8, 9]);
    expect(Object.keys(restored)).toEqual(['layer']);
  });

  test('a slice of a leaf', async () => {
    const restored = await restore({ layer: { kernel: new LeafSlice([null, [1, 3]]), bias: new LeafSlice([[2, 3]]) }, step: 0 });
    expect(restored.layer.kernel.shape).toEqual([2, 2]);
    expect(values(restored.layer.kernel)).toEqual([2, 3, 5, 6]);
    expect(values(restored.layer.bias)).toEqual([9]);
    await expect(restore({ layer: { kernel: new LeafSlice([[0, 3]]), bias: tree.layer.bias }, step: 0 })).rejects.toMatchObject({
      kind: 'ShapeError',
    });
  });

  test('placeholders are for PyTreeCheckpointer', async () => {
    const target = { layer: { kernel: PLACEHOLDER, bias: struct('float32', 3) }, step: PLACEHOLDER };
    await expect(restore(target)).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
    const restored: any = await new PyTreeCheckpointer().restore(root.join('t'), target);
    expect(restored.layer.kernel).toBe(PLACEHOLDER);
    expect(values(restored.layer.bias)).toEqual([7, 8, 9]);
    const named = await restore({ layer: { kernel: 'mine', bias: struct('float32', 3) }, step: 0 }, { placeholders: ['layer/kernel'] });
    expect(named).toMatchObject({ layer: { kernel: 'mine' }, step: 4 });
  });

  test('a container class gets its own kind back, and "value" finds "raw_value"', async () => {
    class State implements TreeContainer {
      readonly entries: Record<string, unknown>;
      constructor(entries: Record<string, unknown>) {
        this.entries = entries;
      }
      [treeNode]() {
        const keys = Object.keys(this.entries);
        return {
          keys,
          children: Object.values(this.entries),
          tag: 'State',
          rebuild: (children: readonly unknown[]) => new State(Object.fromEntries(keys.map((key, i) => [key, children[i]]))),
        };
      }
    }
    await checkpointer.save(root.join('state'), { w: { raw_value: float32([1], 3) } });
    const restored = await checkpointer.restore(root.join('state'), new State({ w: new State({ value: struct('float32', 1) }) }));
    expect(restored).toBeInstanceOf(State);
    const inner = restored.entries.w as State;
    expect(inner).toBeInstanceOf(State);
    expect(values(inner.entries.value)).toEqual([3]);
  });

  test('a state does not fit a pure dictionary; the error says why', async () => {
    await checkpointer.save(root.join('state'), { w: { value: float32([1], 3) } });
    await expect(checkpointer.restore(root.join('state'), { w: struct('float32', 1) })).rejects.toThrow('nnx.State');
  });

  test('None biases of older Flax fit layers without a bias, and the other way round', async () => {
    const store = await fixtureStore('orbax/a_guide_state_old/ckpt');
    const target = { linear1: { kernel: { value: struct('float32', 4, 4) } }, linear2: { kernel: { value: struct('float32', 4, 4) } } };
    const restored = await checkpointer.restore(await path(store), target);
    expect(restored.linear1.kernel.value.shape).toEqual([4, 4]);
    const withNone = { ...target, linear1: { ...target.linear1, bias: { value: null } } };
    const fromNew = await checkpointer.restore(await path(await fixtureStore('orbax/a_guide_state_new/ckpt')), withNone);
    expect(fromNew.linear1.bias).toEqual({ value: null });
    const wantsBias = { ...target, linear1: { ...target.linear1, bias: { value: struct('float32', 4) } } };
    await expect(checkpointer.restore(await path(store), wantsBias)).rejects.toThrow('linear1.bias.value float32[4] (saved as None)');
  });

  test('keys of other generators keep their mark through a save', async () => {
    const words = { ...hostArray('uint32', [4], new Uint8Array(16)), valueType: 'jax.Array' as const, randomKeyImpl: 'rbg' };
    await checkpointer.save(root.join('rbg'), { words });
    const restored = await checkpointer.restore(root.join('rbg'));
    expect(restored.words).toEqual(words);
    await checkpointer.save(root.join('again'), restored);
    expect((await checkpointer.metadata(root.join('again'))).leaves).toMatchObject([
      { name: 'words', randomKeyImpl: 'rbg', dtype: 'uint32' },
    ]);
  });

  test('typed keys and their words are one thing in two dtypes', async () => {
    const key = hostArray('key<fry>', [2], new Uint8Array(Uint32Array.of(1, 2, 3, 4).buffer));
    await checkpointer.save(root.join('keys'), { key });
    const words = await checkpointer.restore(root.join('keys'), { key: struct('uint32', 2, 2) });
    expect(words.key).toMatchObject({ dtype: 'uint32', shape: [2, 2], data: key.data });
    const typed = await checkpointer.restore(root.join('keys'), { key: struct('key<fry>', 2) });
    expect(typed.key).toMatchObject({ dtype: 'key<fry>', shape: [2], data: key.data });
    await expect(checkpointer.restore(root.join('keys'), { key: struct('float32', 2) })).rejects.toMatchObject({
      kind: 'CheckpointMismatchError',
    });
  });
});
