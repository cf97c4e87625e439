import { beforeEach, describe, expect, test, vi } from 'vitest';
import { castHostArray, type HostArray, hostArray, type TreeContainer, treeNode } from '#linnet/core';
import { memoryStore, openMemoryLibrary, type WritableStore } from '#linnet/store';
import { fixtureStore } from '../testing/checkpointLeaves';
import { setArrayFactory } from './arrayFactory';
import { CheckpointPath } from './paths/checkpointPath';
import { libraryPath } from './paths/libraryStore';
import { path } from './paths/resolve';
import { PyTreeCheckpointer } from './pyTreeCheckpointer';
import { Scalar, scalar } from './scalar';
import { StandardCheckpointer } from './standardCheckpointer';
import { eraseAndCreateEmpty } from './testUtils';
import { LeafSlice, PLACEHOLDER } from './tree';

const float32 = (shape: number[], ...values: number[]): HostArray =>
  hostArray('float32', shape, new Uint8Array(Float32Array.from(values).buffer));
const struct = (dtype: string, ...shape: number[]) => ({ dtype, shape });
const values = (array: unknown): number[] => {
  const { data } = castHostArray(array as HostArray, 'float64');
  return [...new Float64Array(data.buffer)];
};

let root: CheckpointPath;
beforeEach(async () => {
  root = await eraseAndCreateEmpty('memory:/tests');
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  return () => vi.restoreAllMocks();
});

const failing = (message: string): WritableStore => ({
  ...memoryStore('failing'),
  name: 'failing',
  read: async () => undefined,
  byteLength: async () => undefined,
  list: async () => [],
  delete: async () => {},
  deletePrefix: async () => {},
  write: async () => {
    throw new Error(message);
  },
});

