import { expect, it } from 'vitest';
import { quickVariant, WORKGROUP_TILES } from './matmulChoices';
import { isVariantName, type MatmulVariant, parseVariant, sameBits, variantName } from './matmulVariant';

const TILES: MatmulVariant = { family: 'registers', rows: 8, columns: 8, lanes: 8, unroll: 2, slices: 1 };

it('has names that can be read again', () => {
  for (const variant of [TILES, WORKGROUP_TILES]) expect(parseVariant(variantName(variant))).toEqual(variant);
  expect(variantName(TILES)).toBe('registers 8x8 l8 u2 s1');
  for (const name of ['', 'registers', 'hexagons 8x8 l8 u2 s1', 'registers 0x8 l8 u2 s1', 'registers 99x8 l8 u2 s1', 8, null]) {
    expect(isVariantName(name)).toBe(false);
  }
  expect(() => parseVariant('registers 8x8')).toThrow(/names no way/);
});

it('starts with a small kernel that gives the same bits', () => {
  for (const variant of [TILES, WORKGROUP_TILES, parseVariant('quads 16x8 l4 u4 s1')]) {
    const quick = quickVariant(variant);
    expect(quick.rows * quick.columns).toBeLessThan(variant.rows * variant.columns);
    expect(sameBits(quick, variant)).toBe(true);
  }
  expect(sameBits({ ...TILES, slices: 4 }, TILES)).toBe(false);
});
