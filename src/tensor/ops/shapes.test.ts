import { beforeAll, describe, expect, test } from 'vitest';
import { f32, i32, kindOf, nan } from '../../testing/arrays';
import { init, jnp } from '../index';

beforeAll(() => init({ backend: 'cpu' }));

describe('shapes', () => {
  const x = () => jnp.arange(6, { dtype: 'float32' }).reshape(2, 3);

  test('broadcasting is NumPy’s, and its errors name both shapes', async () => {
    expect(
      await x()
        .add(f32([[10], [20]]))
        .toArray(),
    ).toEqual([
      [10, 11, 12],
      [23, 24, 25],
    ]);
    expect(jnp.ones([2, 1, 3]).add(jnp.ones([4, 1])).shape).toEqual([2, 4, 3]);
    expect(jnp.ones([0, 1]).add(jnp.ones([1, 3])).shape).toEqual([0, 3]);
    expect(() => x().add(jnp.ones([2]))).toThrow(/\[2, 3\] and \[2\]/);
    expect(() => x().matmul(jnp.ones([2, 3]))).toThrow(/float32\[2, 3\]/);
  });

  test('positional and named arguments mean the same', async () => {
    for (const result of [jnp.sum(x(), 1), jnp.sum(x(), { axis: 1 }), x().sum(-1), x().sum({ axis: [-1] })])
      expect(await result.toArray()).toEqual([3, 12]);
    expect(await jnp.sum(x(), { axis: 1, keepdims: true }).toArray()).toEqual([[3], [12]]);
    expect(jnp.zeros([2], { dtype: 'int32' }).dtype).toBe(jnp.zeros(2, 'int32').dtype);
    expect(await jnp.mean(x()).item()).toBe(2.5);
    expect(await jnp.sum(x(), { where: x().gt(2) }).item()).toBe(12);
    expect(kindOf(() => x().sum(2))).toBe('ShapeError');
    expect(kindOf(() => x().sum([0, 0]))).toBe('ShapeError');
  });

  test('joining, cutting and moving', async () => {
    expect(await jnp.concatenate([x(), i32([[7, 8, 9]])]).toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [7, 8, 9],
    ]);
    expect(jnp.stack([x(), x()], -1).shape).toEqual([2, 3, 2]);
    expect((await Promise.all(jnp.split(x(), [1], 1).map((part) => part.toArray()))).flat(2)).toEqual([0, 3, 1, 2, 4, 5]);
    expect(jnp.moveaxis(jnp.zeros([2, 3, 4]), 0, -1).shape).toEqual([3, 4, 2]);
    expect(jnp.moveaxis(jnp.zeros([2, 3, 4]), [0, 1], [1, 0]).shape).toEqual([3, 2, 4]);
    expect(jnp.expandDims(x(), [0, -1]).shape).toEqual([1, 2, 3, 1]);
    expect(jnp.squeeze(jnp.zeros([1, 2, 1])).shape).toEqual([2]);
    expect(await jnp.roll(x(), 1).toArray()).toEqual([
      [5, 0, 1],
      [2, 3, 4],
    ]);
    expect(await jnp.roll(x(), -1, 1).toArray()).toEqual([
      [1, 2, 0],
      [4, 5, 3],
    ]);
    expect(await jnp.tile(f32([1, 2]), [2, 2]).toArray()).toEqual([
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ]);
    expect(await jnp.repeat(f32([1, 2]), 2).toArray()).toEqual([1, 1, 2, 2]);
    expect(await jnp.pad(f32([1, 2, 3]), 2, 'reflect').toArray()).toEqual([3, 2, 1, 2, 3, 2, 1]);
    expect(await jnp.pad(f32([1, 2, 3]), [1, 2], { mode: 'wrap' }).toArray()).toEqual([3, 1, 2, 3, 1, 2]);
    expect(await jnp.pad(f32([1, 2]), 1, 'edge').toArray()).toEqual([1, 1, 2, 2]);
    expect(x().reshape(-1, 2).shape).toEqual([3, 2]);
    expect(kindOf(() => x().reshape(4, 2))).toBe('ShapeError');
    expect(kindOf(() => x().reshape(-1, 4))).toBe('ShapeError');
  });

  test('indices as between brackets', async () => {
    expect(await x().get(1).toArray()).toEqual([3, 4, 5]);
    expect(await x().get(-1, -1).item()).toBe(5);
    expect(await x().get('...', 0).toArray()).toEqual([0, 3]);
    expect(await x().get({}, { step: -1 }).toArray()).toEqual([
      [2, 1, 0],
      [5, 4, 3],
    ]);
    expect(await x().get({}, { start: -2 }).toArray()).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(x().get(null, 0, null).shape).toEqual([1, 1, 3]);
    expect(
      await x()
        .get(i32([1, 0, -1]))
        .toArray(),
    ).toEqual([
      [3, 4, 5],
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(
      await x()
        .get(i32([0, 1]), i32([2, 0]))
        .toArray(),
    ).toEqual([2, 3]);
    expect(kindOf(() => x().get(2))).toBe('ShapeError');
    expect(kindOf(() => x().get(0, 0, 0))).toBe('ShapeError');
    expect(kindOf(() => x().get(f32([0])))).toBe('DTypeError');
  });

  test('updates at indices', async () => {
    expect(await x().at(0).set(9).toArray()).toEqual([
      [9, 9, 9],
      [3, 4, 5],
    ]);
    expect(
      await x()
        .at({}, 1)
        .add(f32([10, 20]))
        .toArray(),
    ).toEqual([
      [0, 11, 2],
      [3, 24, 5],
    ]);
    expect(
      await x()
        .at(i32([1, 1, 0]))
        .add(1)
        .toArray(),
    ).toEqual([
      [1, 2, 3],
      [5, 6, 7],
    ]);
    expect(
      await x()
        .at(i32([0, 5]))
        .set(7)
        .toArray(),
    ).toEqual([
      [7, 7, 7],
      [3, 4, 5],
    ]);
    expect(
      await x()
        .at(i32([0, 1]), i32([0, 2]))
        .mul(10)
        .toArray(),
    ).toEqual([
      [0, 1, 2],
      [3, 4, 50],
    ]);
    expect(
      await f32([1, 2])
        .at(i32([0, 0]))
        .max(f32([5, 3]))
        .toArray(),
    ).toEqual([5, 2]);
  });

  test('taking out of range gives NaN, or the nearest with clip', async () => {
    expect(await jnp.take(f32([1, 2]), i32([0, 5, -1])).toArray()).toEqual([1, nan, 2]);
    expect(await jnp.take(f32([1, 2]), i32([5]), { mode: 'clip' }).toArray()).toEqual([2]);
    expect(await jnp.take(x(), [1, 0], 1).toArray()).toEqual([
      [1, 0],
      [4, 3],
    ]);
    expect(await jnp.takeAlongAxis(x(), i32([[0], [2]]), 1).toArray()).toEqual([[0], [5]]);
  });
});