describe('save and restore', () => {
  test('every kind of leaf comes back as what it was', async () => {
    const checkpointer = new StandardCheckpointer();
    const tree = {
      array: float32([2, 2], 1, 2, 3, 4),
      typed: Int16Array.of(-1, 5),
      int: 7,
      float: 0.5,
      big: 2n ** 60n,
      yes: true,
      half: scalar(1.5, 'float16'),
      text: 'héllo',
      none: null,
      dict: {},
      list: [],
      nested: { 'a.b': [1, { c: 'x' }], 'c/d': 'slash' },
      map: new Map<string | number, unknown>([[10, 1]]),
      ['__proto__']: float32([1], 9),
      key: hostArray('key<fry>', [], new Uint8Array(8)),
    };
    await checkpointer.save(root.join('all'), tree);
    const restored = await checkpointer.restore(root.join('all'));
    expect(restored.array).toMatchObject({ dtype: 'float32', shape: [2, 2] });
    expect(values(restored.array)).toEqual([1, 2, 3, 4]);
    expect(values(restored.typed)).toEqual([-1, 5]);
    expect(restored.int).toEqual(scalar(7, 'int64'));
    expect(restored.float).toEqual(scalar(0.5, 'float64'));
    expect(restored.big.valueOf()).toBe(2n ** 60n);
    expect(restored.yes).toEqual(scalar(true, 'bool'));
    expect(restored.half).toBeInstanceOf(Scalar);
    expect(restored.half.valueOf()).toBe(1.5);
    expect(restored.text).toBe('héllo');
    expect(restored.none).toBeNull();
    expect(restored.dict).toEqual(Object.create(null));
    expect(restored.list).toEqual([]);
    expect(restored.nested['a.b'][1].c).toBe('x');
    expect(restored.nested['c/d']).toBe('slash');
    expect(Number(restored.map['10'])).toBe(1);
    expect(restored.key).toMatchObject({ dtype: 'key<fry>', shape: [], valueType: 'jax.Array' });
    expect(Object.getPrototypeOf(restored)).toBeNull();
    expect(values(Object.getOwnPropertyDescriptor(restored, '__proto__')!.value)).toEqual([9]);
  });

  test('what the caller changes after save does not reach the checkpoint', async () => {
    const checkpointer = new StandardCheckpointer();
    const mutable = Float32Array.of(1, 2);
    await checkpointer.save(root.join('copy'), { mutable });
    mutable.fill(0);
    expect(values((await checkpointer.restore(root.join('copy'))).mutable)).toEqual([1, 2]);
  });

  test('device arrays are snapshotted before save returns, read afterwards, and let go', async () => {
    const calls: string[] = [];
    const held = {
      ...struct('float32', 2),
      toHost: async () => {
        calls.push('toHost');
        return float32([2], 5, 6);
      },
      dispose: () => calls.push('dispose'),
    };
    const device = {
      ...held,
      snapshot: () => {
        calls.push('snapshot');
        return held;
      },
    };
    const checkpointer = new StandardCheckpointer();
    await checkpointer.save(root.join('device'), { w: device });
    expect(calls[0]).toBe('snapshot');
    await checkpointer.waitUntilFinished();
    expect(calls).toEqual(['snapshot', 'toHost', 'dispose']);
    const { leaves } = await checkpointer.metadata(root.join('device'));
    expect(leaves).toMatchObject([
      { name: 'w', valueType: 'jax.Array', sharding: { device_str: 'TFRT_CPU_0' }, storage: { chunkShape: [2], writeShape: [2] } },
    ]);
  });

  test('restored JAX arrays go through the array factory, NumPy arrays do not', async () => {
    const checkpointer = new StandardCheckpointer();
    const device = { ...struct('float32', 1), toHost: async () => float32([1], 5) };
    await checkpointer.save(root.join('factory'), { device, host: float32([1], 6) });
    setArrayFactory((host) => (host.dtype === 'float32' ? { device: host } : undefined));
    try {
      const restored = await checkpointer.restore(root.join('factory'));
      expect(restored.device.device).toMatchObject({ dtype: 'float32' });
      expect(restored.host).toMatchObject({ dtype: 'float32' });
      const target = { device: struct('float64', 1), host: float32([1], 0) };
      const into = await checkpointer.restore(root.join('factory'), target);
      expect(values(into.device)).toEqual([5]);
      expect(values(into.host)).toEqual([6]);
    } finally {
      setArrayFactory(undefined);
    }
  });

  test('an existing path is refused, unless it is to be replaced', async () => {
    const checkpointer = new StandardCheckpointer();
    await checkpointer.save(root.join('twice'), { a: 1, b: 2 });
    await expect(checkpointer.save(root.join('twice'), { a: 3 })).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
    await checkpointer.save(root.join('twice'), { a: 3 }, { force: true });
    const restored = await checkpointer.restore(root.join('twice'));
    expect(Object.keys(restored)).toEqual(['a']);
    expect(Number(restored.a)).toBe(3);
  });

  test('a save that cannot be leaves what is there, also with force', async () => {
    const checkpointer = new StandardCheckpointer();
    await checkpointer.save(root.join('kept'), { a: 1 });
    await expect(checkpointer.save(root.join('kept'), { a: () => 1 }, { force: true })).rejects.toMatchObject({
      kind: 'InvalidArgumentError',
    });
    expect(Number((await checkpointer.restore(root.join('kept'))).a)).toBe(1);
  });

  test('checkpoints of the library are steps, replaced in one piece', async () => {
    const library = await openMemoryLibrary();
    const place = await libraryPath('run/7', library);
    const checkpointer = new StandardCheckpointer();
    await checkpointer.save(place, { a: 1 });
    await expect(checkpointer.save(place, { a: 2 })).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
    await checkpointer.save(place, { a: 2 }, { force: true });
    expect(Number((await checkpointer.restore(place)).a)).toBe(2);
    expect(await library.listSteps('run')).toMatchObject([{ step: 7 }]);
    await checkpointer.save(await libraryPath('run/model', library), { a: 1 });
    await expect(checkpointer.waitUntilFinished()).rejects.toThrow('library:/<run>/<step>');
    await place.remove();
    expect(await library.listBin()).toMatchObject([{ run: 'run', step: 7 }]);
  });

  test.each([
    ['an empty tree', {}, 'empty'],
    ['a lone leaf', float32([1], 1), 'single leaf'],
    ['a function', { f: () => 1 }, 'f cannot be saved'],
    [
      'an abstract leaf',
      {
        w: new (class Struct {
          dtype = 'float32';
          shape = [2];
        })(),
      },
      'no values',
    ],
    ['names that collide', { a: { b: 1 }, 'a.b': 2 }, 'Two leaves would both be stored as "a.b"'],
    ['a dtype Orbax has not', { w: hostArray('uint4', [1], Uint8Array.of(1)) }, 'uint4'],
  ])('%s is refused', async (_, tree, message) => {
    const checkpointer = new StandardCheckpointer();
    const saving = checkpointer.save(root.join('bad'), tree).then(() => checkpointer.waitUntilFinished());
    await expect(saving).rejects.toThrow(message);
  });

  test.each(['waitUntilFinished', 'close', 'restore', 'save', 'metadata'] as const)(
    'a failed save is thrown once, by the next %s',
    async (method) => {
      const checkpointer = new StandardCheckpointer();
      await checkpointer.save(new CheckpointPath(failing('disk full')), { a: 1 });
      const next = {
        waitUntilFinished: () => checkpointer.waitUntilFinished(),
        close: () => checkpointer.close(),
        restore: () => checkpointer.restore(root),
        save: () => checkpointer.save(root.join('x'), { a: 1 }),
        metadata: () => checkpointer.metadata(root),
      }[method];
      await expect(next()).rejects.toThrow('disk full');
      await checkpointer.waitUntilFinished();
    },
  );

  test('a failed save leaves no complete checkpoint', async () => {
    const memory = memoryStore('half');
    const store: WritableStore = {
      ...failing(''),
      list: (prefix) => memory.list(prefix),
      write: (key, data) => (key === '_METADATA' ? Promise.reject(new Error('pulled out')) : memory.write(key, data)),
    };
    const checkpointer = new StandardCheckpointer();
    await checkpointer.save(new CheckpointPath(store), { a: 1 });
    await expect(checkpointer.waitUntilFinished()).rejects.toThrow('pulled out');
    await expect(checkpointer.restore(await path(memory))).rejects.toMatchObject({ kind: 'CorruptFileError' });
  });
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

describe('warnings and missing things', () => {
  test('a restore without a target warns', async () => {
    const checkpointer = new StandardCheckpointer();
    await checkpointer.save(root.join('w'), { a: 1 });
    await checkpointer.restore(root.join('w'));
    expect(console.warn).toHaveBeenCalledWith(expect.stringContaining('UNSAFE'));
    await new PyTreeCheckpointer().restore(root.join('w'));
    expect(console.warn).toHaveBeenCalledWith(expect.stringContaining('sharding'));
  });

  test('nothing there, an unfinished save, a step, a manager: each says what it is', async () => {
    const checkpointer = new StandardCheckpointer();
    await expect(checkpointer.restore(root.join('nowhere'))).rejects.toMatchObject({ kind: 'CheckpointNotFoundError' });
    const manager = new CheckpointPath(await fixtureStore('orbax/f_manager_old/ckpt'));
    await expect(checkpointer.restore(manager)).rejects.toThrow('holds the steps 5, 15, 20');
    await expect(checkpointer.restore(manager.join('5'))).rejects.toThrow('opt_state, params');
    await expect(checkpointer.restore(manager.join('25.orbax-checkpoint-tmp-1700000000'))).rejects.toThrow('unfinished save');
    expect(Object.keys(await checkpointer.restore(manager.join(5, 'params')))).toEqual(['b', 'w']);
  });

  test('the v1 layout is restored through its root', async () => {
    const restored = await new StandardCheckpointer().restore(new CheckpointPath(await fixtureStore('orbax/h_v1_pytree_new/ckpt')));
    expect(Object.keys(restored)).toEqual(['layer', 'name', 'step', 't']);
  });
});
