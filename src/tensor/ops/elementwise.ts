import { type DeviceDType, LinnetError } from '#linnet/core';
import { isFloatArray, LiteralArray, type NDArray } from '../array';
import * as lax from '../primitives/lax';
import { type ArrayLike, asArray, asFloat, promoteAll, promoteDTypes, spreadAll } from './convert';

const floatUnary =
  (name: string, label = name) =>
  (x: ArrayLike): NDArray =>
    lax.apply(name, [asFloat(x, `jnp.${label}`)]);

export const exp = floatUnary('exp');
export const expm1 = floatUnary('expm1');
export const log = floatUnary('log');
export const log1p = floatUnary('log1p');
export const sqrt = floatUnary('sqrt');
export const rsqrt = floatUnary('rsqrt');
export const sin = floatUnary('sin');
export const cos = floatUnary('cos');
export const tan = floatUnary('tan');
export const arcsin = floatUnary('asin', 'arcsin');
export const arccos = floatUnary('acos', 'arccos');
export const arctan = floatUnary('atan', 'arctan');
export const sinh = floatUnary('sinh');
export const cosh = floatUnary('cosh');
export const tanh = floatUnary('tanh');
export const arcsinh = floatUnary('asinh', 'arcsinh');
export const arccosh = floatUnary('acosh', 'arccosh');
export const arctanh = floatUnary('atanh', 'arctanh');
export const sigmoid = floatUnary('logistic', 'sigmoid');
export const erf = floatUnary('erf');
/** 1 - erf(x), which keeps its digits where erf is near 1. */
export const erfc = floatUnary('erfc');
export const erfInv = floatUnary('erfInv');
export const log2 = (x: ArrayLike): NDArray => scale(log(x), 1 / Math.LN2);
export const log10 = (x: ArrayLike): NDArray => scale(log(x), 1 / Math.LN10);
export const exp2 = (x: ArrayLike): NDArray => exp(multiply(asFloat(x), Math.LN2));
export const degrees = (x: ArrayLike): NDArray => scale(asFloat(x), 180 / Math.PI);
export const radians = (x: ArrayLike): NDArray => scale(asFloat(x), Math.PI / 180);

const scale = (x: NDArray, by: number): NDArray => lax.mul(x, lax.scalarLike(x, by));

/** Rounding leaves integers as they are. */
const rounding =
  (name: string) =>
  (x: ArrayLike): NDArray => {
    const array = asArray(x, `jnp.${name}`);
    return isFloatArray(array) ? lax.apply(name, [array]) : array;
  };
export const floor = rounding('floor');
export const ceil = rounding('ceil');
export const trunc = rounding('trunc');
/** To the nearest integer, ties to even; `decimals` after the point. */
export function round(x: ArrayLike, decimals = 0): NDArray {
  const array = asArray(x, 'jnp.round');
  if (!isFloatArray(array)) return array;
  if (decimals === 0) return lax.apply('round', [array]);
  const factor = lax.scalarLike(array, 10 ** decimals);
  return lax.div(lax.apply('round', [lax.mul(array, factor)]), factor);
}

const asNumber = (x: ArrayLike, name: string): NDArray => {
  const array = asArray(x, name);
  return array.dtype === 'bool' ? lax.cast(array, 'int32') : array;
};
export const negative = (x: ArrayLike): NDArray => {
  const array = asArray(x, 'jnp.negative');
  return array instanceof LiteralArray
    ? new LiteralArray(-array.value, array.dtype, array.weakType)
    : lax.neg(asNumber(array, 'jnp.negative'));
};
export const positive = (x: ArrayLike): NDArray => asArray(x, 'jnp.positive');
export const abs = (x: ArrayLike): NDArray => (asArray(x).dtype === 'bool' ? asArray(x) : lax.apply('abs', [asArray(x, 'jnp.abs')]));
export const sign = (x: ArrayLike): NDArray => lax.sign(asNumber(x, 'jnp.sign'));
export const square = (x: ArrayLike): NDArray => integerPower(asNumber(x, 'jnp.square'), 2);
export const reciprocal = (x: ArrayLike): NDArray => trueDivide(1, asFloat(x, 'jnp.reciprocal'));
export const cbrt = (x: ArrayLike): NDArray => {
  const array = asFloat(x, 'jnp.cbrt');
  return lax.mul(lax.sign(array), lax.pow(abs(array), lax.scalarLike(array, 1 / 3)));
};

const integerPower = (x: NDArray, exponent: number): NDArray => lax.apply('integerPow', [x], { exponent });

const binary =
  (primitive: string, name: string) =>
  (x: ArrayLike, y: ArrayLike): NDArray =>
    lax.apply(primitive, promoteAll([x, y], `jnp.${name}`));

