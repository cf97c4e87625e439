import { beforeAll, describe, expect, test } from 'vitest';
import { f32, i32, inf, kindOf } from '../../testing/arrays';
import { grad, init, jnp, type Array as NDArray, nn } from '../index';

beforeAll(() => init({ backend: 'cpu' }));

describe('products', () => {
  const a = () => jnp.arange(6, { dtype: 'float32' }).reshape(2, 3);
  test('matmul of vectors, matrices and batches', async () => {
    expect(
      await f32([1, 2, 3])
        .matmul(f32([4, 5, 6]))
        .item(),
    ).toBe(32);
    expect(
      await a()
        .matmul(f32([1, 1, 1]))
        .toArray(),
    ).toEqual([3, 12]);
    expect(await f32([1, 2]).matmul(a()).toArray()).toEqual([6, 9, 12]);
    expect(jnp.matmul(jnp.ones([5, 1, 2, 3]), jnp.ones([4, 3, 6])).shape).toEqual([5, 4, 2, 6]);
    expect(jnp.matmul(jnp.ones([0, 3]), jnp.ones([3, 2])).shape).toEqual([0, 2]);
    expect(await jnp.matmul(jnp.ones([2, 0]), jnp.ones([0, 2])).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(
      await i32([[65536]])
        .matmul(i32([[65536]]))
        .toArray(),
    ).toEqual([[0]]);
    expect(kindOf(() => a().matmul(2))).toBe('ShapeError');
  });
  test('einsum in its forms', async () => {
    const [m, v] = [
      f32([
        [1, 2],
        [3, 4],
      ]),
      f32([5, 6]),
    ];
    expect(await jnp.einsum('ij,j->i', m, v).toArray()).toEqual([17, 39]);
    expect(await jnp.einsum('ii', m).item()).toBe(5);
    expect(await jnp.einsum('ij->ji', m).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(await jnp.einsum('i,j', v, v).toArray()).toEqual([
      [25, 30],
      [30, 36],
    ]);
    expect(await jnp.einsum('...j,j->...', m, v).toArray()).toEqual([17, 39]);
    expect(await jnp.einsum('i,ij,j->', v, m, v).item()).toBe(25 + 2 * 30 + 3 * 30 + 4 * 36);
    expect(await jnp.einsum('ij,ij->ij', m, m).toArray()).toEqual([
      [1, 4],
      [9, 16],
    ]);
    expect(() => jnp.einsum('ij,jk->ik', m, jnp.ones([3, 2]))).toThrow(/axis "j" is 2 in one operand and 3/);
    expect(() => jnp.einsum('ij->k', m)).toThrow(/"k" is in no operand/);
  });
  test('the rest', async () => {
    expect(
      await jnp
        .tensordot(a(), a(), [
          [0, 1],
          [0, 1],
        ])
        .item(),
    ).toBe(55);
    expect(await jnp.outer(f32([1, 2]), f32([3])).toArray()).toEqual([[3], [6]]);
    expect(
      await jnp
        .trace(
          f32([
            [1, 2],
            [3, 4],
          ]),
        )
        .item(),
    ).toBe(5);
    expect(await jnp.linalg.norm(f32([3, 4])).item()).toBe(5);
    expect(await jnp.linalg.norm(f32([3, -4]), 1).item()).toBe(7);
    expect(await jnp.linalg.norm(f32([3, -4]), inf).item()).toBe(4);
  });
});

test('pooling', async () => {
  const x = jnp.arange(16, { dtype: jnp.float32 }).reshape(1, 4, 4, 1);
  expect(
    await nn
      .maxPool(x, [2, 2], { strides: [2, 2] })
      .ravel()
      .toArray(),
  ).toEqual([5, 7, 13, 15]);
  expect(
    await nn
      .avgPool(x, [2, 2], { strides: [2, 2] })
      .ravel()
      .toArray(),
  ).toEqual([2.5, 4.5, 10.5, 12.5]);
  expect(
    await nn
      .maxPool(x, [3, 3], { strides: [2, 2], padding: 'SAME' })
      .ravel()
      .toArray(),
  ).toEqual([10, 11, 14, 15]);
  expect(
    await nn
      .avgPool(jnp.ones([1, 3, 1]), [2], { padding: 'SAME' })
      .ravel()
      .toArray(),
  ).toEqual([1, 1, 0.5]);
  expect(
    await nn
      .avgPool(jnp.ones([1, 3, 1]), [2], { padding: 'SAME', countIncludePad: false })
      .ravel()
      .toArray(),
  ).toEqual([1, 1, 1]);
  const gradient = grad((v: NDArray) => nn.maxPool(v, [2, 2], { strides: [2, 2] }).sum())(x);
  expect(await gradient.ravel().toArray()).toEqual([0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1]);
});
