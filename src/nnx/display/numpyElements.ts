import { positional, scientific } from './decimal';

/** Digits after the point at most: NumPy's default `precision`. */
const PRECISION = 8;

/** How NumPy writes one element of an array, so that all have one width. */
export type Formatter = (value: number | bigint) => string;

interface Parts {
  readonly sign: string;
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: number;
}

type Round = (x: number) => number;

/** `value` in parts. Written by powers of ten it gets at least `least` digits after the point: further true ones, not zeros. */
function partsOf(value: number, isScientific: boolean, round: Round, least = 0): Parts {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return { sign, whole: '0', fraction: '0'.repeat(least), exponent: 0 };
  const size = Math.abs(value);
  if (isScientific) return { sign, ...scientific(size, [least, PRECISION], round) };
  return { sign, ...positional(size, PRECISION, round), exponent: 0 };
}

/** NumPy changes to powers of ten for large, small, or widely spread numbers. */
function needsExponent(finite: readonly number[], limit: number): boolean {
  const sizes = finite.filter((value) => value !== 0).map(Math.abs);
  if (sizes.length === 0) return false;
  const most = sizes.reduce((a, b) => Math.max(a, b));
  const least = sizes.reduce((a, b) => Math.min(a, b));
  return most >= limit || least < 1e-4 || most / least > 1000;
}

const exponentText = (exponent: number): string => `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

/** A floating type: how it rounds, and the size from which numbers are written by powers of ten. */
export interface FloatType {
  readonly round: Round;
  readonly limit: number;
}

/** Writes floats as NumPy 2's `FloatingFormat` does for `values` (`floatmode='maxprec'`). */
export function floatFormatter(values: readonly number[], { round, limit }: FloatType): Formatter {
  const finite = values.filter(Number.isFinite);
  const isScientific = needsExponent(finite, limit);
  const parts = finite.map((value) => partsOf(value, isScientific, round));
  const width = (text: (part: Parts) => string): number => parts.reduce((most, part) => Math.max(most, text(part).length), 0);
  const digits = width(({ fraction }) => fraction);
  const exponentDigits = width(({ exponent }) => exponentText(exponent)) - 1;
  const right = isScientific ? exponentDigits + 2 + digits : digits;
  const left = Math.max(
    width(({ sign, whole }) => sign + whole),
    finite.length < values.length ? 3 - right - 1 + (values.includes(Number.NEGATIVE_INFINITY) ? 1 : 0) : 0,
    finite.length < values.length ? 3 - right - 1 : 0,
  );
  return (element) => {
    const value = Number(element);
    if (!Number.isFinite(value)) {
      const name = Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
      return name.padStart(left + right + 1);
    }
    const { sign, whole, fraction, exponent } = partsOf(value, isScientific, round, isScientific ? digits : 0);
    const start = `${(sign + whole).padStart(left)}.`;
    if (!isScientific) return start + fraction.padEnd(digits);
    const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(exponentDigits, '0')}`;
    return `${start}${fraction}e${power}`;
  };
}

/** Writes integers right-aligned to the widest. */
export function integerFormatter(values: readonly (number | bigint)[]): Formatter {
  const width = values.reduce<number>((most, value) => Math.max(most, String(value).length), 0);
  return (value) => String(value).padStart(width);
}

/** Writes booleans as `True` and `False`, aligned inside arrays. */
export const booleanFormatter =
  (isScalar: boolean): Formatter =>
  (value) =>
    value ? (isScalar ? 'True' : ' True') : 'False';
