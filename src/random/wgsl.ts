import type { WgslFunction } from '#linnet/tensor';
import { ERF_INV_CENTRAL, ERF_INV_TAIL } from './host/special';

const ROTATE = 'x.x += x.y; x.y = ((x.y << R) | (x.y >> (32u - R))) ^ x.x;';
const rounds = (rotations: readonly number[]): string => rotations.map((r) => ROTATE.replaceAll('R', `${r}u`)).join('\n  ');
const EVEN = rounds([13, 15, 26, 6]);
const ODD = rounds([17, 29, 16, 24]);

/** The Threefry-2x32 hash of a counter pair, bit for bit the host's. */
export const THREEFRY: WgslFunction = {
  name: 'threefry2x32',
  source: `fn threefry2x32(k0: u32, k1: u32, x0: u32, x1: u32) -> vec2<u32> {
  let k2 = k0 ^ k1 ^ 0x1bd11bdau;
  var x = vec2<u32>(x0 + k0, x1 + k1);
  ${EVEN}
  x += vec2<u32>(k1, k2 + 1u);
  ${ODD}
  x += vec2<u32>(k2, k0 + 2u);
  ${EVEN}
  x += vec2<u32>(k0, k1 + 3u);
  ${ODD}
  x += vec2<u32>(k1, k2 + 4u);
  ${EVEN}
  x += vec2<u32>(k2, k0 + 5u);
  return x;
}`,
};

/** Word `w` of the \`length\` hashed words of the original layout: first half paired with second half. */
export const HASHED_WORD: WgslFunction = {
  name: 'threefry_hashed_word',
  uses: [THREEFRY],
  source: `fn threefry_hashed_word(k0: u32, k1: u32, w: u32, length: u32) -> u32 {
  let half = (length + 1u) / 2u;
  let j = select(w - half, w, w < half);
  let second = select(0u, half + j, half + j < length);
  let x = threefry2x32(k0, k1, j, second);
  return select(x.y, x.x, w < half);
}`,
};

/** log(1 + x) for x in (-1, 0], where WGSL's log would lose the digits near 1: atanh series after taking out powers of two. */
const LOG1P_NEGATIVE: WgslFunction = {
  name: 'log1p_negative',
  source: `fn log1p_negative(x: f32) -> f32 {
  var s = x / (2.0 + x);
  var e = 0.0;
  if (x < -0.25) {
    let parts = frexp(1.0 + x);
    let low = parts.fract < 0.70710678;
    let m = select(parts.fract, 2.0 * parts.fract, low);
    e = f32(parts.exp) - select(0.0, 1.0, low);
    s = (m - 1.0) / (m + 1.0);
  }
  let z = s * s;
  let series = z * (0.33333334 + z * (0.2 + z * (0.14285715 + z * (0.11111111 + z * 0.09090909))));
  return e * 0.69314718 + 2.0 * (s + s * series);
}`,
};

const horner = (coefficients: readonly number[]): string =>
  coefficients.reduce((sum, c, i) => (i === 0 ? literal(c) : `fma(${sum}, t, ${literal(c)})`), '');
const literal = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

/** Inverse error function (Giles, single precision), with a logarithm that is exact near 1. */
export const ERF_INV: WgslFunction = {
  name: 'erf_inv',
  uses: [LOG1P_NEGATIVE],
  source: `fn erf_inv(x: f32) -> f32 {
  let square = x * x;
  let w = -log1p_negative(-square);
  if (w < 5.0) {
    let t = w - 2.5;
    return x * ${horner(ERF_INV_CENTRAL)};
  }
  let t = sqrt(w) - 3.0;
  return x * ${horner(ERF_INV_TAIL)};
}`,
};

/**
 * x · span + low with the rounding errors of product and sum added back (Dekker, A floating-point technique for extending the available
 * precision, 1971): a device's fma may round twice. Halves of 12 bits multiply exactly.
 */
export const SCALE_UNIT: WgslFunction = {
  name: 'scale_unit',
  source: `fn scale_unit(x: f32, span: f32, low: f32) -> f32 {
  let product = x * span;
  let xHigh = bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
  let spanHigh = bitcast<f32>(bitcast<u32>(span) & 0xfffff000u);
  let xLow = x - xHigh;
  let spanLow = span - spanHigh;
  let lost = ((xHigh * spanHigh - product) + xHigh * spanLow + xLow * spanHigh) + xLow * spanLow;
  let total = product + low;
  let part = total - product;
  return total + (((product - (total - part)) + (low - part)) + lost);
}`,
};
