const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** IEEE binary16 bits of `value`, rounded to nearest even (from the double, so that there is one rounding only). */
export function float16Bits(value: number): number {
  scratch[0] = value;
  const sign = (scratchBits[0]! >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (Number.isNaN(magnitude)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  // log2 may land on the wrong side of a power of two by rounding.
  const exact = magnitude < 2 ** exponent ? exponent - 1 : magnitude >= 2 ** (exponent + 1) ? exponent + 1 : exponent;
  const mantissa = roundHalfEven((magnitude / 2 ** exact - 1) * 1024);
  return sign | (((exact + 15) << 10) + mantissa);
}

/** `x` rounded to an integer, ties to even. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The number whose IEEE binary16 bits are `bits`. */
export function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** binary16 bits widened to float32. */
export const decodeFloat16 = (bits: Uint16Array): Float32Array => Float32Array.from(bits, float16Value);

/** float32 numbers rounded to binary16 bits. */
export const encodeFloat16 = (values: Float32Array): Uint16Array => Uint16Array.from(values, float16Bits);
