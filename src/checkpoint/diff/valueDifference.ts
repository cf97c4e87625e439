import { castHostArray, type DType, dtypeKind, type HostArray, itemByteLength, sizeOf, typedView, type ValueFigures } from '#linnet/core';
import { ulpDistance } from './ulpDistance';

/** How the elements of two arrays of one dtype and shape differ, and where most. */
export interface ValueDifference extends ValueFigures {
  /** Where `largest` is, counted row-major. */
  readonly at?: number;
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** The elements as whole words, `perElement` to each: what is the same is passed over a word at a time. */
function wordsOf({ dtype, data }: HostArray): { readonly words: Words; readonly perElement: number } {
  const byteLength = itemByteLength(dtype);
  const width = Math.min(byteLength, 4);
  const { buffer, byteOffset } = data.byteOffset % width === 0 ? data : data.slice();
  const words =
    width === 4
      ? new Uint32Array(buffer, byteOffset, data.length / 4)
      : width === 2
        ? new Uint16Array(buffer, byteOffset, data.length / 2)
        : new Uint8Array(buffer, byteOffset, data.length);
  return { words, perElement: byteLength / width };
}

/** Distance of two elements and the size of the larger one. */
type Measure = (index: number) => readonly [distance: number, size: number];

function measureNumbers(a: HostArray, b: HostArray): Measure {
  const [x, y] = [a, b].map(
    (array) => typedView(castHostArray(array, array.dtype === 'float32' ? 'float32' : 'float64')) as Float64Array,
  ) as [Float64Array, Float64Array];
  return (index) => [Math.abs(x[index]! - y[index]!), Math.max(Math.abs(x[index]!), Math.abs(y[index]!))];
}

/** Of 64-bit integers the difference first: neighbours above 2^53 are one as numbers. */
function measureBigInts(a: HostArray, b: HostArray): Measure {
  const [x, y] = [typedView(a) as BigInt64Array, typedView(b) as BigInt64Array];
  return (index) => [Math.abs(Number(x[index]! - y[index]!)), Math.max(Math.abs(Number(x[index]!)), Math.abs(Number(y[index]!)))];
}

function measureComplex(a: HostArray, b: HostArray): Measure {
  const [x, y] = [typedView(a) as Float64Array, typedView(b) as Float64Array];
  return (index) => {
    const [re, im] = [2 * index, 2 * index + 1];
    const size = Math.max(Math.hypot(x[re]!, x[im]!), Math.hypot(y[re]!, y[im]!));
    return [Math.hypot(x[re]! - y[re]!, x[im]! - y[im]!), size];
  };
}

function measureFor(a: HostArray, b: HostArray): Measure {
  if (dtypeKind(a.dtype) === 'complex') return measureComplex(a, b);
  return a.dtype === 'int64' || a.dtype === 'uint64' ? measureBigInts(a, b) : measureNumbers(a, b);
}

const hasUlps = (dtype: DType): boolean => dtypeKind(dtype) === 'float';

/** How `a` and `b`, of one dtype and shape, differ; undefined when every bit is the same. */
export function valueDifference(a: HostArray, b: HostArray): ValueDifference | undefined {
  const [{ words: x, perElement }, { words: y }] = [wordsOf(a), wordsOf(b)];
  const changed: number[] = [];
  for (let word = 0; word < x.length; word++) {
    if (x[word] === y[word]) continue;
    const index = Math.floor(word / perElement);
    changed.push(index);
    // The other words of this element need no look.
    word = (index + 1) * perElement - 1;
  }
  if (changed.length === 0) return undefined;
  const counts = { elements: sizeOf(a.shape), changed: changed.length };
  if (dtypeKind(a.dtype) === 'key') return { ...counts, notFinite: 0 };
  return { ...counts, ...figures(changed, measureFor(a, b), hasUlps(a.dtype) ? ulpDistance(a.dtype, x, y) : undefined) };
}

type Figures = Omit<ValueDifference, 'elements' | 'changed'>;

function figures(changed: readonly number[], measure: Measure, ulpsOf: ((index: number) => number) | undefined): Figures {
  let [notFinite, largest, relative, ulps, at] = [0, -1, 0, 0, 0];
  for (const index of changed) {
    const [distance, size] = measure(index);
    if (!Number.isFinite(size)) {
      notFinite++;
      continue;
    }
    if (distance > largest) [largest, at] = [distance, index];
    if (size > 0) relative = Math.max(relative, distance / size);
    if (ulpsOf !== undefined) ulps = Math.max(ulps, ulpsOf(index));
  }
  if (notFinite === changed.length) return { notFinite };
  return { notFinite, largest, relative, at, ...(ulpsOf === undefined ? {} : { ulps }) };
}
