import { beforeAll, expect, test } from 'vitest';
import { typedView } from '#linnet/core';
import { fromHost, init, jit, type NDArray } from '#linnet/tensor';
import { worstUnits } from '../testing/closeness';
import { readJsonFixture } from '../testing/fixtures';
import { goldenArray } from '../testing/golden';
import { random, withLayout } from './index';

beforeAll(() => init());

const numbers = (golden: any): number[] => Array.from(typedView(goldenArray(golden)) as Float32Array);

for (const layout of ['partitionable', 'original'] as const) {
  const golden = await readJsonFixture(`numerics/prng_${layout}.json`);

  /** Draws all cases of one key in one compiled program, so that the device does the work, and compares each with its golden numbers. */
  async function check(
    cases: any[],
    draw: (key: NDArray, c: any) => NDArray,
    compare: (actual: number[], expected: number[], c: any) => void,
  ) {
    for (const words of new Set(cases.map((c) => String(c.key)))) {
      const group = cases.filter((c) => String(c.key) === words);
      const results = withLayout(layout, () => jit((key: NDArray) => group.map((c) => draw(key, c)))(random.wrapKeyData(group[0].key)));
      for (const [i, c] of group.entries()) {
        const expected = Array.isArray(c.out) || typeof c.out === 'number' ? [c.out].flat(3) : numbers(c.out);
        compare(Array.from(await results[i]!.data()), expected, c);
      }
    }
  }
  const exactly = (actual: number[], expected: number[], c: any) =>
    expect(actual, JSON.stringify([c.key, c.shape ?? c.n])).toEqual(expected);

  /** Within 4 units in the last place, or 1e-6 where a sample is near 0. */
  const close = (actual: number[], expected: number[], c: any) =>
    expect(worstUnits(actual, expected), JSON.stringify([c.key, c.shape])).toBeLessThanOrEqual(4);

  test(`${layout}: bits, keys and integers are exact on the GPU`, async () => {
    await check(golden.bits, (key, c) => random.bits(key, c.shape, { width: c.width }), exactly);
    await check(golden.split, (key, c) => random.keyData(random.split(key, c.n)), exactly);
    await check(golden.fold_in, (key, c) => random.keyData(random.foldIn(key, c.data)), exactly);
    const narrow = golden.randint.filter((c: any) => c.dtype === 'int32');
    await check(narrow, (key, c) => random.randint(key, c.shape, c.minval, c.maxval), exactly);
    await check(golden.bernoulli, (key, c) => random.bernoulli(key, c.p, c.shape), exactly);
  }, 60_000);

  test(`${layout}: uniform is exact in [0, 1) and within 4 scaled; normal within 4`, async () => {
    const within = (limit: number) => (actual: number[], expected: number[], c: any) =>
      expect(worstUnits(actual, expected, 0), JSON.stringify([c.key, c.shape])).toBeLessThanOrEqual(limit);
    const plain = golden.uniform.filter((c: any) => c.minval === undefined);
    await check(plain, (key, c) => random.uniform(key, c.shape), within(0));
    const scaled = golden.uniform.filter((c: any) => c.minval !== undefined);
    await check(scaled, (key, c) => random.uniform(key, c.shape, { minval: c.minval, maxval: c.maxval }), close);
    await check(golden.normal, (key, c) => random.normal(key, c.shape), within(4));
  }, 60_000);

  test(`${layout}: truncated normal, gumbel and their kin, as near as on the CPU`, async () => {
    await check(golden.truncated_normal, (key, c) => random.truncatedNormal(key, c.lower, c.upper, c.shape), close);
    await check(golden.gumbel, (key, c) => random.gumbel(key, c.shape, { mode: c.mode }), close);
    for (const name of ['exponential', 'laplace', 'logistic'] as const) {
      await check(golden[name], (key, c) => random[name](key, c.shape), close);
    }
  }, 60_000);

  test(`${layout}: permutations, signs, categories and choices are exact on the GPU`, async () => {
    await check(golden.rademacher, (key, c) => random.rademacher(key, c.shape), exactly);
    await check(golden.permutation, (key, c) => random.permutation(key, c.n), exactly);
    await check(
      golden.permutation_array,
      (key, c) => random.permutation(key, fromHost(goldenArray(c.x)), { axis: c.axis, independent: c.independent }),
      exactly,
    );
    await check(
      golden.categorical,
      (key, c) => random.categorical(key, fromHost(goldenArray(c.logits)), { axis: c.axis, ...(c.shape && { shape: c.shape }) }),
      exactly,
    );
    await check(
      golden.choice,
      (key, c) => random.choice(key, c.a, c.shape, { replace: c.replace, ...(c.p === undefined ? {} : { p: fromHost(goldenArray(c.p)) }) }),
      exactly,
    );
  }, 60_000);
}
