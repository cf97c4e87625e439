const { fround } = Math;

/** Above this, erf differs from 1 by less than half a unit in the last place of a double. */
const ERF_ONE = 6;

/** The error function in double precision, by the all-positive series e^(-x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > ERF_ONE) return Math.sign(x);
  let term = a;
  let sum = a;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * a * a) / (2 * n + 1);
    sum += term;
  }
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
}

/** Coefficients for w < 5 and w >= 5, highest power first (M. Giles 2010, "Approximating the erfinv function", single precision). */
export const ERF_INV_CENTRAL: readonly number[] = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
];
export const ERF_INV_TAIL: readonly number[] = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
];
const CENTRAL = ERF_INV_CENTRAL.map(fround);
const TAIL = ERF_INV_TAIL.map(fround);

/**
 * Inverse error function of a float32 as XLA computes it on a CPU: every multiply-add is rounded once to float32. A double holds the
 * product of two floats exactly, so it stands in for the fused operation.
 */
export function erfInv(x: number): number {
  if (Math.abs(x) === 1) return x * Number.POSITIVE_INFINITY;
  const w = fround(-Math.log1p(-fround(x * x)));
  const central = w < 5;
  const t = central ? fround(w - 2.5) : fround(fround(Math.sqrt(w)) - 3);
  const coefficients = central ? CENTRAL : TAIL;
  let p = coefficients[0]!;
  for (let i = 1; i < coefficients.length; i++) p = fround(coefficients[i]! + p * t);
  return fround(p * x);
}

/** The float32 next to `x` towards `target`. */
export function nextAfter(x: number, target: number): number {
  if (x === target) return fround(x);
  const view = new DataView(new ArrayBuffer(4));
  if (fround(x) === 0) {
    view.setInt32(0, 1);
    return Math.sign(target) * view.getFloat32(0);
  }
  view.setFloat32(0, x);
  const awayFromZero = target > x === x > 0;
  view.setInt32(0, view.getInt32(0) + (awayFromZero ? 1 : -1));
  return view.getFloat32(0);
}
