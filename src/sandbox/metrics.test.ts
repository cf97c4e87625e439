import { expect, test } from 'vitest';
import { isTestPoint, Metrics, stepsToTestPoint } from './metrics';

test('points are means since the point before; a history taken apart at any step goes on the same', () => {
  const losses = Array.from({ length: 300 }, (_, i) => Math.fround(1 / (i + 1)));
  const whole = new Metrics();
  whole.addLosses(losses);
  for (const at of [0, 1, 99, 100, 101, 103, 250]) {
    const first = new Metrics();
    first.addLosses(losses.slice(0, at));
    const second = Metrics.fromJson(JSON.parse(JSON.stringify(first.toJson())), at);
    second.addLosses(losses.slice(at));
    expect(second.toJson(), `taken apart at ${at}`).toEqual(whole.toJson());
  }
  const { steps, trainLoss } = whole.all('a');
  expect([...steps.slice(0, 2), ...steps.slice(99, 102)]).toEqual([1, 2, 100, 105, 110]);
  expect(trainLoss[100]).toBe(Math.fround(losses.slice(100, 105).reduce((a, b) => a + b, 0) / 5));
});

test('evaluations belong to the step they were made at; each point is given out once, with its evaluation', () => {
  const metrics = new Metrics();
  metrics.addTest({ loss: 2, accuracy: 0.5 });
  metrics.addLosses(new Array(25).fill(1));
  expect([...metrics.takeNew('a')!.steps]).toEqual(Array.from({ length: 25 }, (_, step) => step));
  expect(metrics.takeNew('a')).toBeNull();
  metrics.addTest({ loss: 0.5, accuracy: 0.75 });
  const last = metrics.takeNew('a')!;
  expect([[...last.steps], [...last.trainLoss], [...last.testAccuracy]]).toEqual([[25], [1], [0.75]]);
  expect(metrics.takeNew('a')).toBeNull();
  expect(metrics.latest()).toEqual({ trainLoss: 1, testLoss: 0.5, testAccuracy: 0.75 });
});

test('test points lie on fixed steps', () => {
  for (const step of [0, 24, 25, 999, 1000, 1001, 9_999, 10_000, 12_345]) {
    const next = step + stepsToTestPoint(step);
    expect(isTestPoint(next), `after ${step}`).toBe(true);
    for (let between = step + 1; between < next; between++) expect(isTestPoint(between)).toBe(false);
  }
});
