import { type DType, itemBits, itemByteLength } from '#linnet/core';

type Words = ArrayLike<number>;

/**
 * How many steps of the type lie between element `index` of two float arrays of `dtype`, given as their bits: 32-bit words, low word
 * first, or one smaller word an element. Codes of one sign are in the order of the numbers, so steps are differences of codes;
 * -0 and 0 are one place.
 */
export function ulpDistance(dtype: DType, a: Words, b: Words): (index: number) => number {
  if (itemByteLength(dtype) === 8) return (index) => wideDistance(a, b, 2 * index);
  // A bare exponent has no sign.
  const signBit = dtype === 'float8_e8m0fnu' ? 0 : 2 ** (itemBits(dtype) - 1);
  const placeOf = (code: number): number => (signBit > 0 && code >= signBit ? signBit - code : code);
  return (index) => Math.abs(placeOf(a[index]!) - placeOf(b[index]!));
}

const SIGN = 0x80000000;

/** Exact below 2^53 steps; further apart the count is rounded. */
function wideDistance(a: Words, b: Words, low: number): number {
  const [x, y] = [a[low + 1]!, b[low + 1]!];
  const sameSign = x >= SIGN === y >= SIGN;
  const [high, rest] = sameSign ? [(x % SIGN) - (y % SIGN), a[low]! - b[low]!] : [(x % SIGN) + (y % SIGN), a[low]! + b[low]!];
  return Math.abs(high * 2 ** 32 + rest);
}
