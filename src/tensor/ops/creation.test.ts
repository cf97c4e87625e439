import { beforeAll, describe, expect, test } from 'vitest';
import { f32, kindOf } from '../../testing/arrays';
import { fromHost, init, jnp, toHostArray } from '../index';

beforeAll(() => init({ backend: 'cpu' }));

describe('creation', () => {
  test('numbers become float32, booleans bool, typed arrays keep their kind', () => {
    expect(f32([1, 2]).dtype).toBe('float32');
    expect(jnp.array(3).dtype).toBe('float32');
    expect(jnp.array([true, false]).dtype).toBe('bool');
    expect(jnp.array(new Int32Array([1])).dtype).toBe('int32');
    expect(jnp.array(new Uint8Array([1])).dtype).toBe('uint32');
    expect(jnp.array(new Float64Array([1])).dtype).toBe('float32');
    expect(jnp.array([[1], [2]], { dtype: 'int32' }).shape).toEqual([2, 1]);
    expect(jnp.array(new Float32Array(6), { shape: [2, 3] }).shape).toEqual([2, 3]);
    expect(jnp.full([2], 1).dtype).toBe('float32');
    expect(jnp.full([2], true).dtype).toBe('bool');
    expect(jnp.array([]).shape).toEqual([0]);
  });

  test('arrays inside nested arrays are stacked', async () => {
    expect(await jnp.array([f32([1, 2]), f32([3, 4])]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('ragged rows and 64-bit integers are refused', () => {
    expect(kindOf(() => f32([[1, 2], [3]]))).toBe('ShapeError');
    expect(kindOf(() => f32([1, [2]]))).toBe('ShapeError');
    expect(kindOf(() => jnp.array(new BigInt64Array(1)))).toBe('DTypeError');
    expect(kindOf(() => jnp.zeros([2], 'float64'))).toBe('DTypeError');
    expect(kindOf(() => jnp.zeros([2], 'floaty'))).toBe('DTypeError');
    expect(kindOf(() => jnp.zeros([-1]))).toBe('ShapeError');
  });

  test('ranges, grids and triangles', async () => {
    expect(await jnp.arange(5).toArray()).toEqual([0, 1, 2, 3, 4]);
    expect(jnp.arange(5).dtype).toBe('int32');
    expect(await jnp.arange(1, 2, 0.25).toArray()).toEqual([1, 1.25, 1.5, 1.75]);
    expect(await jnp.arange(5, 0, -2).toArray()).toEqual([5, 3, 1]);
    expect(await jnp.linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(await jnp.linspace(0, 1, { num: 4, endpoint: false }).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(await jnp.eye(2, 3, { k: 1 }).toArray()).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(await jnp.tril(jnp.ones([3, 3])).toArray()).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ]);
    expect(await jnp.triu(jnp.ones([2, 3]), 1).toArray()).toEqual([
      [0, 1, 1],
      [0, 0, 1],
    ]);
    const [xs, ys] = jnp.meshgrid([f32([1, 2, 3]), f32([4, 5])]);
    expect(await xs!.toArray()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(await ys!.toArray()).toEqual([
      [4, 4, 4],
      [5, 5, 5],
    ]);
  });
});

describe('float16', () => {
  test('is kept through arithmetic, rounded once per operation', async () => {
    const x = f32([1, 2]).astype('float16');
    expect(x.add(0.1).dtype).toBe('float16');
    expect(await x.add(0.1).toArray()).toEqual([1.099609375, 2.099609375]);
    expect(x.add(f32([1, 1])).dtype).toBe('float32');
    const host = toHostArray(Float32Array.of(1.5), [1], 'float16');
    expect(await fromHost(host).toHost()).toEqual(host);
  });
});

test('what is not an array is refused by name', () => {
  expect(() => jnp.add([1] as never, 2)).toThrow(/jnp\.add takes arrays and numbers, but got Array/);
  expect(() => jnp.exp(null as never)).toThrow(/null/);
  expect(() => Number(f32([1]))).toThrow(/x\.item\(\)/);
});
