import type { WgslFunction } from './lowering';
import { infF32 } from './mathWgsl';
import { ERF_INV_COEFFICIENTS } from './specialFunctions';

/** log(1 + x) without the loss near 0: the rounding error of 1 + x is put back (Goldberg 1991, theorem 4). */
export const LOG1P_WGSL: WgslFunction = {
  name: 'linnet_log1p',
  source: `fn linnet_log1p(x: f32) -> f32 {
  if (abs(x) < 0.25) {
    let s = x / (2.0 + x);
    let z = s * s;
    return 2.0 * s * (1.0 + z * (0.33333333 + z * (0.2 + z * (0.14285715 + z * (0.11111111 + z * 0.09090909)))));
  }
  return log(1.0 + x);
}`,
};

/** exp(x) - 1 without the loss near 0: a Taylor polynomial for |x| < 0.5. */
export const EXPM1_WGSL: WgslFunction = {
  name: 'linnet_expm1',
  source: `fn linnet_expm1(x: f32) -> f32 {
  if (abs(x) < 0.5) {
    return x + x * x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.008333334 + x * (0.0013888889 + x * (0.0001984127 + x * 0.0000248016))))));
  }
  return exp(x) - 1.0;
}`,
};

/** Error function: series for |x| < 1.5, continued fraction of erfc beyond (the formulas of the CPU reference, fewer terms). */
export const ERF_WGSL: WgslFunction = {
  name: 'linnet_erf',
  source: `fn linnet_erf(x: f32) -> f32 {
  let a = abs(x);
  if (a > 4.0) { return sign(x); }
  if (a < 2.0) {
    var term = a;
    var sum = a;
    for (var n = 1; n < 28; n++) {
      term = term * (2.0 * a * a) / f32(2 * n + 1);
      sum = sum + term;
    }
    return sign(x) * 1.1283792 * exp(-a * a) * sum;
  }
  var fraction = 0.0;
  for (var n = 24; n > 0; n--) { fraction = f32(n) * 0.5 / (a + fraction); }
  return sign(x) * (1.0 - exp(-a * a) * 0.56418958 / (a + fraction));
}`,
};

const horner = (coefficients: readonly number[]): string =>
  coefficients.slice(1).reduce((sum, c) => `fma(${sum}, t, ${c})`, `${coefficients[0]}`);

/** Inverse error function: Giles' polynomials. */
export const ERF_INV_WGSL: WgslFunction = {
  name: 'linnet_erf_inv',
  uses: [LOG1P_WGSL, infF32],
  source: `fn linnet_erf_inv(x: f32) -> f32 {
  let w = -linnet_log1p(-x * x);
  if (abs(x) == 1.0) { return x * linnet_inf(); }
  if (w < 5.0) {
    let t = w - 2.5;
    return x * ${horner(ERF_INV_COEFFICIENTS.central)};
  }
  let t = sqrt(w) - 3.0;
  return x * ${horner(ERF_INV_COEFFICIENTS.tail)};
}`,
};
