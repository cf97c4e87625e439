import { expFloat, log1pFloat, logFloat } from './exponential';
import { isNan, nan } from './floatBits';
import { wgsl } from './wgslFunction';

/* Hyperbolic functions and the logistic, with Cephes' polynomials near 0. All keep NaN and saturate at infinity. */

/** `tanhFloat(x) -> f32`. */
export const tanhFloat = wgsl(
  'tanhFloat',
  '(x: f32) -> f32',
  `
  if (isNan(x)) { return x; }
  let a = min(abs(x), 10.0);
  if (a < 0.625) {
    let z = x * x;
    var p = fma(-5.70498872745e-3, z, 2.06390887954e-2);
    p = fma(p, z, -5.37397155531e-2);
    p = fma(p, z, 1.33314422036e-1);
    p = fma(p, z, -3.33332819422e-1);
    return fma(p * z, x, x);
  }
  let y = 1.0 - 2.0 / (expFloat(2.0 * a) + 1.0);
  return select(y, -y, x < 0.0);
`,
  [isNan, expFloat],
);

/** `logisticFloat(x) -> f32`: 1 / (1 + e^-x). */
export const logisticFloat = wgsl('logisticFloat', '(x: f32) -> f32', 'return 1.0 / (1.0 + expFloat(-x));', [expFloat]);

/** `sinhFloat(x) -> f32`. */
export const sinhFloat = wgsl(
  'sinhFloat',
  '(x: f32) -> f32',
  `
  let a = abs(x);
  if (a <= 1.0) {
    let z = x * x;
    let p = fma(fma(2.03721912945e-4, z, 8.33028376239e-3), z, 1.66667160211e-1);
    return fma(p * z, x, x);
  }
  let h = expFloat(0.5 * a);
  let y = 0.5 * h * h - 0.5 / h / h;
  return select(y, -y, x < 0.0);
`,
  [expFloat],
);

/** `coshFloat(x) -> f32`. */
export const coshFloat = wgsl('coshFloat', '(x: f32) -> f32', 'let h = expFloat(0.5 * abs(x)); return 0.5 * h * h + 0.5 / h / h;', [
  expFloat,
]);

/** `asinhFloat(x) -> f32`. */
export const asinhFloat = wgsl(
  'asinhFloat',
  '(x: f32) -> f32',
  `
  let a = abs(x);
  if (a < 0.5) {
    let z = x * x;
    var p = fma(2.0122003309e-2, z, -4.2699340972e-2);
    p = fma(p, z, 7.4847586088e-2);
    p = fma(p, z, -1.6666288134e-1);
    return fma(p * z, x, x);
  }
  let y = select(logFloat(a + sqrt(fma(a, a, 1.0))), logFloat(a) + 0.6931471805599453, a > 1500.0);
  return select(y, -y, x < 0.0);
`,
  [logFloat],
);

/** `acoshFloat(x) -> f32`: NaN below 1. */
export const acoshFloat = wgsl(
  'acoshFloat',
  '(x: f32) -> f32',
  `
  if (x < 1.0) { return linnetNan(); }
  if (x > 1500.0) { return logFloat(x) + 0.6931471805599453; }
  let z = x - 1.0;
  if (z < 0.5) {
    var p = fma(1.7596881071e-3, z, -7.5272886713e-3);
    p = fma(p, z, 2.6454905019e-2);
    p = fma(p, z, -1.1784741703e-1);
    p = fma(p, z, 1.4142135263);
    return p * sqrt(z);
  }
  return logFloat(x + sqrt(z * (x + 1.0)));
`,
  [nan, logFloat],
);

/** `atanhFloat(x) -> f32`: infinite at ±1, NaN beyond. */
export const atanhFloat = wgsl(
  'atanhFloat',
  '(x: f32) -> f32',
  `
  if (abs(x) < 0.5) {
    let z = x * x;
    var p = fma(1.81740078349e-1, z, 8.24370301058e-2);
    p = fma(p, z, 1.46691431730e-1);
    p = fma(p, z, 1.99782164500e-1);
    p = fma(p, z, 3.33337300303e-1);
    return fma(p * z, x, x);
  }
  return 0.5 * (log1pFloat(x) - log1pFloat(-x));
`,
  [log1pFloat],
);
