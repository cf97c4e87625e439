import { isInf, isNan, nan, scaleByPowerOfTwo } from './floatBits';
import { wgsl } from './wgslFunction';

/* Integer arithmetic and casts with JAX's results where WGSL's differ or are undefined. */

/** `divInt(a, b: i32) -> i32`: truncated quotient; -1 for division by 0, as XLA. */
export const divInt = wgsl('divInt', '(a: i32, b: i32) -> i32', 'return select(a / select(b, 1, b == 0), -1, b == 0);');

/** `divUint(a, b: u32) -> u32`: quotient; all ones for division by 0, as XLA. */
export const divUint = wgsl('divUint', '(a: u32, b: u32) -> u32', 'return select(a / select(b, 1u, b == 0u), 0xffffffffu, b == 0u);');

/** `remInt(a, b: i32) -> i32`: remainder with the sign of `a`; `a` for division by 0. */
export const remInt = wgsl('remInt', '(a: i32, b: i32) -> i32', 'return select(a % select(b, 1, b == 0), a, b == 0);');

/** `remUint(a, b: u32) -> u32`: remainder; `a` for division by 0. */
export const remUint = wgsl('remUint', '(a: u32, b: u32) -> u32', 'return select(a % select(b, 1u, b == 0u), a, b == 0u);');

/** `remFloat(a, b: f32) -> f32`: remainder with the sign of `a` (C's fmod), NaN for division by 0. */
export const remFloat = wgsl(
  'remFloat',
  '(a: f32, b: f32) -> f32',
  `
  if (isNan(a) || isNan(b) || b == 0.0) { return linnetNan(); }
  let y = abs(b);
  var r = abs(a);
  if (isInf(a)) { return linnetNan(); }
  if (isInf(b)) { return a; }
  for (var e = i32(bitcast<u32>(r) >> 23u) - i32(bitcast<u32>(y) >> 23u) + 1; e >= 0; e--) {
    let s = scaleByPowerOfTwo(y, min(e, 254));
    if (r >= s) { r = r - s; }
  }
  return select(r, -r, (bitcast<u32>(a) >> 31u) == 1u);
`,
  [isNan, isInf, nan, scaleByPowerOfTwo],
);

/** `floatToInt(x) -> i32`: truncates, saturates, NaN becomes 0. */
export const floatToInt = wgsl(
  'floatToInt',
  '(x: f32) -> i32',
  'if (isNan(x)) { return 0; } if (x >= 2147483648.0) { return 2147483647; } if (x <= -2147483648.0) { return -2147483647 - 1; } return i32(x);',
  [isNan],
);

/** `floatToUint(x) -> u32`: truncates, saturates at both ends, NaN becomes 0. */
export const floatToUint = wgsl(
  'floatToUint',
  '(x: f32) -> u32',
  'if (isNan(x) || x <= 0.0) { return 0u; } if (x >= 4294967296.0) { return 0xffffffffu; } return u32(x);',
  [isNan],
);

/** `shiftLeft(a, n: u32) -> u32`: 0 for shifts of 32 and more. */
export const shiftLeft = wgsl('shiftLeft', '(a: u32, n: u32) -> u32', 'return select(a << (n & 31u), 0u, n > 31u);');

/** `shiftRightLogical(a, n: u32) -> u32`: 0 for shifts of 32 and more. */
export const shiftRightLogical = wgsl('shiftRightLogical', '(a: u32, n: u32) -> u32', 'return select(a >> (n & 31u), 0u, n > 31u);');

/** `shiftRightArithmetic(a: i32, n: u32) -> i32`: the sign for shifts of 32 and more. */
export const shiftRightArithmetic = wgsl('shiftRightArithmetic', '(a: i32, n: u32) -> i32', 'return a >> min(n, 31u);');
