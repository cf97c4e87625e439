import type { Elements } from '../elements';
import { roundHalfEven } from '../float16';
import { defineLoop, isFloats } from './elementwise';
import { erf, erfc, erfInv } from './specialFunctions';

/** -0.4 rounds to -0. */
const keepSign = (rounded: number, x: number): number => (rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded);

const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  neg: (x) => -x,
  abs: (x) => Math.abs(x),
  sign: (x) => Math.sign(x),
  floor: (x) => Math.floor(x),
  ceil: (x) => Math.ceil(x),
  round: (x) => (Number.isFinite(x) ? keepSign(roundHalfEven(x), x) : x),
  trunc: (x) => Math.trunc(x),
  exp: (x) => Math.exp(x),
  expm1: (x) => Math.expm1(x),
  log: (x) => Math.log(x),
  log1p: (x) => Math.log1p(x),
  sqrt: (x) => Math.sqrt(x),
  rsqrt: (x) => 1 / Math.sqrt(x),
  sin: (x) => Math.sin(x),
  cos: (x) => Math.cos(x),
  tan: (x) => Math.tan(x),
  asin: (x) => Math.asin(x),
  acos: (x) => Math.acos(x),
  atan: (x) => Math.atan(x),
  sinh: (x) => Math.sinh(x),
  cosh: (x) => Math.cosh(x),
  tanh: (x) => Math.tanh(x),
  asinh: (x) => Math.asinh(x),
  acosh: (x) => Math.acosh(x),
  atanh: (x) => Math.atanh(x),
  logistic: (x) => 1 / (1 + Math.exp(-x)),
  erf,
  erfc,
  erfInv,
  isFinite: (x) => (Number.isFinite(x) ? 1 : 0),
};

for (const [name, f] of Object.entries(FUNCTIONS)) {
  defineLoop(name, ([x], out) => {
    for (let i = 0; i < out.length; i++) out[i] = f(x![i]!);
  });
}

defineLoop('stopGradient', ([x], out) => out.set(x as Elements & ArrayLike<number>));

defineLoop('not', ([x], out) => {
  const isBool = out instanceof Uint8Array;
  for (let i = 0; i < out.length; i++) out[i] = isBool ? 1 - x![i]! : ~x![i]!;
});

defineLoop<{ exponent: number }>('integerPow', ([x], out, { exponent }) => {
  const power = isFloats(out) ? integerPower : integerPowerWrapped;
  for (let i = 0; i < out.length; i++) out[i] = power(x![i]!, exponent);
});

/** x^n by squaring, the way the kernels multiply. */
function integerPower(x: number, exponent: number): number {
  let result = 1;
  let square = x;
  for (let n = Math.abs(exponent); n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result *= square;
    square *= square;
  }
  return exponent < 0 ? 1 / result : result;
}

function integerPowerWrapped(x: number, exponent: number): number {
  let result = 1;
  for (let n = 0; n < exponent; n++) result = Math.imul(result, x);
  return result;
}
