import { beforeEach, describe, expect, test } from 'vitest';
import {
  assertTreesEqual,
  blockUntilReady,
  currentBackend,
  defaultBackend,
  devices,
  dispose,
  fromHost,
  init,
  jit,
  jnp,
  KeyArray,
  keyWords,
  type Array as NDArray,
  toHostArray,
  vmap,
} from './index';

beforeEach(() => init({ backend: 'cpu' }));

describe('arrays', () => {
  test('tell their form, and give their elements', async () => {
    const x = jnp.array([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([x.shape, x.dtype, x.ndim, x.size, x.nbytes]).toEqual([[2, 3], 'float32', 2, 6, 24]);
    expect(await x.data()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(await x.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(await x.T.get(0, 1).item()).toBe(4);
    expect(await x.gt(2).get(0).toArray()).toEqual([false, false, true]);
    await expect(x.item()).rejects.toThrow(/one element/);
    expect(String(x)).toBe('Array(float32[2, 3])');
  });

  test('data() is a copy', async () => {
    const x = jnp.array([1, 2]);
    (await x.data())[0] = 9;
    expect(await x.toArray()).toEqual([1, 2]);
    const source = Float32Array.of(1, 2);
    const y = jnp.array(source);
    source[0] = 9;
    expect(await y.toArray()).toEqual([1, 2]);
  });

  test('every bit survives the way to the device and back', async () => {
    const bits = Uint32Array.of(0x7fc00001, 0x80000000, 0xff800000, 0x00000001, 0x7f800001);
    const host = { dtype: 'float32', shape: [5], data: new Uint8Array(bits.buffer) } as const;
    expect(await fromHost(host).toHost()).toEqual(host);
  });

  test('are freed by dispose and by using; use afterwards is an error', async () => {
    const before = currentBackend().stats();
    const x = jnp.array([1, 2]);
    expect(currentBackend().stats().liveBytes - before.liveBytes).toBe(8);
    x.dispose();
    x.dispose();
    expect(currentBackend().stats()).toMatchObject({ liveBytes: before.liveBytes, liveBuffers: before.liveBuffers });
    expect(() => x.add(1)).toThrow(/disposed/);
    await expect(x.data()).rejects.toThrow(/disposed/);
    {
      using y = jnp.array([1]);
      expect(y.size).toBe(1);
    }
    expect(currentBackend().stats().liveBuffers).toBe(before.liveBuffers);
  });

  test('shared handles keep the memory until the last is gone', async () => {
    const x = jnp.array([1, 2]);
    const y = x.share();
    x.dispose();
    expect(await y.toArray()).toEqual([1, 2]);
    y.dispose();
    expect(currentBackend().stats().liveBuffers).toBe(0);
    const keys = new KeyArray(jnp.zeros([1, 2], 'uint32'));
    const shared = keys.share();
    keys.dispose();
    expect((await shared.toHost()).shape).toEqual([1]);
    expect(await jnp.array(3).share().item()).toBe(3);
  });

  test('of a backend that is gone are refused', async () => {
    const x = jnp.array([1, 2]);
    await init({ backend: 'cpu' });
    expect(() => x.add(1)).toThrow(/disposed/);
    await expect(x.data()).rejects.toThrow(/disposed/);
    expect(await jnp.array([1]).add(1).toArray()).toEqual([2]);
  });

  test('need a backend', async () => {
    expect([defaultBackend(), devices()[0]?.kind]).toEqual(['cpu', 'cpu']);
    dispose();
    expect(devices()).toEqual([]);
    expect(() => jnp.array([1])).toThrow(/jax\.init/);
  });

  test('a device and the CPU backend together are refused, and no WebGPU is a DeviceUnavailableError', async () => {
    await expect(init({ backend: 'cpu', device: {} as GPUDevice })).rejects.toThrow(/Leave one of them out/);
    await expect(init()).rejects.toMatchObject({ kind: 'DeviceUnavailableError' });
  });

  test('can be awaited as trees', async () => {
    const tree = { a: jnp.ones([2]), b: [jnp.zeros([1])] };
    expect(await blockUntilReady(tree)).toBe(tree);
  });
});

describe('assertTreesEqual', () => {
  const tree = () => ({ a: jnp.array([1, 2]), b: { c: jnp.array([-0]), n: 3 } });
  test('accepts the same bits and names the first leaf that differs', async () => {
    await assertTreesEqual(tree(), tree());
    await expect(assertTreesEqual(tree(), { ...tree(), b: { c: jnp.array([0]), n: 3 } })).rejects.toThrow(/"b\.c": element 0/);
    await expect(assertTreesEqual(tree(), { ...tree(), a: jnp.array([1, 3]) })).rejects.toThrow(/"a": element 1/);
    await expect(assertTreesEqual(tree(), { ...tree(), a: jnp.array([1, 2], 'int32') })).rejects.toThrow(/float32\[2\] against int32\[2\]/);
    await expect(assertTreesEqual(tree(), { a: tree().a, b: { c: tree().b.c } })).rejects.toThrow(/"b\.n" is extra/);
    await expect(assertTreesEqual(tree(), { ...tree(), b: { c: tree().b.c, n: 4 } })).rejects.toThrow(/number 3 against number 4/);
  });
});

describe('typed keys', () => {
  const keys = () => new KeyArray(jnp.arange(8, { dtype: 'uint32' }).reshape(4, 2));
  test('have a dtype and shape of their own, and 8 bytes each', async () => {
    expect([keys().dtype, keys().shape, keys().nbytes]).toEqual(['key<fry>', [4], 32]);
    expect(await keys().toHost()).toEqual(
      toHostArray(
        Uint32Array.from({ length: 8 }, (_, i) => i),
        [4],
        'key<fry>',
      ),
    );
    await assertTreesEqual(fromHost(await keys().toHost()), keys());
  });
  test('go through views, vmap and jit', async () => {
    expect(await keyWords(keys().get(1)).toArray()).toEqual([2, 3]);
    expect(await keyWords(jnp.stack([keys().get(0), keys().get(3)])).toArray()).toEqual([
      [0, 1],
      [6, 7],
    ]);
    expect(keys().reshape(2, 2).shape).toEqual([2, 2]);
    expect(jnp.broadcastTo(keys().get(0), [3]).shape).toEqual([3]);
    expect(await keyWords(jnp.take(keys(), [2], 0)).toArray()).toEqual([[4, 5]]);
    const f = (key: NDArray) => ({ same: key, sum: keyWords(key).sum(-1) });
    const result = jit(vmap(f))(keys());
    expect(result.same.dtype).toBe('key<fry>');
    expect(await result.sum.toArray()).toEqual([1, 5, 9, 13]);
  });
  test('are not numbers', () => {
    expect(() => keys().add(1)).toThrow(/key<fry>/);
    expect(() => keyWords(jnp.ones([2]))).toThrow(/Typed keys/);
    expect(() => new KeyArray(jnp.ones([2]))).toThrow(/uint32\[\.\.\., 2\]/);
  });
});
