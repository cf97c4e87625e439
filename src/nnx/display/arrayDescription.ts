import { type DType, dtypeKind, type HostArray, readElement, type Shape, sizeOf } from '#linnet/core';
import { float16Bits, float16Value } from '#linnet/tensor';
import { twoDigits } from './decimal';
import { arrayText, jaxRepr, pythonShape, writtenIndexes } from './numpyArray';
import { booleanFormatter, type FloatType, type Formatter, floatFormatter, integerFormatter } from './numpyElements';

/** Size from which no statistics are taken. */
const SUMMARY_LIMIT = 100_000;

/** What an array's elements are like. Absent entries do not apply to its dtype. */
export interface ArrayStatistics {
  /** Mean and population standard deviation of the finite elements. */
  readonly mean?: number;
  readonly std?: number;
  /** Of all elements that are not NaN. */
  readonly min?: number;
  readonly max?: number;
  /** How many elements are zero, not zero, NaN, infinite; for booleans true and false. */
  readonly counts: Readonly<Record<string, number>>;
}

/** An array as it is looked at. */
export interface ArrayDescription {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Undefined for arrays too large to go through and for types that are not numbers. */
  readonly statistics: ArrayStatistics | undefined;
  /** One line: `jax.Array float32(4, 4) ≈-0.08 ±0.6 [≥-0.94, ≤1.1] nonzero:16`. */
  readonly summary: string;
  /** The elements as JAX's repr writes them. */
  readonly text: string;
}

const elementAt = (host: HostArray, index: number): number | bigint => readElement(host, index) as number | bigint;

function statisticsOf(host: HostArray): ArrayStatistics | undefined {
  const kind = dtypeKind(host.dtype);
  const values = Array.from({ length: sizeOf(host.shape) }, (_, i) => Number(elementAt(host, i)));
  const count = (test: (value: number) => boolean): number => values.filter(test).length;
  if (kind === 'bool') return { counts: { true: count((v) => v !== 0), false: count((v) => v === 0) } };
  const zeros = { zero: count((v) => v === 0), nonzero: count((v) => v !== 0) };
  if (kind === 'int' || kind === 'uint') return { min: least(values), max: most(values), counts: zeros };
  if (kind !== 'float') return undefined;
  const odd = {
    nan: count(Number.isNaN),
    inf: count((v) => v === Number.POSITIVE_INFINITY),
    '-inf': count((v) => v === Number.NEGATIVE_INFINITY),
  };
  const finite = values.filter(Number.isFinite);
  const counts = { ...zeros, ...odd };
  if (finite.length === 0) return { counts };
  const ordered = values.filter((v) => !Number.isNaN(v));
  const mean = finite.reduce((sum, v) => sum + v, 0) / finite.length;
  const std = Math.sqrt(finite.reduce((sum, v) => sum + (v - mean) ** 2, 0) / finite.length);
  return { mean, std, min: least(ordered), max: most(ordered), counts };
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
const grouped = (value: number): string => value.toLocaleString('en-US').replaceAll(',', '_');

function statisticsText({ mean, std, min, max, counts }: ArrayStatistics): string {
  const moments = mean === undefined || std === undefined ? '' : ` ≈${twoDigits(mean)} ±${twoDigits(std)}`;
  const write = mean === undefined ? grouped : twoDigits;
  const range = min === undefined || max === undefined ? '' : ` [≥${write(min)}, ≤${write(max)}]`;
  const numbers = Object.entries(counts).filter(([, n]) => n > 0);
  return moments + range + numbers.map(([name, n]) => ` ${name}:${grouped(n)}`).join('');
}

/** NumPy's floating types; others (bfloat16, float8) write each element on its own. NumPy's limit is ten to its `finfo.precision`, at most 8. */
const NUMPY_FLOATS: Readonly<Partial<Record<DType, FloatType>>> = {
  float16: { round: (x) => float16Value(float16Bits(x)), limit: 1e3 },
  float32: { round: Math.fround, limit: 1e6 },
  float64: { round: (x) => x, limit: 1e8 },
};

function formatterOf(dtype: DType, values: readonly (number | bigint)[], isScalar: boolean): Formatter {
  const kind = dtypeKind(dtype);
  if (kind === 'bool') return booleanFormatter(isScalar);
  const type = NUMPY_FLOATS[dtype];
  if (type !== undefined) return floatFormatter(values.map(Number), type);
  return kind === 'float' ? (value) => String(value) : integerFormatter(values);
}

/** The elements of `host` as JAX's repr: `Array([1., 2.], dtype=float32)`. Keys and complex numbers are written without elements. */
export function reprOf(host: HostArray, isWeak = false): string {
  const kind = dtypeKind(host.dtype);
  if (kind === 'key' || kind === 'complex') return `Array(shape=${pythonShape(host.shape)}, dtype=${host.dtype})`;
  const written = new Map(writtenIndexes(host.shape).map((index) => [index, elementAt(host, index)]));
  const format = formatterOf(host.dtype, [...written.values()], host.shape.length === 0);
  const text = arrayText(host.shape, (index) => format(written.get(index)!), { prefix: 'Array(', suffix: ',' });
  return jaxRepr(text, host.shape, host.dtype, isWeak);
}

/** Describes an array read back to the host. */
export function describeArray(host: HostArray, isWeak = false): ArrayDescription {
  const { dtype, shape } = host;
  const isLarge = sizeOf(shape) >= SUMMARY_LIMIT;
  const isNumber = dtypeKind(dtype) !== 'key';
  const statistics = isLarge || !isNumber || sizeOf(shape) === 0 ? undefined : statisticsOf(host);
  const ending = isLarge ? '- too large to summarize.' : statistics === undefined ? '' : statisticsText(statistics);
  return { dtype, shape, statistics, summary: `jax.Array ${dtype}${pythonShape(shape)}${ending}`, text: reprOf(host, isWeak) };
}
