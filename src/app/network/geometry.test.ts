import { describe, expect, test } from 'vitest';
import { edgeAt, placeUnits, unitsThatFit } from './geometry';

const BOX = { width: 640, height: 480, left: 70, right: 60 };

describe('network picture', () => {
  test('units stay inside, do not overlap, and columns go left to right', () => {
    for (const counts of [[2, 8, 8, 2], [7, 12, 1], [0, 12, 10], [4]]) {
      const { columns, side, columnX } = placeUnits(counts, BOX);
      expect(columns.map((column) => column.length)).toEqual(counts);
      for (const column of columns) {
        column.forEach(({ x, y }, i) => {
          expect(x - side / 2).toBeGreaterThanOrEqual(0);
          expect(x + side / 2).toBeLessThanOrEqual(BOX.width);
          expect(y - side / 2).toBeGreaterThanOrEqual(0);
          expect(y + side / 2).toBeLessThanOrEqual(BOX.height);
          if (i > 0) expect(y - column[i - 1]!.y).toBeGreaterThanOrEqual(side);
        });
      }
      expect([...columnX].sort((a, b) => a - b)).toEqual(columnX);
    }
  });

  test('as many units as fit, twelve at most', () => {
    expect([unitsThatFit(100), unitsThatFit(5000), unitsThatFit(0)]).toEqual([3, 12, 1]);
  });

  test('the line under the pointer is found at its ends and half-way', () => {
    const geometry = placeUnits([2, 3], BOX);
    const [from, to] = [geometry.columns[0]![1]!, geometry.columns[1]![2]!];
    const edge = { layer: 0, input: 1, output: 2 };
    expect(edgeAt(geometry, { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 })).toEqual(edge);
    expect(edgeAt(geometry, { x: to.x - geometry.side / 2 - 1, y: to.y })).toMatchObject({ output: 2 });
    expect(edgeAt(geometry, { x: from.x, y: from.y })).toBeNull();
    expect(edgeAt(geometry, { x: (from.x + to.x) / 2, y: 3 })).toBeNull();
  });
});
