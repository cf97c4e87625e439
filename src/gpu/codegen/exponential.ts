import { inf, isFiniteFloat, isInf, isNan, nan, scaleByPowerOfTwo } from './floatBits';
import { type WgslFunction, wgsl } from './wgslFunction';

/*
 * Written without branches: lanes that take different ways wait for each other, and software adapters pay for every branch.
 * Single-precision exponentials and logarithms: argument reduction and minimax polynomials with the coefficients of the Cephes
 * library (S. Moshier, public facts), because WGSL's own are only good to 3 + 2|x| ULP and undefined at NaN and infinity.
 */

const expReduced: WgslFunction = wgsl(
  'expReduced',
  '(r: f32) -> f32',
  `
  var p = 1.9875691500e-4;
  p = fma(p, r, 1.3981999507e-3);
  p = fma(p, r, 8.3334519073e-3);
  p = fma(p, r, 4.1665795894e-2);
  p = fma(p, r, 1.6666665459e-1);
  p = fma(p, r, 5.0000001201e-1);
  return fma(p * r, r, r);
`,
);

/** `expFloat(x) -> f32`: e^x within 2 ULP; 0 below -104, infinity above 88.73. */
export const expFloat = wgsl(
  'expFloat',
  '(x: f32) -> f32',
  `
  let c = clamp(x, -104.0, 89.0);
  let n = floor(fma(c, 1.4426950408889634, 0.5));
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, c));
  let y = scaleByPowerOfTwo(1.0 + expReduced(r), i32(n));
  return select(select(select(y, 0.0, x < -103.98), linnetInf(), x > 88.72284), x, isNan(x));
`,
  [isNan, inf, scaleByPowerOfTwo, expReduced],
);

/** `expm1Float(x) -> f32`: e^x - 1 without cancellation near 0. */
export const expm1Float = wgsl(
  'expm1Float',
  '(x: f32) -> f32',
  `
  if (isNan(x) || x == 0.0) { return x; }
  let c = clamp(x, -30.0, 88.7);
  let n = floor(fma(c, 1.4426950408889634, 0.5));
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, c));
  let half = scaleByPowerOfTwo(0.5, i32(n));
  let y = 2.0 * fma(half, expReduced(r), half - 0.5);
  return select(select(y, -1.0, x < -30.0), linnetInf(), x > 88.72284);
`,
  [isNan, inf, scaleByPowerOfTwo, expReduced],
);

const logNearOne = wgsl(
  'logNearOne',
  '(x: f32) -> f32',
  `
  let z = x * x;
  var p = 7.0376836292e-2;
  p = fma(p, x, -1.1514610310e-1);
  p = fma(p, x, 1.1676998740e-1);
  p = fma(p, x, -1.2420140846e-1);
  p = fma(p, x, 1.4249322787e-1);
  p = fma(p, x, -1.6668057665e-1);
  p = fma(p, x, 2.0000714765e-1);
  p = fma(p, x, -2.4999993993e-1);
  p = fma(p, x, 3.3333331174e-1);
  return p * x * z;
`,
);

const logParts = wgsl(
  'logParts',
  '(x: f32) -> vec2f',
  `
  let tiny = x < 1.17549435e-38;
  let bits = bitcast<u32>(select(x, x * 8388608.0, tiny));
  var e = f32(i32(bits >> 23u) - 126 - select(0, 23, tiny));
  var m = bitcast<f32>((bits & 0x007fffffu) | 0x3f000000u);
  let low = m < 0.70710678;
  e = e - select(0.0, 1.0, low);
  m = select(m, m + m, low) - 1.0;
  return vec2f(e, m);
`,
);

/** `logFloat(x) -> f32`: natural logarithm within 2 ULP; -infinity at 0, NaN below. */
export const logFloat = wgsl(
  'logFloat',
  '(x: f32) -> f32',
  `
  let q = logParts(x);
  let m = q.y;
  let y = fma(-0.5 * m, m, fma(q.x, -2.12194440e-4, logNearOne(m)));
  let finite = fma(q.x, 0.693359375, m + y);
  let positive = select(select(finite, -linnetInf(), x == 0.0), x, isInf(x));
  return select(select(positive, linnetNan(), x < 0.0), x, isNan(x));
`,
  [isNan, isInf, inf, nan, logParts, logNearOne],
);

/** `log1pFloat(x) -> f32`: log(1 + x) without cancellation near 0. */
export const log1pFloat = wgsl(
  'log1pFloat',
  '(x: f32) -> f32',
  `
  if (x > -0.29 && x < 0.41) { return x + fma(-0.5 * x, x, logNearOne(x)); }
  return logFloat(1.0 + x);
`,
  [logNearOne, logFloat],
);

const powPositive = wgsl(
  'powPositive',
  '(x: f32, y: f32) -> f32',
  `
  let q = logParts(x);
  let f = (q.y + fma(-0.5 * q.y, q.y, logNearOne(q.y))) * 1.4426950408889634;
  let whole = y * q.x;
  let lost = fma(y, q.x, -whole);
  let total = fma(y, f, whole);
  if (total > 129.0) { return linnetInf(); }
  if (total < -151.0) { return 0.0; }
  let n = floor(total + 0.5);
  let r = fma(y, f, whole - n) + lost;
  return scaleByPowerOfTwo(1.0 + expReduced(r * 0.6931471805599453), i32(n));
`,
  [logParts, logNearOne, inf, scaleByPowerOfTwo, expReduced],
);

/** `powFloat(x, y) -> f32`: x^y with IEEE's special cases: pow(x, 0) = 1 = pow(1, y), NaN for a negative base and a fractional exponent. */
export const powFloat = wgsl(
  'powFloat',
  '(x: f32, y: f32) -> f32',
  `
  if (y == 0.0 || x == 1.0) { return 1.0; }
  if (isNan(x) || isNan(y)) { return linnetNan(); }
  let magnitude = abs(x);
  let whole = floor(y) == y;
  let odd = whole && abs(y) < 16777216.0 && (i32(clamp(y, -16777216.0, 16777216.0)) & 1) == 1;
  let negative = odd && (bitcast<u32>(x) >> 31u) == 1u;
  var r: f32;
  if (magnitude == 1.0) { r = 1.0; }
  else if (isInf(y)) { r = select(0.0, linnetInf(), (magnitude > 1.0) == (y > 0.0)); }
  else if (magnitude == 0.0) { r = select(0.0, linnetInf(), y < 0.0); }
  else if (isInf(x)) { r = select(0.0, linnetInf(), y > 0.0); }
  else if (whole && abs(y) <= 16.0) {
    r = 1.0;
    for (var i = 0; i < i32(abs(y)); i++) { r = r * magnitude; }
    if (y < 0.0) { r = 1.0 / r; }
  } else { r = powPositive(magnitude, y); }
  if (x < 0.0 && !whole && isFiniteFloat(x) && isFiniteFloat(y)) { return linnetNan(); }
  return select(r, -r, negative);
`,
  [isNan, isInf, isFiniteFloat, inf, nan, powPositive],
);

/** `logAddExp(a, b) -> f32`: log(e^a + e^b). */
export const logAddExp = wgsl(
  'logAddExp',
  '(a: f32, b: f32) -> f32',
  `
  if (isNan(a) || isNan(b)) { return linnetNan(); }
  let m = max(a, b);
  if (isInf(m)) { return m; }
  return m + log1pFloat(expFloat(min(a, b) - m));
`,
  [isNan, isInf, nan, log1pFloat, expFloat],
);