/** Arithmetic on two bools is done on int32 in `-`, `*` stays and, `+` is or; as in NumPy. */
export function add(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteAll([x, y], 'jnp.add') as [NDArray, NDArray];
  return a.dtype === 'bool' ? lax.or(a, b) : lax.add(a, b);
}
export function subtract(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteAll([x, y], 'jnp.subtract') as [NDArray, NDArray];
  if (a.dtype === 'bool') throw new LinnetError('DTypeError', 'jnp.subtract is not defined on bool; use jnp.logicalXor, or cast to int32.');
  return lax.sub(a, b);
}
export function multiply(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteAll([x, y], 'jnp.multiply') as [NDArray, NDArray];
  return a.dtype === 'bool' ? lax.and(a, b) : lax.mul(a, b);
}
/** True division: always floating. */
export function trueDivide(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteDTypes([x, y], 'jnp.divide').map((operand) => asFloat(operand)) as [NDArray, NDArray];
  const [c, d] = spreadAll([a, b]) as [NDArray, NDArray];
  return lax.div(c, d);
}
export const divide = trueDivide;

/** Division rounded towards minus infinity, as in Python. */
export function floorDivide(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteAll([x, y], 'jnp.floorDivide') as [NDArray, NDArray];
  if (isFloatArray(a) || isFloatArray(b)) {
    const [dividend, divisor] = pair(a, b);
    const zero = lax.scalarLike(divisor, 0);
    // Nothing remains of what is divided by 0: the quotient is infinite.
    const whole = lax.select(lax.eq(divisor, zero), dividend, subtract(dividend, remainder(a, b)));
    return lax.apply('round', [trueDivide(whole, divisor)]);
  }
  if (a.dtype === 'bool') return floorDivide(lax.cast(a, 'int32'), lax.cast(b, 'int32'));
  const quotient = lax.div(a, b);
  if (a.dtype === 'uint32') return quotient;
  const rest = lax.apply('rem', [a, b]);
  const differs = lax.and(lax.ne(lax.sign(a), lax.sign(b)), lax.ne(rest, lax.scalarLike(rest, 0)));
  return lax.select(differs, lax.sub(quotient, lax.scalarLike(quotient, 1)), quotient);
}
const pair = (a: NDArray, b: NDArray): [NDArray, NDArray] => spreadAll([a, b]) as [NDArray, NDArray];

/** Remainder with the sign of the divisor, as in Python. */
export function remainder(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteAll([x, y], 'jnp.remainder') as [NDArray, NDArray];
  if (a.dtype === 'bool') return remainder(lax.cast(a, 'int32'), lax.cast(b, 'int32'));
  const rest = lax.apply('rem', [a, b]);
  if (a.dtype === 'uint32') return rest;
  const zero = lax.scalarLike(rest, 0);
  const signsDiffer = lax.ne(lax.lt(rest, zero), lax.lt(b, lax.scalarLike(b, 0)));
  const wrong = lax.and(...pair(signsDiffer, lax.ne(rest, zero)));
  return lax.select(wrong, lax.add(rest, b), rest);
}
export const mod = remainder;
/** Remainder with the sign of the dividend, as C has it. */
export const fmod = binary('rem', 'fmod');

/** `x` to the power `y`. A small integral number as exponent is done by multiplication. */
export function power(x: ArrayLike, y: ArrayLike): NDArray {
  if (typeof y === 'number' && Number.isInteger(y) && Math.abs(y) <= 1024) {
    const base = asNumber(x, 'jnp.power');
    const isNegativeInt = y < 0 && !isFloatArray(base);
    if (isNegativeInt)
      throw new LinnetError('DTypeError', `jnp.power: integers cannot be raised to the negative power ${y}. Cast the base to float32.`);
    if (!(base instanceof LiteralArray)) return y === 1 ? base : integerPower(base, y);
  }
  const [a, b] = promoteAll([x, y], 'jnp.power') as [NDArray, NDArray];
  if (isFloatArray(a)) return lax.pow(a, b);
  return lax.cast(lax.apply('round', [lax.pow(...pair(asFloat(a), asFloat(b)))]), a.dtype === 'bool' ? 'int32' : (a.dtype as DeviceDType));
}
export const pow = power;

export const maximum = binary('max', 'maximum');
export const minimum = binary('min', 'minimum');
export function arctan2(x: ArrayLike, y: ArrayLike): NDArray {
  return lax.apply('atan2', pair(...(promoteDTypes([x, y], 'jnp.arctan2').map((v) => asFloat(v)) as [NDArray, NDArray])));
}
/** log(exp(x) + exp(y)) without overflow. */
export function logaddexp(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = pair(...(promoteDTypes([x, y], 'jnp.logaddexp').map((v) => asFloat(v)) as [NDArray, NDArray]));
  const top = lax.stopGradient(lax.max(a, b));
  const finite = lax.select(lax.apply('isFinite', [top]), top, lax.scalarLike(top, 0));
  const smooth = lax.add(log(lax.add(lax.exp(subtract(a, finite)), lax.exp(subtract(b, finite)))), finite);
  // The logarithm of 1 and a little loses the little: log1p keeps it, but has kinks in its derivatives here.
  const exact = lax.add(finite, lax.apply('log1p', [lax.exp(subtract(lax.min(a, b), finite))]));
  const usable = lax.and(lax.apply('isFinite', [top]), lax.apply('isFinite', [smooth]));
  return lax.add(smooth, lax.stopGradient(lax.select(usable, subtract(exact, smooth), lax.scalarLike(smooth, 0))));
}
export const hypot = (x: ArrayLike, y: ArrayLike): NDArray => sqrt(add(square(asFloat(x)), square(asFloat(y))));

