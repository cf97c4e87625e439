/**
 * The error function to about 1e-15, by its Maclaurin series for small x and the continued fraction of erfc beyond.
 * Source: Abramowitz & Stegun 7.1.6 and 7.1.14.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const magnitude = Math.abs(x);
  if (magnitude > 6) return Math.sign(x);
  return Math.sign(x) * (magnitude < 2.5 ? erfSeries(magnitude) : 1 - erfcFraction(magnitude)) || x * 0;
}

/** 1 - erf(x) to about 1e-14 of itself, however small it is. */
export const erfc = (x: number): number => (x < 2.5 ? 1 - erf(x) : erfcFraction(x));

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 100 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function erfcFraction(x: number): number {
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

const GILES_CENTRAL = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
];
const GILES_TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
];

const fma = (a: number, b: number, c: number): number => Math.fround(a * b + c);

/**
 * Inverse error function in float32 with fused multiply-adds, the polynomial XLA uses. Source: M. Giles, "Approximating the erfinv
 * function" (single precision).
 */
export function erfInv(x: number): number {
  const u = Math.fround(x);
  const w = Math.fround(-Math.fround(Math.log1p(Math.fround(-u * u))));
  const central = w < 5;
  const t = Math.fround(central ? w - 2.5 : Math.fround(Math.sqrt(w)) - 3);
  let p = 0;
  for (const c of central ? GILES_CENTRAL : GILES_TAIL) p = fma(p, t, Math.fround(c));
  return Math.abs(u) === 1 ? u * Number.POSITIVE_INFINITY : Math.fround(p * u);
}
