import { describe, expect, test } from 'vitest';
import { blockCounts, centred, GRID, stroke } from './digitBitmap';

const EMPTY = new Uint8Array(GRID * GRID);

describe('drawn digits', () => {
  test('counts are those of 4 x 4 blocks', () => {
    expect(blockCounts(EMPTY).every((count) => count === 0)).toBe(true);
    expect(blockCounts(new Uint8Array(GRID * GRID).fill(1)).every((count) => count === 16)).toBe(true);
    const dot = EMPTY.slice();
    dot[5 * GRID + 9] = 1;
    expect(blockCounts(dot).indexOf(1)).toBe(8 + 2);
  });

  test('a stroke leaves ink along its way and stays inside', () => {
    const drawn = stroke(EMPTY, -5, 16, 40, 16);
    expect(drawn[16 * GRID]).toBe(1);
    expect(drawn[16 * GRID + 31]).toBe(1);
    expect(drawn[0]).toBe(0);
    expect(EMPTY.every((ink) => ink === 0)).toBe(true);
  });

  test('a small digit in a corner is centred and grows', () => {
    const small = stroke(EMPTY, 3, 3, 3, 9);
    const large = centred(small);
    const rows = Array.from({ length: GRID }, (_, y) => large.slice(y * GRID, (y + 1) * GRID).some((ink) => ink === 1));
    expect(rows.filter(Boolean).length).toBeGreaterThanOrEqual(27);
    expect(large[16 * GRID + 16]).toBe(1);
    expect(centred(EMPTY)).toBe(EMPTY);
  });
});
