import { beforeAll, describe, expect, test } from 'vitest';
import { f32, i32, inf, kindOf, nan, u32 } from '../../testing/arrays';
import { init, jit, jnp, type Array as NDArray, nn } from '../index';

beforeAll(() => init({ backend: 'cpu' }));

describe('numbers as JAX has them', () => {
  test('NaN, infinities and signed zeros', async () => {
    const x = f32([nan, -inf, -0, 0, inf]);
    expect(await jnp.maximum(x, 0).toArray()).toEqual([nan, 0, 0, 0, inf]);
    expect(await jnp.minimum(0, x).toArray()).toEqual([nan, -inf, -0, 0, 0]);
    expect(await nn.relu(x).toArray()).toEqual([nan, 0, 0, 0, inf]);
    expect(await jnp.sign(x).toArray()).toEqual([nan, -1, -0, 0, 1]);
    expect(await jnp.isnan(x).toArray()).toEqual([true, false, false, false, false]);
    expect(await jnp.isfinite(x).toArray()).toEqual([false, false, true, true, false]);
    expect(await x.eq(x).toArray()).toEqual([false, true, true, true, true]);
    expect(await x.ne(x).toArray()).toEqual([true, false, false, false, false]);
    expect(await jnp.nanToNum(x).toArray()).toEqual([0, -3.4028234663852886e38, -0, 0, 3.4028234663852886e38]);
    expect(await f32([1, -1, 0]).div(0).toArray()).toEqual([inf, -inf, nan]);
    expect(await x.max().item()).toBeNaN();
    expect(await f32([]).sum().item()).toBe(0);
    expect(await f32([]).prod().item()).toBe(1);
    expect(await jnp.zeros([0, 3]).max(1).toArray()).toEqual([]);
  });

  test('powers as IEEE has them', async () => {
    expect(
      await f32([2, -2, 0, 0, -8, 1, nan])
        .pow(f32([0.5, 3, 0, -1, 1 / 3, nan, 0]))
        .toArray(),
    ).toEqual([Math.fround(Math.SQRT2), -8, 1, inf, nan, 1, 1]);
    expect(await f32([2, 0, -3]).pow(-2).toArray()).toEqual([0.25, inf, Math.fround(1 / 9)]);
    expect(await i32([3, -2]).pow(3).toArray()).toEqual([27, -8]);
    expect(kindOf(() => i32([2]).pow(-1))).toBe('DTypeError');
  });

  test('integers wrap, divide towards zero below and towards minus infinity above', async () => {
    expect(await i32([2147483647]).add(1).toArray()).toEqual([-2147483648]);
    expect(await i32([65536]).mul(65537).toArray()).toEqual([65536]);
    expect(await u32([0]).sub(1).toArray()).toEqual([4294967295]);
    expect(
      await i32([7, -7, 7, -7])
        .floorDiv(i32([2, 2, -2, -2]))
        .toArray(),
    ).toEqual([3, -4, -4, 3]);
    expect(
      await i32([7, -7, 7, -7])
        .mod(i32([3, 3, -3, -3]))
        .toArray(),
    ).toEqual([1, 2, -2, -1]);
    expect(await jnp.fmod(i32([7, -7]), 3).toArray()).toEqual([1, -1]);
    expect(await f32([7.5, -7.5]).mod(2).toArray()).toEqual([1.5, 0.5]);
    expect(await f32([7.5, -7.5]).floorDiv(2).toArray()).toEqual([3, -4]);
    expect(await i32([1, -8]).div(2).toArray()).toEqual([0.5, -4]);
    expect(await jnp.rightShift(i32([-8]), 1).toArray()).toEqual([-4]);
    expect(await jnp.rightShift(u32([4294967288]), 1).toArray()).toEqual([2147483644]);
    expect(await jnp.leftShift(i32([1, 1]), i32([31, 32])).toArray()).toEqual([-2147483648, 0]);
  });

  test('casts saturate, NaN becomes 0, rounding is to even', async () => {
    expect(await f32([3e9, -3e9, nan, -1.7, 2.5]).astype('int32').toArray()).toEqual([2147483647, -2147483648, 0, -1, 2]);
    expect(await f32([-1, 5e9]).astype('uint32').toArray()).toEqual([0, 4294967295]);
    expect(await f32([0, -0.5, nan]).astype('bool').toArray()).toEqual([false, true, true]);
    expect(await i32([-1]).astype('uint32').toArray()).toEqual([4294967295]);
    expect(await jnp.round(f32([0.5, 1.5, 2.5, -0.5])).toArray()).toEqual([0, 2, 2, -0]);
    expect(await jnp.round(f32([1.234]), 1).toArray()).toEqual([Math.fround(1.2)]);
    expect(
      await f32([0.1, 65504, 70000, 2 ** -25])
        .astype('float16')
        .toArray(),
    ).toEqual([0.0999755859375, 65504, inf, 0]);
  });

  test('activations at their edges', async () => {
    expect(await nn.softplus(f32([-200, 0, 200])).toArray()).toEqual([0, Math.fround(Math.LN2), 200]);
    expect(await nn.logSigmoid(f32([-200, 200])).toArray()).toEqual([-200, -0]);
    expect(await nn.logsumexp(f32([-inf, -inf])).item()).toBe(-inf);
    expect(await nn.logsumexp(f32([1000, 1000])).item()).toBeCloseTo(1000 + Math.LN2, 3);
    expect(await nn.softmax(f32([1000, 0])).toArray()).toEqual([1, 0]);
    expect(await nn.elu(f32([-200, 3])).toArray()).toEqual([-1, 3]);
    expect(await nn.oneHot(i32([0, 2, -1, 3]), 3).toArray()).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(await nn.glu(f32([2, 0])).toArray()).toEqual([1]);
    expect(await jnp.logaddexp(f32([-inf, 0]), f32([-inf, -inf])).toArray()).toEqual([-inf, 0]);
  });
});

