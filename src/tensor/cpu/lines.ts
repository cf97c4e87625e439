import { allocate, elementsOf, toHostArray } from '../elements';
import { isFloats } from './elementwise';
import { linesAlong } from './reduce';
import { defineCpuRule } from './rules';

/** Ascending, NaN after everything else; equal elements keep their order. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1);

defineCpuRule<{ axis: number }>('sort', (inputs, { axis }, outputs) => {
  const sources = inputs.map(elementsOf);
  const results = outputs.map((output) => allocate(output.shape, output.dtype));
  const { length, inner, startOf } = linesAlong(inputs[0]!, axis);
  const keys = sources[0]!;
  for (let line = 0; line < keys.length / length; line++) {
    const start = startOf(line);
    const order = Array.from({ length }, (_, i) => start + i * inner).sort((i, j) => compare(keys[i]!, keys[j]!));
    results.forEach((out, n) => {
      for (let i = 0; i < length; i++) out[start + i * inner] = sources[n]![order[i]!]!;
    });
  }
  return results.map((out, i) => toHostArray(out, outputs[i]!.shape, outputs[i]!.dtype));
});

type Step = (sum: number, x: number) => number;

const STEPS: Readonly<Record<string, Step>> = {
  cumsum: (sum, x) => sum + x,
  cumprod: (product, x) => product * x,
  cummax: (best, x) => (x > best || Number.isNaN(x) ? x : best),
  cummin: (best, x) => (x < best || Number.isNaN(x) ? x : best),
};

for (const [name, step] of Object.entries(STEPS)) {
  defineCpuRule<{ axis: number; reverse: boolean }>(name, ([x], { axis, reverse }, [output]) => {
    const source = elementsOf(x!);
    const out = allocate(output!.shape, output!.dtype);
    const { length, inner, startOf } = linesAlong(x!, axis);
    const f = name === 'cumprod' && !isFloats(source) ? Math.imul : step;
    for (let line = 0; line < source.length / length; line++) {
      const start = startOf(line);
      let sum = 0;
      for (let i = 0; i < length; i++) {
        const at = start + (reverse ? length - 1 - i : i) * inner;
        sum = i === 0 ? source[at]! : f(sum, source[at]!);
        out[at] = sum;
      }
    }
    return [toHostArray(out, output!.shape, output!.dtype)];
  });
}
