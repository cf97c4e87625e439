import { beforeEach, describe, expect, test, vi } from 'vitest';
import { hostArray } from '#linnet/core';
import { memoryStore, openMemoryLibrary, type WritableStore } from '#linnet/store';
import { fixtureStore } from '../testing/checkpointLeaves';
import { float32, struct, values } from '../testing/smallTrees';
import { setArrayFactory } from './arrayFactory';
import { CheckpointPath } from './paths/checkpointPath';
import { libraryPath } from './paths/libraryStore';
import { path } from './paths/resolve';
import { PyTreeCheckpointer } from './pyTreeCheckpointer';
import { Scalar, scalar } from './scalar';
import { StandardCheckpointer } from './standardCheckpointer';
import { eraseAndCreateEmpty } from './testUtils';

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

  test('calls need not be awaited: each waits for those before it, with the values of its call', async () => {
    const checkpointer = new StandardCheckpointer();
    const mutable = Float32Array.of(1);
    const saves = [checkpointer.save(root.join('first'), { mutable })];
    mutable[0] = 2;
    saves.push(checkpointer.save(root.join('second'), { mutable }));
    mutable[0] = 3;
    const restored = await Promise.all([checkpointer.restore(root.join('first')), checkpointer.restore(root.join('second'))]);
    expect(restored.map((tree) => values(tree.mutable))).toEqual([[1], [2]]);
    await Promise.all(saves);
    const twice = [checkpointer.save(root.join('third'), { a: 1 }), checkpointer.save(root.join('third'), { a: 2 })];
    expect((await Promise.allSettled(twice)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
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
    await expect(checkpointer.save(root.join('device'), { w: device })).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
    expect(calls.slice(3), 'a refused save lets go of its snapshot').toEqual(['snapshot', 'dispose']);
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
