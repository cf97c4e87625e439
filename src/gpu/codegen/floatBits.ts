import { type WgslFunction, wgsl } from './wgslFunction';

/*
 * WGSL lets an implementation assume that floats are never NaN or infinite and refuses both as constants. What depends on them is
 * therefore written on the bits; the constants come from a private variable, which no compiler may fold while checking the module.
 * Truth values are joined by `&` and `|`: `&&` and `||` are branches, and software adapters take minutes to compile dozens of them.
 */

/** `linnetInf()`: positive infinity. */
export const inf: WgslFunction = {
  name: 'linnetInf',
  source: 'var<private> linnetInfBits: u32 = 0x7f800000u;\nfn linnetInf() -> f32 { return bitcast<f32>(linnetInfBits); }',
};

/** `linnetNan()`: the quiet NaN. */
export const nan: WgslFunction = {
  name: 'linnetNan',
  source: 'var<private> linnetNanBits: u32 = 0x7fc00000u;\nfn linnetNan() -> f32 { return bitcast<f32>(linnetNanBits); }',
};

/** `isNan(x: f32) -> bool`. */
export const isNan = wgsl('isNan', '(x: f32) -> bool', 'return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;');

/** `isInf(x: f32) -> bool`: either infinity. */
export const isInf = wgsl('isInf', '(x: f32) -> bool', 'return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;');

/** `isFiniteFloat(x: f32) -> bool`: neither NaN nor infinite. */
export const isFiniteFloat = wgsl('isFiniteFloat', '(x: f32) -> bool', 'return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;');

/** `signBit(x: f32) -> bool`: true for negative numbers, -0 and negative NaN. */
export const signBit = wgsl('signBit', '(x: f32) -> bool', 'return (bitcast<u32>(x) >> 31u) == 1u;');

/** `neFloat(a, b) -> bool`: unequal, true if either is NaN, as IEEE and JAX have it. */
export const neFloat = wgsl('neFloat', '(a: f32, b: f32) -> bool', 'return !(a == b) | isNan(a) | isNan(b);', [isNan]);

/** `eqFloat(a, b) -> bool`: equal, false if either is NaN. */
export const eqFloat = wgsl('eqFloat', '(a: f32, b: f32) -> bool', 'return (a == b) & !isNan(a) & !isNan(b);', [isNan]);

/** `ltFloat(a, b) -> bool`: less, false if either is NaN. */
export const ltFloat = wgsl('ltFloat', '(a: f32, b: f32) -> bool', 'return (a < b) & !isNan(a) & !isNan(b);', [isNan]);

/** `leFloat(a, b) -> bool`: less or equal, false if either is NaN. */
export const leFloat = wgsl('leFloat', '(a: f32, b: f32) -> bool', 'return (a <= b) & !isNan(a) & !isNan(b);', [isNan]);

/** `maxNan(a, b) -> f32`: the larger, NaN if either is NaN, as `jnp.maximum`. */
export const maxNan = wgsl('maxNan', '(a: f32, b: f32) -> f32', 'return select(select(max(a, b), b, isNan(b)), a, isNan(a));', [isNan]);

/** `minNan(a, b) -> f32`: the smaller, NaN if either is NaN, as `jnp.minimum`. */
export const minNan = wgsl('minNan', '(a: f32, b: f32) -> f32', 'return select(select(min(a, b), b, isNan(b)), a, isNan(a));', [isNan]);

/** `signFloat(x) -> f32`: -1, 0, 1; keeps -0 and NaN. */
export const signFloat = wgsl('signFloat', '(x: f32) -> f32', 'return select(sign(x), x, (x == 0.0) | isNan(x));', [isNan]);

/** `scaleByPowerOfTwo(x, n: i32) -> f32`: x * 2^n for n in [-252, 254], rounding and overflowing as multiplication does. */
export const scaleByPowerOfTwo = wgsl(
  'scaleByPowerOfTwo',
  '(x: f32, n: i32) -> f32',
  'let half = n / 2; return x * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(n - half + 127) << 23u);',
);
