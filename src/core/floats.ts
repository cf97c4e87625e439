import type { DType } from './dtypes';

/** Bit layout of a float type of at most 16 bits. */
interface FloatLayout {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /**
   * What the highest codes mean. `ieee`: infinities and NaNs; `fn`: all-ones is NaN, no infinity; `fnuz`: the code of -0 is NaN,
   * no infinity; `finite`: neither.
   */
  readonly specials: 'ieee' | 'fn' | 'fnuz' | 'finite';
}

const layout = (exponentBits: number, mantissaBits: number, bias: number, specials: FloatLayout['specials']): FloatLayout => ({
  exponentBits,
  mantissaBits,
  bias,
  specials,
});

/** Float types that JavaScript has no view for, as ml_dtypes defines them. */
const LAYOUTS: Partial<Record<DType, FloatLayout>> = {
  float4_e2m1fn: layout(2, 1, 1, 'finite'),
  float8_e3m4: layout(3, 4, 3, 'ieee'),
  float8_e4m3: layout(4, 3, 7, 'ieee'),
  float8_e4m3b11fnuz: layout(4, 3, 11, 'fnuz'),
  float8_e4m3fn: layout(4, 3, 7, 'fn'),
  float8_e4m3fnuz: layout(4, 3, 8, 'fnuz'),
  float8_e5m2: layout(5, 2, 15, 'ieee'),
  float8_e5m2fnuz: layout(5, 2, 16, 'fnuz'),
  bfloat16: layout(8, 7, 127, 'ieee'),
  float16: layout(5, 10, 15, 'ieee'),
};

const bitsOf = ({ exponentBits, mantissaBits }: FloatLayout): number => exponentBits + mantissaBits;

function decode(form: FloatLayout, code: number): number {
  const { exponentBits, mantissaBits, bias, specials } = form;
  const magnitudeBits = bitsOf(form);
  const negative = (code >>> magnitudeBits) & 1;
  const magnitude = code & ((1 << magnitudeBits) - 1);
  const exponent = magnitude >>> mantissaBits;
  const mantissa = magnitude & ((1 << mantissaBits) - 1);
  if (specials === 'fnuz' && negative && magnitude === 0) return Number.NaN;
  if (specials === 'fn' && magnitude === (1 << magnitudeBits) - 1) return Number.NaN;
  if (specials === 'ieee' && exponent === (1 << exponentBits) - 1) {
    return mantissa !== 0 ? Number.NaN : negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const value =
    exponent === 0 ? mantissa * 2 ** (1 - bias - mantissaBits) : (mantissa + (1 << mantissaBits)) * 2 ** (exponent - bias - mantissaBits);
  return negative ? -value : value;
}

/** Largest finite magnitude as a code without sign. */
function largestCode(form: FloatLayout): number {
  const all = (1 << bitsOf(form)) - 1;
  if (form.specials === 'ieee') return ((1 << form.exponentBits) - 1) * (1 << form.mantissaBits) - 1;
  return form.specials === 'fn' ? all - 1 : all;
}

/** Code for NaN; a type without one stores its -0, as ml_dtypes does. */
function nanCode(form: FloatLayout): number {
  const sign = 1 << bitsOf(form);
  if (form.specials === 'fnuz' || form.specials === 'finite') return sign;
  if (form.specials === 'fn') return sign - 1;
  return (((1 << form.exponentBits) - 1) << form.mantissaBits) | (1 << (form.mantissaBits - 1));
}

function overflowCode(form: FloatLayout, sign: number): number {
  if (form.specials === 'ieee') return sign | (((1 << form.exponentBits) - 1) << form.mantissaBits);
  return form.specials === 'finite' ? sign | largestCode(form) : nanCode(form) | (form.specials === 'fn' ? sign : 0);
}

const DOUBLE = new Float64Array(1);
const DOUBLE_WORDS = new Uint32Array(DOUBLE.buffer);

/** floor(log2(x)) of a positive finite number, subnormals included. */
function exponentOf(x: number): number {
  DOUBLE[0] = x;
  const biased = (DOUBLE_WORDS[1]! >>> 20) & 0x7ff;
  return biased === 0 ? Math.floor(Math.log2(x)) : biased - 1023;
}

/** Nearest integer, ties to even. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

function encode(form: FloatLayout, value: number): number {
  const { mantissaBits, bias, specials } = form;
  if (Number.isNaN(value)) return nanCode(form);
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? 1 << bitsOf(form) : 0;
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return overflowCode(form, sign);
  if (magnitude === 0) return specials === 'fnuz' ? 0 : sign;
  const exponent = Math.max(exponentOf(magnitude), 1 - bias);
  // Codes grow with magnitudes, so a mantissa that rounds up to the next power of two carries into the exponent by itself.
  const code = roundEven(magnitude / 2 ** (exponent - mantissaBits)) + ((exponent + bias - 1) << mantissaBits);
  if (code > largestCode(form)) return overflowCode(form, sign);
  return specials === 'fnuz' && code === 0 ? 0 : sign | code;
}

const E8M0_NAN = 255;

/** Value of the code of a float type of at most 16 bits; undefined for other types. */
export function decodeSmallFloat(dtype: DType, code: number): number | undefined {
  // A bare exponent: no sign, no mantissa, no zero.
  if (dtype === 'float8_e8m0fnu') return code === E8M0_NAN ? Number.NaN : 2 ** (code - 127);
  const form = LAYOUTS[dtype];
  return form === undefined ? undefined : decode(form, code);
}

/**
 * Code of `value`, rounded to nearest even (float8_e8m0fnu: halves up), in a float type of at most 16 bits; undefined for other types. Too large becomes infinity,
 * or NaN where the type has none (the largest value where it has neither), as in ml_dtypes.
 */
export function encodeSmallFloat(dtype: DType, value: number): number | undefined {
  if (dtype === 'float8_e8m0fnu') return encodeExponent(value);
  const form = LAYOUTS[dtype];
  // ml_dtypes reaches bfloat16 by way of float32.
  return form === undefined ? undefined : encode(form, dtype === 'bfloat16' ? Math.fround(value) : value);
}

function encodeExponent(value: number): number {
  if (!(value > 0) || value === Number.POSITIVE_INFINITY) return E8M0_NAN;
  const exponent = exponentOf(value);
  const fraction = value / 2 ** exponent - 1;
  // ml_dtypes rounds the middle between two powers of two up, not to the even exponent.
  const rounded = fraction >= 0.5 ? exponent + 1 : exponent;
  return rounded > 127 ? E8M0_NAN : Math.max(rounded + 127, 0);
}
