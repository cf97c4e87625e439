import { expect, test } from 'vitest';
import { PictureBudget } from './pictureBudget';

test('pictures take their share of the time while training, however long one takes', () => {
  for (const costMs of [1, 5, 18, 120]) {
    const budget = new PictureBudget();
    let now = 0;
    let painting = 0;
    for (let i = 0; i < 200; i++) {
      const detail = budget.detail(true);
      now = Math.max(now, budget.dueMs(detail, true, false)) + costMs;
      painting += costMs;
      budget.painted(detail, costMs, now);
    }
    expect(painting / now).toBeLessThan(0.11);
  }
});

test('a fast device paints every frame, finely', () => {
  const budget = new PictureBudget();
  budget.painted('fine', 0.8, 100);
  expect(budget.detail(true)).toBe('fine');
  expect(budget.dueMs('fine', true, false)).toBe(116);
});

test('a slow device paints coarsely while training and finely at rest', () => {
  const budget = new PictureBudget();
  budget.painted('fine', 18, 100);
  expect([budget.detail(true), budget.detail(false)]).toEqual(['coarse', 'fine']);
  expect(budget.dueMs('fine', false, false)).toBe(116);
});

test('one disturbed picture does not slow the next ones down, a lasting change does', () => {
  const budget = new PictureBudget();
  budget.painted('coarse', 4, 0);
  budget.painted('coarse', 400, 0);
  expect(budget.dueMs('coarse', true, false)).toBeLessThan(45);
  for (let i = 0; i < 100; i++) budget.painted('coarse', 40, 0);
  expect(budget.dueMs('coarse', true, false)).toBeGreaterThan(300);
});

test('with reduced motion, four pictures a second', () => {
  const budget = new PictureBudget();
  budget.painted('coarse', 1, 0);
  expect(budget.dueMs('coarse', true, true)).toBe(250);
});
