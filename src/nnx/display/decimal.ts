/** A positive decimal number: `0.d1d2d3... × 10^point`. */
export interface Decimal {
  readonly digits: string;
  /** Position of the decimal point relative to the start of `digits`. */
  readonly point: number;
}

/** Digits beyond which `toExponential` cannot go; more than any float32 above 1e-30 has. */
const MAX_DIGITS = 100;

function parse(text: string): Decimal {
  const [mantissa, exponent] = text.split('e');
  const digits = mantissa!.replace('.', '').replace(/0+$/, '');
  return { digits: digits === '' ? '0' : digits, point: Number(exponent) + 1 };
}

/** All digits of `value` > 0. */
const exact = (value: number): Decimal => parse(value.toExponential(MAX_DIGITS));

/** `value` > 0 rounded to `count` digits, ties to even. */
function roundTo(value: number, count: number): Decimal {
  const { digits, point } = exact(value);
  if (count < 0) return { digits: '0', point: 0 };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const last = kept === '' ? 0 : Number(kept.at(-1));
  const isUp = rest > '5' || (rest === '5' && last % 2 === 1);
  if (!isUp) return kept === '' ? { digits: '0', point: 0 } : { digits: kept.replace(/0+$/, ''), point };
  return increment(kept, point);
}

function increment(digits: string, point: number): Decimal {
  const sum = String(BigInt(digits === '' ? '0' : digits) + 1n).padStart(digits.length, '0');
  const grown = sum.length > digits.length ? 1 : 0;
  return { digits: sum.replace(/0+$/, ''), point: point + grown };
}

/** The fewest digits that name `value` > 0 among the numbers `round` can give (Math.fround for float32); of two the even one. */
export function shortest(value: number, round: (x: number) => number): Decimal {
  for (let count = 1; count < 17; count++) {
    if (round(Number(value.toExponential(count - 1))) !== value) continue;
    const even = roundTo(value, count);
    return round(Number(`0.${even.digits}e${even.point}`)) === value ? even : parse(value.toExponential(count - 1));
  }
  return parse(value.toExponential(16));
}

/** The shortest form of `value` > 0, but at most `fraction` digits after the decimal point. */
export function positional(value: number, fraction: number, round: (x: number) => number): { whole: string; fraction: string } {
  const short = shortest(value, round);
  const { digits, point } = short.digits.length - short.point > fraction ? roundTo(value, fraction + exact(value).point) : short;
  if (digits === '0') return { whole: '0', fraction: '' };
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0');
  return { whole, fraction: point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point) };
}

/** `d.ddd × 10^exponent` of `value` > 0: the shortest form, but at least `least` and at most `most` digits after the point. */
export function scientific(
  value: number,
  [least, most]: readonly [number, number],
  round: (x: number) => number,
): { whole: string; fraction: string; exponent: number } {
  const short = shortest(value, round);
  const count = Math.min(Math.max(short.digits.length - 1, least), most);
  const { digits, point } = count === short.digits.length - 1 ? short : roundTo(value, count + 1);
  return { whole: digits[0]!, fraction: digits.slice(1).padEnd(least, '0'), exponent: point - 1 };
}

/** `value` as Python writes it with `format(value, '.2')`: two significant digits, at least one after the point. */
export function twoDigits(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size === 0) return `${sign}0.0`;
  const { digits, point } = roundTo(size, 2);
  if (point > 1 || point <= -4) {
    const fraction = digits.slice(1);
    const exponent = point - 1;
    const mark = `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
    return `${sign}${digits[0]}${fraction === '' ? '' : `.${fraction}`}${mark}`;
  }
  const whole = point <= 0 ? '0' : digits.slice(0, point);
  const fraction = point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  return `${sign}${whole}.${fraction === '' ? '0' : fraction}`;
}

/** A number as Python's `repr` writes it: `0.99`, `1e-05`, `2.0` for a float; integers bare. */
export function pythonNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return Object.is(value, -0) ? '-0.0' : String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return String(value);
  const [mantissa, exponent] = value.toExponential().split('e');
  const power = Number(exponent);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
