import { expect, test } from 'vitest';
import { typedView } from '#linnet/core';
import { worstUnits } from '../../testing/closeness';
import { readJsonFixture } from '../../testing/fixtures';
import { goldenArray } from '../../testing/golden';
import { bits32, foldInWords, keyAt, narrowBits, seedWords, splitWords } from './bits';
import * as floats from './floats';
import { permutationIndices, randintValues } from './integers';
import { erf, erfInv } from './special';
import type { KeyWords } from './threefry';

const numbers = (golden: any): number[] => Array.from(typedView(goldenArray(golden)) as Float32Array);
/** Without sparing small gaps. */
const worstUnitsOfAll = (found: ArrayLike<number>, expected: readonly number[]): number => worstUnits(found, expected, 0);
const sizeOf = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);

for (const layout of ['partitionable', 'original'] as const) {
  const p = layout === 'partitionable';
  const golden = await readJsonFixture(`numerics/prng_${layout}.json`);
  const key = (c: any): KeyWords => c.key;

  test(`${layout}: seeds, split and fold_in`, () => {
    for (const c of golden.key) if (!c.x64) expect(seedWords(BigInt(c.seed)), c.seed).toEqual(c.key);
    for (const c of golden.split) expect([...splitWords(key(c), sizeOf([c.n].flat()), p)]).toEqual(c.out.flat(2));
    for (const c of golden.fold_in) expect(foldInWords(key(c), c.data)).toEqual(c.out);
    expect(keyAt(splitWords([0, 42], 3, p), 2)).toEqual(golden.split.find((c: any) => c.n === 3 && c.key[1] === 42).out[2]);
  });

  test(`${layout}: bits of 8, 16 and 32`, () => {
    for (const c of golden.bits) {
      const size = sizeOf(c.shape);
      expect([...(c.width === 32 ? bits32(key(c), size, p) : narrowBits(key(c), size, c.width, p))]).toEqual(numbers(c.out));
    }
  });

  test(`${layout}: integers, permutations`, () => {
    for (const c of golden.randint) {
      const max = c.dtype === 'int32' ? 2 ** 31 - 1 : 2 ** 32 - 1;
      const mask = c.dtype === 'uint8' ? 255 : -1;
      expect(randintValues(key(c), sizeOf(c.shape), p, [c.minval, c.maxval, max]).map((v) => v & mask)).toEqual(numbers(c.out));
    }
    for (const c of golden.permutation) expect([...permutationIndices(key(c), c.n, p)]).toEqual(c.out);
  });

  test(`${layout}: uniform is exact, normal and truncated normal within 4 units in the last place`, () => {
    for (const c of golden.uniform)
      expect(worstUnitsOfAll(floats.uniformFloats(key(c), sizeOf(c.shape), p, c.minval, c.maxval), numbers(c.out))).toBe(0);
    for (const c of golden.normal)
      expect(worstUnitsOfAll(floats.normalFloats(key(c), sizeOf(c.shape), p), numbers(c.out))).toBeLessThanOrEqual(4);
    for (const c of golden.truncated_normal) {
      const actual = floats.truncatedNormalFloats(key(c), sizeOf(c.shape), p, c.lower, c.upper);
      expect(worstUnitsOfAll(actual, numbers(c.out))).toBeLessThanOrEqual(4);
    }
  });

  test(`${layout}: gumbel, exponential, laplace, logistic, bernoulli`, () => {
    for (const c of golden.gumbel) {
      const draw = c.mode === 'low' ? floats.gumbelFloats : floats.gumbelHighFloats;
      expect(worstUnits(draw(key(c), sizeOf(c.shape), p), numbers(c.out))).toBeLessThanOrEqual(4);
    }
    for (const [name, draw] of [
      ['exponential', floats.exponentialFloats],
      ['laplace', floats.laplaceFloats],
      ['logistic', floats.logisticFloats],
    ] as const) {
      for (const c of golden[name]) expect(worstUnits(draw(key(c), sizeOf(c.shape), p), numbers(c.out)), name).toBeLessThanOrEqual(4);
    }
    for (const c of golden.bernoulli) {
      expect(Array.from(floats.uniformFloats(key(c), sizeOf(c.shape), p), (u) => Number(u < Math.fround(c.p)))).toEqual(numbers(c.out));
    }
  });

  test(`${layout}: erf and erf_inv tables`, () => {
    expect(
      worstUnits(
        numbers(golden.erf.x).map((x) => Math.fround(erf(x))),
        numbers(golden.erf.out),
      ),
    ).toBeLessThanOrEqual(4);
    expect(worstUnitsOfAll(numbers(golden.erf_inv.x).map(erfInv), numbers(golden.erf_inv.out))).toBeLessThanOrEqual(1);
  });
}
