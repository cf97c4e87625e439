import { isFiniteFloat, isInf, isNan, nan, signBit } from './floatBits';
import { wgsl } from './wgslFunction';

/* Circular functions after Cephes: reduction by pi/4 in three parts (good up to about 8192), then short polynomials. */

const sinPolynomial = wgsl(
  'sinPolynomial',
  '(x: f32, z: f32) -> f32',
  'return fma(fma(fma(-1.9515295891e-4, z, 8.3321608736e-3), z, -1.6666654611e-1) * z, x, x);',
);

const cosPolynomial = wgsl(
  'cosPolynomial',
  '(z: f32) -> f32',
  'return fma(fma(fma(2.443315711809948e-5, z, -1.388731625493765e-3), z, 4.166664568298827e-2) * z, z, fma(-0.5, z, 1.0));',
);

const sinCos = wgsl(
  'sinCos',
  '(x: f32) -> vec2f',
  `
  if (!isFiniteFloat(x)) { return vec2f(linnetNan(), linnetNan()); }
  let a = abs(x);
  var j = floor(a * 1.27323954473516);
  j = j + (j - 2.0 * floor(0.5 * j));
  let r = fma(j, -3.77489497744594108e-8, fma(j, -2.4187564849853515625e-4, fma(j, -0.78515625, a)));
  let z = r * r;
  let s = sinPolynomial(r, z);
  let c = cosPolynomial(z);
  let octant = i32(j - 8.0 * floor(j * 0.125));
  let swap = octant == 2 || octant == 6;
  let sine = select(s, c, swap) * select(1.0, -1.0, (octant >= 4) != (x < 0.0));
  let cosine = select(c, s, swap) * select(1.0, -1.0, octant == 2 || octant == 4);
  return vec2f(sine, cosine);
`,
  [isFiniteFloat, nan, sinPolynomial, cosPolynomial],
);

/** `sinFloat(x) -> f32`: NaN at infinity. */
export const sinFloat = wgsl('sinFloat', '(x: f32) -> f32', 'return sinCos(x).x;', [sinCos]);

/** `cosFloat(x) -> f32`: NaN at infinity. */
export const cosFloat = wgsl('cosFloat', '(x: f32) -> f32', 'return sinCos(x).y;', [sinCos]);

/** `tanFloat(x) -> f32`: NaN at infinity. */
export const tanFloat = wgsl('tanFloat', '(x: f32) -> f32', 'let q = sinCos(x); return q.x / q.y;', [sinCos]);

/** `atanFloat(x) -> f32`. */
export const atanFloat = wgsl(
  'atanFloat',
  '(x: f32) -> f32',
  `
  if (isNan(x)) { return x; }
  if (isInf(x)) { return select(1.5707963267948966, -1.5707963267948966, x < 0.0); }
  var a = abs(x);
  var y = 0.0;
  if (a > 2.414213562373095) { y = 1.5707963267948966; a = -1.0 / a; }
  else if (a > 0.4142135623730950) { y = 0.7853981633974483; a = (a - 1.0) / (a + 1.0); }
  let z = a * a;
  var p = fma(8.05374449538e-2, z, -1.38776856032e-1);
  p = fma(p, z, 1.99777106478e-1);
  p = fma(p, z, -3.33329491539e-1);
  y = y + fma(p * z, a, a);
  return select(y, -y, x < 0.0);
`,
  [isNan, isInf],
);

/** `atan2Float(y, x) -> f32`: the angle of (x, y), with IEEE's signed zeros and infinities. */
export const atan2Float = wgsl(
  'atan2Float',
  '(y: f32, x: f32) -> f32',
  `
  if (isNan(x) || isNan(y)) { return linnetNan(); }
  let ax = abs(x);
  let ay = abs(y);
  var r: f32;
  if (isInf(x) && isInf(y)) { r = 0.7853981633974483; }
  else if (ay == 0.0 && ax == 0.0) { r = 0.0; }
  else if (isInf(y)) { r = 1.5707963267948966; }
  else if (isInf(x)) { r = 0.0; }
  else if (ax >= ay) { r = atanFloat(ay / ax); }
  else { r = 1.5707963267948966 - atanFloat(ax / ay); }
  if (signBit(x)) { r = 3.141592653589793 - r; }
  return select(r, -r, signBit(y));
`,
  [isNan, isInf, nan, signBit, atanFloat],
);

/** `asinFloat(x) -> f32`: NaN outside [-1, 1]. */
export const asinFloat = wgsl(
  'asinFloat',
  '(x: f32) -> f32',
  `
  let a = abs(x);
  if (a > 1.0) { return linnetNan(); }
  if (isNan(x)) { return x; }
  let far = a > 0.5;
  let z = select(a * a, 0.5 * (1.0 - a), far);
  let s = select(a, sqrt(z), far);
  var p = fma(4.2163199048e-2, z, 2.4181311049e-2);
  p = fma(p, z, 4.5470025998e-2);
  p = fma(p, z, 7.4953002686e-2);
  p = fma(p, z, 1.6666752422e-1);
  var y = fma(p * z, s, s);
  if (far) { y = 1.5707963267948966 - 2.0 * y; }
  return select(y, -y, x < 0.0);
`,
  [isNan, nan],
);

/** `acosFloat(x) -> f32`: NaN outside [-1, 1]. */
export const acosFloat = wgsl(
  'acosFloat',
  '(x: f32) -> f32',
  `
  if (x > 0.5) { return 2.0 * asinFloat(sqrt(0.5 - 0.5 * x)); }
  return 1.5707963267948966 - asinFloat(x);
`,
  [asinFloat],
);
