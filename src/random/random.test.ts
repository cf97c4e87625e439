import { beforeAll, expect, test } from 'vitest';
import { typedView } from '#linnet/core';
import { currentBackend, evalShape, fromHost, init, jit, type NDArray } from '#linnet/tensor';
import { worstUnits } from '../testing/closeness';
import { readJsonFixture } from '../testing/fixtures';
import { goldenArray } from '../testing/golden';
import { initializers, random, withLayout } from './index';

beforeAll(() => init({ backend: 'cpu' }));

const numbers = (golden: any): number[] => Array.from(typedView(goldenArray(golden)) as Float32Array);
const read = async (array: NDArray): Promise<number[]> => Array.from(await array.data());
const keyOf = (c: any) => random.wrapKeyData(c.key as number[]);

for (const layout of ['partitionable', 'original'] as const) {
  const golden = await readJsonFixture(`numerics/prng_${layout}.json`);
  /** What `draw` gives from a key known on the host, and from one that is traced. */
  const both = async (c: any, draw: (key: NDArray) => NDArray): Promise<number[][]> => {
    const [host, traced] = withLayout(layout, () => [draw(keyOf(c)), jit(draw)(keyOf(c))]);
    return [await read(host), await read(traced)];
  };
  const exact = async (c: any, draw: (key: NDArray) => NDArray, expected = numbers(c.out)) => {
    for (const values of await both(c, draw)) expect(values).toEqual(expected);
  };
  const close = async (c: any, draw: (key: NDArray) => NDArray) => {
    for (const values of await both(c, draw)) expect(worstUnits(values, numbers(c.out))).toBeLessThanOrEqual(4);
  };

  test(`${layout}: integers are exact, drawn at once and inside jit`, async () => {
    for (const c of golden.split) await exact(c, (key) => random.keyData(random.split(key, c.n)), c.out.flat(2));
    for (const c of golden.fold_in) await exact(c, (key) => random.keyData(random.foldIn(key, c.data)), c.out);
    for (const c of golden.bits) await exact(c, (key) => random.bits(key, c.shape, { width: c.width }));
    for (const c of golden.randint.filter((one: any) => one.dtype === 'int32')) {
      await exact(c, (key) => random.randint(key, c.shape, c.minval, c.maxval));
    }
    for (const c of golden.permutation) await exact(c, (key) => random.permutation(key, c.n), c.out);
    for (const c of golden.bernoulli) await exact(c, (key) => random.bernoulli(key, c.p, c.shape));
    for (const c of golden.rademacher) await exact(c, (key) => random.rademacher(key, c.shape));
  });

  test(`${layout}: floats`, async () => {
    for (const c of golden.uniform) await close(c, (key) => random.uniform(key, c.shape, { minval: c.minval, maxval: c.maxval }));
    for (const c of golden.normal) await close(c, (key) => random.normal(key, c.shape));
    for (const c of golden.truncated_normal) await close(c, (key) => random.truncatedNormal(key, c.lower, c.upper, c.shape));
    for (const c of golden.gumbel) await close(c, (key) => random.gumbel(key, c.shape, { mode: c.mode }));
    for (const name of ['exponential', 'laplace', 'logistic'] as const) {
      for (const c of golden[name]) await close(c, (key) => random[name](key, c.shape));
    }
    for (const c of golden.orthogonal) {
      const q = withLayout(layout, () => random.orthogonal(keyOf(c), c.shape[0]));
      expect(worstUnits(await read(q), numbers(c.out))).toBeLessThanOrEqual(4);
    }
  });

  test(`${layout}: permutations of arrays, categorical, choice`, async () => {
    for (const c of golden.permutation_array) {
      const x = fromHost(goldenArray(c.x));
      await exact(c, (key) => random.permutation(key, x, { axis: c.axis, independent: c.independent }));
    }
    for (const c of golden.categorical) {
      await exact(c, (key) =>
        random.categorical(key, fromHost(goldenArray(c.logits)), { axis: c.axis, ...(c.shape && { shape: c.shape }) }),
      );
    }
    for (const c of golden.choice) {
      const p = c.p === undefined ? {} : { p: fromHost(goldenArray(c.p)) };
      await exact(c, (key) => random.choice(key, c.a, c.shape, { replace: c.replace, ...p }));
    }
  });
}

test('the guide: x of key 42, in both layouts', async () => {
  for (const layout of ['partitionable', 'original'] as const) {
    const { guide_x } = await readJsonFixture(`numerics/prng_${layout}.json`);
    const x = withLayout(layout, () => random.normal(random.key(42), [3, 4]));
    expect(worstUnits(await read(x), numbers(guide_x.out))).toBeLessThanOrEqual(4);
  }
});

test('under evalShape nothing is drawn and no memory is taken', async () => {
  const before = currentBackend().stats().buffersCreated;
  const struct = evalShape(() => initializers.lecunNormal()(random.foldIn(random.key(0), 3), [1000, 1000]));
  expect([struct.shape, struct.dtype]).toEqual([[1000, 1000], 'float32']);
  expect(currentBackend().stats().buffersCreated).toBe(before);
});
