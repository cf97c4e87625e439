import { describe, expect, test } from 'vitest';
import type { CheckpointInfo } from '#linnet/core';
import { snap, thinSeeds, timelineScale } from './timelineScale';

const checkpoint = (step: number, extra: Partial<CheckpointInfo> = {}): CheckpointInfo => ({
  run: 'r',
  step,
  savedAtMs: 0,
  byteLength: 1,
  kind: 'auto',
  name: null,
  note: null,
  trainLoss: null,
  testLoss: null,
  testAccuracy: null,
  isBest: false,
  ...extra,
});

describe('timeline', () => {
  test('ticks are round and reach past the last step', () => {
    for (const last of [0, 1, 199, 200, 1940, 123_456, 9e6]) {
      const scale = timelineScale(last, 1280);
      expect(scale.end).toBeGreaterThan(last);
      expect(scale.ticks.at(-1)).toBe(scale.end);
      expect(scale.ticks.length).toBeLessThanOrEqual(12);
      expect(scale.step(scale.x(last))).toBeCloseTo(last, 6);
    }
  });

  test('the scale holds still while a run grows within it', () => {
    expect(timelineScale(1610, 1280).end).toBe(timelineScale(1700, 1280).end);
  });

  test('near seeds are thinned, those that matter stay', () => {
    const scale = timelineScale(1900, 400);
    const list = Array.from({ length: 200 }, (_, i) => checkpoint(i * 10, { isBest: i === 77, name: i === 101 ? 'here' : null }));
    const drawn = thinSeeds(list, scale, 550);
    expect(drawn.length).toBeLessThan(40);
    for (const step of [0, 550, 770, 1010, 1990]) expect(drawn.map((seed) => seed.step)).toContain(step);
  });

  test('the pointer snaps to the nearest checkpoint or to now', () => {
    const list = [checkpoint(0), checkpoint(50), checkpoint(100)];
    expect([snap(60, list, 140), snap(90, list, 140), snap(139, list, 140), snap(-5, list, 140)]).toEqual([50, 100, null, 0]);
  });
});
