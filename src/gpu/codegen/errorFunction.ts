import { expFloat, log1pFloat } from './exponential';
import { inf, isNan, nan } from './floatBits';
import { wgsl } from './wgslFunction';

/** `erfFloat(x) -> f32`: a rational approximation in x^2 (the coefficients XLA uses), exact ±1 beyond 4. */
export const erfFloat = wgsl(
  'erfFloat',
  '(x: f32) -> f32',
  `
  if (isNan(x)) { return x; }
  let c = clamp(x, -4.0, 4.0);
  let z = c * c;
  var p = -2.72614225801306e-10;
  p = fma(p, z, 2.77068142495902e-8);
  p = fma(p, z, -2.10102402082508e-6);
  p = fma(p, z, -5.69250639462346e-5);
  p = fma(p, z, -7.34990630326855e-4);
  p = fma(p, z, -2.95459980854025e-3);
  p = fma(p, z, -1.60960333262415e-2);
  var q = -1.45660718464996e-5;
  q = fma(q, z, -2.13374055278905e-4);
  q = fma(q, z, -1.68282697438203e-3);
  q = fma(q, z, -7.37332916720468e-3);
  q = fma(q, z, -1.42647390514189e-2);
  return clamp(c * p / q, -1.0, 1.0);
`,
  [isNan],
);

/** `erfcFloat(x) -> f32`: 1 - erf(x) without cancellation in the tail (Cephes). */
export const erfcFloat = wgsl(
  'erfcFloat',
  '(x: f32) -> f32',
  `
  if (isNan(x)) { return x; }
  let a = abs(x);
  if (a < 1.0) { return 1.0 - erfFloat(x); }
  let r = 1.0 / a;
  let z = r * r;
  var p: f32;
  if (a < 2.0) {
    p = 2.326819970068386e-2;
    p = fma(p, z, -1.387039388740657e-1);
    p = fma(p, z, 3.687424674597105e-1);
    p = fma(p, z, -5.824733027278666e-1);
    p = fma(p, z, 6.210004621745983e-1);
    p = fma(p, z, -4.944515323274145e-1);
    p = fma(p, z, 3.404879937665872e-1);
    p = fma(p, z, -2.741127028184656e-1);
    p = fma(p, z, 5.638259427386472e-1);
  } else {
    p = -1.047766399936249e+1;
    p = fma(p, z, 1.297719955372516e+1);
    p = fma(p, z, -7.495518717768503);
    p = fma(p, z, 2.921019019210786);
    p = fma(p, z, -1.015265279202700);
    p = fma(p, z, 4.218463358204948e-1);
    p = fma(p, z, -2.820767439740514e-1);
    p = fma(p, z, 5.641895067754075e-1);
  }
  let y = expFloat(-a * a) * r * p;
  return select(y, 2.0 - y, x < 0.0);
`,
  [isNan, erfFloat, expFloat],
);

/** `erfInvFloat(x) -> f32`: inverse of erf (M. Giles, "Approximating the erfinv function", single precision), infinite at ±1. */
export const erfInvFloat = wgsl(
  'erfInvFloat',
  '(x: f32) -> f32',
  `
  if (isNan(x) || abs(x) > 1.0) { return linnetNan(); }
  if (abs(x) == 1.0) { return x * linnetInf(); }
  var w = -log1pFloat(-x * x);
  var p: f32;
  if (w < 5.0) {
    w = w - 2.5;
    p = 2.81022636e-08;
    p = fma(p, w, 3.43273939e-07);
    p = fma(p, w, -3.5233877e-06);
    p = fma(p, w, -4.39150654e-06);
    p = fma(p, w, 0.00021858087);
    p = fma(p, w, -0.00125372503);
    p = fma(p, w, -0.00417768164);
    p = fma(p, w, 0.246640727);
    p = fma(p, w, 1.50140941);
  } else {
    w = sqrt(w) - 3.0;
    p = -0.000200214257;
    p = fma(p, w, 0.000100950558);
    p = fma(p, w, 0.00134934322);
    p = fma(p, w, -0.00367342844);
    p = fma(p, w, 0.00573950773);
    p = fma(p, w, -0.0076224613);
    p = fma(p, w, 0.00943887047);
    p = fma(p, w, 1.00167406);
    p = fma(p, w, 2.83297682);
  }
  return p * x;
`,
  [isNan, nan, inf, log1pFloat],
);
