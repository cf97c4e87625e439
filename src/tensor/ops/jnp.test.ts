import { beforeAll, describe, expect, test } from 'vitest';
import { isLinnetError } from '#linnet/core';
import { fromHost, grad, init, jit, jnp, type Array as NDArray, nn, toHostArray } from '../index';

beforeAll(() => init({ backend: 'cpu' }));

const i32 = (values: any): NDArray => jnp.array(values, 'int32');
const u32 = (values: any): NDArray => jnp.array(values, 'uint32');
const f32 = (values: any): NDArray => jnp.array(values);
const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
const kindOf = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    if (isLinnetError(error)) return error.kind;
    throw error;
  }
  return 'no error';
};

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

test('what is not an array is refused by name', () => {
  expect(() => jnp.add([1] as never, 2)).toThrow(/jnp\.add takes arrays and numbers, but got Array/);
  expect(() => jnp.exp(null as never)).toThrow(/null/);
  expect(() => Number(f32([1]))).toThrow(/x\.item\(\)/);
});

test('sizes that are prime, 1 and 0 give what loops give', async () => {
  for (const n of [0, 1, 2, 63, 64, 65, 127, 1021]) {
    const x = jnp.arange(n, { dtype: 'float32' });
    expect(await x.sum().item()).toBe(Math.abs(n * (n - 1)) / 2);
    expect(await jit((v: NDArray) => v.mul(v).add(1))(x).toArray()).toEqual(Array.from({ length: n }, (_, i) => i * i + 1));
  }
});
