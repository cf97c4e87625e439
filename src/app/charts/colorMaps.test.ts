import { describe, expect, test } from 'vitest';
import { divergingTable, type MapGround, oklchToRgb, sequentialTable } from './colorMaps';

const luminance = (table: Uint8Array, i: number): number => {
  const channel = (value: number) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * channel(table[4 * i]!) + 0.7152 * channel(table[4 * i + 1]!) + 0.0722 * channel(table[4 * i + 2]!);
};

describe('colour maps', () => {
  test('OKLCh of white, black and a known blue', () => {
    expect(oklchToRgb(1, 0, 0)).toEqual([255, 255, 255]);
    expect(oklchToRgb(0, 0, 0)).toEqual([0, 0, 0]);
    expect(oklchToRgb(0.4520137, 0.3132144, 264.052)).toEqual([0, 0, 255]);
  });

  test.each<MapGround>(['light', 'dark'])('%s: brightness runs one way from zero to either end', (ground) => {
    const table = divergingTable(ground);
    expect(table).toHaveLength(1024);
    const sign = ground === 'light' ? -1 : 1;
    for (let i = 129; i < 256; i++) expect(sign * (luminance(table, i) - luminance(table, i - 1))).toBeGreaterThanOrEqual(-1e-4);
    for (let i = 126; i >= 0; i--) expect(sign * (luminance(table, i) - luminance(table, i + 1))).toBeGreaterThanOrEqual(-1e-4);
  });

  test.each<MapGround>(['light', 'dark'])('%s: the ends differ in hue: blue below, amber above', (ground) => {
    const table = divergingTable(ground);
    expect(table[2]!).toBeGreaterThan(table[0]! + 60);
    expect(table[255 * 4]!).toBeGreaterThan(table[255 * 4 + 2]! + 60);
  });

  test('the sequential map ends where the negative arm ends', () => {
    expect([...sequentialTable('light').slice(-4)]).toEqual([...divergingTable('light').slice(0, 4)]);
  });
});