describe('order and statistics', () => {
  test('sorting is stable, NaN last', async () => {
    expect(await f32([3, nan, -1, 2]).sort().toArray()).toEqual([-1, 2, 3, nan]);
    expect(await i32([2, 1, 2, 1]).argsort().toArray()).toEqual([1, 3, 0, 2]);
    expect(await jnp.argsort(i32([2, 1, 2, 1]), { descending: true }).toArray()).toEqual([0, 2, 1, 3]);
    expect(
      await jnp
        .sort(
          f32([
            [2, 1],
            [0, 3],
          ]),
          0,
        )
        .toArray(),
    ).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await jnp.searchsorted(f32([1, 2, 2, 3]), f32([2, 0, 9])).toArray()).toEqual([1, 0, 4]);
    expect(await jnp.searchsorted(f32([1, 2, 2, 3]), 2, { side: 'right' }).item()).toBe(3);
    expect(await f32([1, nan, 5]).argmax().item()).toBe(1);
    expect(await f32([4, 1, 1]).argmin().item()).toBe(1);
    expect(await f32([1, 2, 3]).cumsum().toArray()).toEqual([1, 3, 6]);
    expect(
      await jnp
        .cumsum(
          f32([
            [1, 2],
            [3, 4],
          ]),
          { axis: 0, reverse: true },
        )
        .toArray(),
    ).toEqual([
      [4, 6],
      [3, 4],
    ]);
    expect(await jnp.diff(f32([1, 4, 9])).toArray()).toEqual([3, 5]);
  });
  test('mean, variance and friends', async () => {
    const x = f32([1, 2, 3, 4]);
    expect(await jnp.var(x).item()).toBe(1.25);
    expect(await jnp.std(x, { ddof: 1 }).item()).toBeCloseTo(1.290994, 6);
    expect(await jnp.average(x, { weights: f32([1, 0, 0, 1]) }).item()).toBe(2.5);
    expect(await jnp.nanmean(f32([1, nan, 3])).item()).toBe(2);
    expect(await jnp.countNonzero(f32([0, 2, nan])).item()).toBe(2);
    expect(await jnp.allclose(x, x.add(1e-7)).item()).toBe(true);
    expect(await jnp.arrayEqual(x, jnp.ones([3])).item()).toBe(false);
    expect(await jnp.clip(x, { min: 2, max: 3 }).toArray()).toEqual([2, 2, 3, 3]);
    expect(await jnp.select([x.lt(2), x.lt(4)], [x.mul(10), x.mul(100)], -1).toArray()).toEqual([10, 200, 300, -1]);
    expect(await jnp.any(x.gt(3)).item()).toBe(true);
    expect(await jnp.all(x.gt(3)).item()).toBe(false);
  });
});

test('sizes that are prime, 1 and 0 give what loops give', async () => {
  for (const n of [0, 1, 2, 63, 64, 65, 127, 1021]) {
    const x = jnp.arange(n, { dtype: 'float32' });
    expect(await x.sum().item()).toBe(Math.abs(n * (n - 1)) / 2);
    expect(await jit((v: NDArray) => v.mul(v).add(1))(x).toArray()).toEqual(Array.from({ length: n }, (_, i) => i * i + 1));
  }
});
