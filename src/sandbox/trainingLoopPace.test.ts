import { expect, test } from 'vitest';
import { Pace } from './trainingLoopPace';

/** The size that submissions settle at when each takes `ofItsOwn` ms and `perStep` ms for each step, sometimes `disturbance` more. */
function settled(ofItsOwn: number, perStep: number, disturbance = 0): number {
  const pace = new Pace();
  for (let i = 0; i < 200; i++) {
    const steps = Math.floor(Math.min(1000, pace.wanted));
    pace.add(steps, ofItsOwn + perStep * steps + (i % 3 === 0 ? disturbance : 0));
  }
  return pace.wanted;
}

test('submissions begin with what reaches the first evaluation', () => {
  expect(new Pace().wanted).toBe(25);
});

test('steps that cost much are submitted one by one', () => {
  expect(settled(3, 50)).toBe(1);
});

test('steps that cost little fill the time that is aimed for, whatever a submission costs', () => {
  for (const ofItsOwn of [0.5, 5, 100]) {
    expect(settled(ofItsOwn, 0.1)).toBeGreaterThan(100);
    expect(settled(ofItsOwn, 0.1)).toBeLessThan(250);
  }
});

test('a disturbance now and then does not make submissions smaller', () => {
  expect(settled(5, 0.1, 80)).toBeGreaterThan(100);
});

test('a device that got slower is believed', () => {
  const pace = new Pace();
  for (const steps of [1, 25]) pace.add(steps, 3 + 0.1 * steps);
  for (let i = 0; i < 200; i++) for (const steps of [1, 25]) pace.add(steps, 3 + 4 * steps);
  expect(pace.wanted).toBeLessThan(5);
});
