import { beforeAll, describe, expect, test } from 'vitest';
import { type Aval, init, jnp, promote } from './index';

beforeAll(() => init({ backend: 'cpu' }));

const strong = (dtype: Aval['dtype']) => ({ dtype, weakType: false });
const B = strong('bool');
const I = strong('int32');
const U = strong('uint32');
const H = strong('float16');
const F = strong('float32');

/** JAX's lattice on the device's dtypes; `*` marks a weak result. 1 is a bare integral number, 0.5 any other. */
const TABLE: [string, Parameters<typeof promote>[0], string][] = [
  ['bool, bool', [B, B], 'bool'],
  ['bool, int32', [B, I], 'int32'],
  ['bool, uint32', [B, U], 'uint32'],
  ['bool, float16', [B, H], 'float16'],
  ['int32, uint32', [I, U], 'int32'],
  ['int32, float16', [I, H], 'float16'],
  ['uint32, float32', [U, F], 'float32'],
  ['float16, float32', [H, F], 'float32'],
  ['bool, 1', [B, 1], 'int32*'],
  ['bool, 0.5', [B, 0.5], 'float32*'],
  ['int32, 1', [I, 1], 'int32'],
  ['int32, 0.5', [I, 0.5], 'float32*'],
  ['uint32, 1', [U, 1], 'uint32'],
  ['uint32, true', [U, true], 'uint32'],
  ['float16, 1', [H, 1], 'float16'],
  ['float16, 0.5', [H, 0.5], 'float16'],
  ['float32, 0.5', [F, 0.5], 'float32'],
  ['1, 1', [1, 1], 'int32*'],
  ['1, 0.5', [1, 0.5], 'float32*'],
  ['true, 1', [true, 1], 'int32*'],
  ['weak float32, int32', [{ dtype: 'float32', weakType: true }, I], 'float32*'],
  ['weak float32, float16', [{ dtype: 'float32', weakType: true }, H], 'float16'],
];

describe('promotion', () => {
  test.each(TABLE)('%s', (_name, operands, expected) => {
    for (const order of [operands, operands.toReversed()]) {
      const { dtype, weakType } = promote(order);
      expect(dtype + (weakType ? '*' : '')).toBe(expected);
    }
  });

  test('is what operations do', () => {
    const i = jnp.array([1], 'int32');
    expect(i.add(1).dtype).toBe('int32');
    expect(i.add(0.5).dtype).toBe('float32');
    expect(i.add(0.5).add(jnp.zeros([1], 'float16')).dtype).toBe('float16');
    expect(i.div(1).dtype).toBe('float32');
    expect(i.add(true).dtype).toBe('int32');
    expect(jnp.array([true]).sum().dtype).toBe('int32');
    expect(jnp.array([true]).add(1).dtype).toBe('int32');
    expect(jnp.mean(i).dtype).toBe('float32');
    expect(jnp.exp(i).dtype).toBe('float32');
    expect(jnp.where(i.gt(0), 1, i).dtype).toBe('int32');
    expect(jnp.where(i.gt(0), i, 0.5).dtype).toBe('float32');
    expect(jnp.concatenate([i, jnp.ones([1])]).dtype).toBe('float32');
  });
});
