import { type HostArray, sizeOf } from '#linnet/core';
import { allocate, type Elements, elementsOf, toHostArray } from '../elements';
import { primitiveNamed } from '../primitives/primitive';
import { keptAxes } from '../primitives/reduce';
import { isFloats } from './elementwise';
import { defineCpuRule } from './rules';
import { arranged } from './strided';

type Fold = (row: Elements, start: number, end: number) => number;

/** A fold that starts with the first element. */
const foldOf =
  (f: (result: number, x: number) => number): Fold =>
  (row, start, end) => {
    let result = row[start]!;
    for (let i = start + 1; i < end; i++) result = f(result, row[i]!);
    return result;
  };

const FOLDS: Readonly<Record<string, Fold>> = {
  // The sum runs in double precision and is rounded once: the exact side of comparisons.
  reduceSum: (row, start, end) => {
    let sum = 0;
    for (let i = start; i < end; i++) sum += row[i]!;
    return sum;
  },
  reduceMax: foldOf((best, x) => (x > best || Number.isNaN(x) ? x : best)),
  reduceMin: foldOf((best, x) => (x < best || Number.isNaN(x) ? x : best)),
  reduceProd: (row, start, end) => foldOf(isFloats(row) ? (product, x) => product * x : Math.imul)(row, start, end),
  reduceAnd: foldOf((a, b) => a & b),
  reduceOr: foldOf((a, b) => a | b),
};

/** What an empty row folds to. */
function identityOf(name: string, dtype: string): number {
  const { gpu } = primitiveNamed(name);
  return gpu.kind === 'reduce' ? gpu.identity(dtype) : 0;
}

for (const [name, fold] of Object.entries(FOLDS)) {
  defineCpuRule<{ axes: readonly number[] }>(name, ([x], { axes }, [output]) => {
    // With the reduced axes last each result is a fold over one run of elements.
    const rows = arranged(x!, [...keptAxes(x!.shape.length, axes), ...axes]);
    const out = allocate(output!.shape, output!.dtype);
    const length = sizeOf(axes.map((axis) => x!.shape[axis]!));
    for (let i = 0; i < out.length; i++) out[i] = length === 0 ? identityOf(name, x!.dtype) : fold(rows, i * length, (i + 1) * length);
    return [toHostArray(out, output!.shape, output!.dtype)];
  });
}

/** Where each line of `x` along `axis` starts, with the step from one element to the next. */
export function linesAlong(x: HostArray, axis: number): { readonly length: number; readonly inner: number; startOf(line: number): number } {
  const length = x.shape[axis]!;
  const inner = sizeOf(x.shape.slice(axis + 1));
  return { length, inner, startOf: (line) => Math.floor(line / inner) * length * inner + (line % inner) };
}

const WINS: Readonly<Record<string, (x: number, best: number) => boolean>> = {
  argmax: (x, best) => x > best || (Number.isNaN(x) && !Number.isNaN(best)),
  argmin: (x, best) => x < best || (Number.isNaN(x) && !Number.isNaN(best)),
};

for (const [name, wins] of Object.entries(WINS)) {
  defineCpuRule<{ axis: number }>(name, ([x], { axis }, [output]) => {
    const source = elementsOf(x!);
    const out = allocate(output!.shape, 'int32');
    const { length, inner, startOf } = linesAlong(x!, axis);
    for (let i = 0; i < out.length; i++) {
      const start = startOf(i);
      let best = 0;
      for (let j = 1; j < length; j++) if (wins(source[start + j * inner]!, source[start + best * inner]!)) best = j;
      out[i] = best;
    }
    return [toHostArray(out, output!.shape, 'int32')];
  });
}