export const equal = binary('eq', 'equal');
export const notEqual = binary('ne', 'notEqual');
export const less = binary('lt', 'less');
export const lessEqual = binary('le', 'lessEqual');
export const greater = binary('gt', 'greater');
export const greaterEqual = binary('ge', 'greaterEqual');

/** `x` as truth values: not zero. */
export const asBool = (x: ArrayLike): NDArray => {
  const array = asArray(x);
  return array.dtype === 'bool' ? array : lax.ne(array, lax.scalarLike(array, 0));
};
export const logicalNot = (x: ArrayLike): NDArray => lax.not(asBool(x));
const logical =
  (name: 'and' | 'or' | 'xor') =>
  (x: ArrayLike, y: ArrayLike): NDArray =>
    lax.apply(name, spreadAll([asBool(x), asBool(y)]));
export const logicalAnd = logical('and');
export const logicalOr = logical('or');
export const logicalXor = logical('xor');
export const bitwiseAnd = binary('and', 'bitwiseAnd');
export const bitwiseOr = binary('or', 'bitwiseOr');
export const bitwiseXor = binary('xor', 'bitwiseXor');
export const bitwiseNot = (x: ArrayLike): NDArray => lax.not(asArray(x));
export const leftShift = binary('shiftLeft', 'leftShift');
/** Arithmetic for int32, logical for uint32, as in NumPy. */
export function rightShift(x: ArrayLike, y: ArrayLike): NDArray {
  const operands = promoteAll([x, y], 'jnp.rightShift');
  return lax.apply(operands[0]!.dtype === 'uint32' ? 'shiftRightLogical' : 'shiftRightArithmetic', operands);
}

export const isnan = (x: ArrayLike): NDArray => {
  const array = asFloat(x, 'jnp.isnan');
  return lax.ne(array, array);
};
export const isfinite = (x: ArrayLike): NDArray => lax.apply('isFinite', [asFloat(x, 'jnp.isfinite')]);
export const isinf = (x: ArrayLike): NDArray => equal(abs(asFloat(x, 'jnp.isinf')), Number.POSITIVE_INFINITY);
/** NaN becomes `nan` (0), infinities the largest finite numbers. */
export function nanToNum(x: ArrayLike, { nan = 0, posinf, neginf }: { nan?: number; posinf?: number; neginf?: number } = {}): NDArray {
  const array = asFloat(x, 'jnp.nanToNum');
  const largest = array.dtype === 'float16' ? 65504 : 3.4028234663852886e38;
  const finite = where(
    equal(array, Number.POSITIVE_INFINITY),
    posinf ?? largest,
    where(equal(array, Number.NEGATIVE_INFINITY), neginf ?? -largest, array),
  );
  return where(isnan(array), nan, finite);
}

/** `x` where the condition holds, `y` elsewhere; all three broadcast. */
export function where(condition: ArrayLike, x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteDTypes([x, y], 'jnp.where') as [NDArray, NDArray];
  const [c, d, e] = spreadAll([asBool(condition), a, b]) as [NDArray, NDArray, NDArray];
  return c instanceof LiteralArray ? (c.value !== 0 ? d : e) : lax.select(c, d, e);
}

/** The first of `choices` whose condition holds, else `fallback`. Like `jnp.select`. */
export function select(conditions: readonly ArrayLike[], choices: readonly ArrayLike[], fallback: ArrayLike = 0): NDArray {
  if (conditions.length !== choices.length) {
    throw new LinnetError(
      'InvalidArgumentError',
      `jnp.select takes as many choices as conditions, but got ${choices.length} and ${conditions.length}.`,
    );
  }
  return asArray(conditions.reduceRight<ArrayLike>((rest, condition, i) => where(condition, choices[i]!, rest), fallback));
}

/** `x` kept between `min` and `max`; either may be left out. Positional or `{ min, max }`. */
export function clip(x: ArrayLike, min?: ArrayLike | null | { min?: ArrayLike; max?: ArrayLike }, max?: ArrayLike | null): NDArray {
  const named = typeof min === 'object' && min !== null && !('aval' in min);
  const [low, high] = named ? [min.min, min.max] : [min as ArrayLike | null | undefined, max];
  let result = asArray(x, 'jnp.clip');
  if (low !== undefined && low !== null) result = maximum(result, low);
  if (high !== undefined && high !== null) result = minimum(result, high);
  return result;
}

/** `x` converted to `dtype`. Floats to integers go towards zero and saturate; NaN gives 0. */
export const astype = (x: ArrayLike, dtype: DeviceDType): NDArray => lax.cast(asArray(x), dtype);
