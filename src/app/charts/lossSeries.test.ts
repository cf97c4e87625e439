import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DebiasedAverage, LossSeries } from './lossSeries';

const losses = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 400 });

describe('smoothing', () => {
  test('constant input stays constant from the first value', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 300 }), (value, count) => {
        const average = new DebiasedAverage(0.97);
        for (let i = 0; i < count; i++) expect(average.push(value)).toBeCloseTo(value, 6);
      }),
      { seed: 1 },
    );
  });

  test('past points do not move when new ones arrive', () => {
    fc.assert(
      fc.property(losses, losses, (first, more) => {
        const series = new LossSeries();
        first.forEach((loss, i) => {
          series.push(i, loss, Number.NaN, Number.NaN);
        });
        const before = [...series.draw().smooth];
        more.forEach((loss, i) => {
          series.push(first.length + i, loss, Number.NaN, Number.NaN);
        });
        expect([...series.draw().smooth].slice(0, before.length)).toEqual(before);
      }),
      { seed: 2 },
    );
  });

  test('stays within the range of what it averages, and passes over NaN', () => {
    fc.assert(
      fc.property(losses, (values) => {
        const average = new DebiasedAverage(0.97);
        const [low, high] = [Math.min(...values), Math.max(...values)];
        for (const value of values) {
          average.push(Number.NaN);
          const smooth = average.push(value);
          expect(smooth).toBeGreaterThanOrEqual(low * (1 - 1e-9));
          expect(smooth).toBeLessThanOrEqual(high * (1 + 1e-9));
        }
      }),
      { seed: 3 },
    );
  });
});

describe('thinning', () => {
  test('100,000 steps keep their lowest and highest raw value and at most 2,048 points', () => {
    const series = new LossSeries();
    for (let step = 1; step <= 100_000; step++) {
      const loss = step === 77_777 ? 1e9 : step === 12_345 ? 1e-9 : 2 + Math.sin(step);
      series.push(step, loss, step % 50 === 0 ? 2 : Number.NaN, Number.NaN);
    }
    const { steps, raw, test: tests } = series.draw();
    expect(steps.length).toBeLessThanOrEqual(2048);
    expect([Math.max(...raw), Math.min(...raw), steps.at(-1)]).toEqual([1e9, 1e-9, 100_000]);
    expect(steps.every((step, i) => i === 0 || step > steps[i - 1]!)).toBe(true);
    expect(tests.some((value) => value === 2)).toBe(true);
  });

  test('smoothed points are thinned, never moved', () => {
    const series = new LossSeries();
    const average = new DebiasedAverage(0.98);
    const expected = new Map<number, number>();
    for (let step = 1; step <= 5000; step++) {
      const loss = 1 / step;
      expected.set(step, average.push(loss));
      series.push(step, loss, Number.NaN, Number.NaN);
    }
    const { steps, smooth } = series.draw();
    steps.forEach((step, i) => {
      if (Number.isFinite(smooth[i])) expect(smooth[i]).toBe(expected.get(Math.round(step)));
    });
  });

  test('an evaluation that comes later joins its step and moves nothing', () => {
    const series = new LossSeries();
    for (let step = 1; step <= 10; step++) series.push(step, step, Number.NaN, Number.NaN);
    const before = series.draw();
    series.push(5, 99, 0.5, 0.9);
    expect([...series.draw().raw]).toEqual([...before.raw]);
    expect(series.draw().test[4]).toBe(0.5);
    expect(series.at(5)).toMatchObject({ testLoss: 0.5, testAccuracy: 0.9 });
  });

  test('means of many steps weigh as many', () => {
    const everyStep = new LossSeries();
    const means = new LossSeries();
    for (let step = 1; step <= 500; step++) everyStep.push(step, step <= 250 ? 1 : 2, Number.NaN, Number.NaN);
    for (let step = 25; step <= 500; step += 25) means.push(step, step <= 250 ? 1 : 2, Number.NaN, Number.NaN);
    for (const at of [100, 250, 300, 500]) expect(means.at(at)!.trainLoss).toBeCloseTo(everyStep.at(at)!.trainLoss, 6);
  });

  test('steps without a finite loss stay in the table', () => {
    const series = new LossSeries();
    [1, 2, Number.NaN, Number.POSITIVE_INFINITY].forEach((loss, i) => {
      series.push(i, loss, Number.NaN, Number.NaN);
    });
    expect(series.at(1)?.step).toBe(1);
    expect(series.rows(2).at(-1)?.step).toBe(3);
  });
});

test('evaluations are listed from the first to the newest, also where they are rare among the steps', () => {
  const series = new LossSeries();
  for (let step = 1; step <= 20_000; step++) {
    const tested = step <= 100 || step % 250 === 0;
    series.push(step, 1, tested ? 2 : Number.NaN, Number.NaN);
  }
  const tests = series.tests(40);
  expect(tests.length).toBeGreaterThan(20);
  expect(tests.length).toBeLessThanOrEqual(40);
  expect(tests.every(({ testLoss }) => testLoss === 2)).toBe(true);
  expect(tests.at(-1)!.step).toBeGreaterThan(19_900);
});
