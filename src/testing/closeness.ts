import { expect } from 'vitest';

/** One rounding of a float32 near 1. */
const ROUNDING = 2 ** -23;

/**
 * Every element within 1e-5 of the expected one, relative. Where large terms cancel, the small rest has the roundings of those terms in
 * it, in the golden file as much as here: there the gap may be one rounding of the array's largest element, which is 84 times less than
 * 1e-5 of it. Where `truth` is given, what float64 makes of the same, an element may be that near to it instead: there the golden
 * file's own float32 roundings have added up.
 */
export function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>, what: string, truth: ArrayLike<number> = expected): void {
  expect([found.length, truth.length], what).toEqual([expected.length, expected.length]);
  const largest = Array.from(expected).reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  const isNear = (value: number, wanted: number): boolean => {
    const gap = Math.abs(value - wanted);
    return Object.is(value, wanted) || gap <= 1e-5 * Math.abs(wanted) || gap <= ROUNDING * largest;
  };
  for (let i = 0; i < expected.length; i++) {
    if (isNear(found[i]!, expected[i]!) || isNear(found[i]!, truth[i]!)) continue;
    expect.fail(`${what}, element ${i}: ${found[i]} instead of ${expected[i]} (truly ${truth[i]}), and the largest element is ${largest}`);
  }
}

/** Every element within `relative` of the expected one, plus `absolute`: for what many steps lead to. */
export function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, what: string, relative: number, absolute: number): void {
  expect(found.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const isClose = Math.abs(found[i]! - expected[i]!) <= absolute + relative * Math.abs(expected[i]!);
    if (!isClose) expect.fail(`${what}, element ${i}: ${found[i]} instead of ${expected[i]}`);
  }
}

/** Units in the last place between two float32. */
function units(a: number, b: number): number {
  const [x, y] = [a, b].map((value) => {
    const bits = new Int32Array(Float32Array.of(value).buffer)[0]!;
    return bits < 0 ? -(bits & 0x7fffffff) : bits;
  });
  return Math.abs(x! - y!);
}

/** The largest distance of random floats in units in the last place; a gap of at most `absolute` counts as none. */
export const worstUnits = (found: ArrayLike<number>, expected: readonly number[], absolute = 1e-6): number =>
  Math.max(0, ...expected.map((value, i) => (Math.abs(found[i]! - value) <= absolute ? 0 : units(found[i]!, value))));
