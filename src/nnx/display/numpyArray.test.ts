import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HostArray, hostArray, sizeOf } from '#linnet/core';
import { reprOf } from './arrayDescription';
import { pythonNumber, twoDigits } from './decimal';

const floats = (shape: readonly number[], values: Iterable<number>): HostArray =>
  hostArray('float32', shape, new Uint8Array(Float32Array.from(values).buffer));

test.each([
  [[], [1.3394955e7], 'Array(1.3394955e+07, dtype=float32)'],
  [[2], [999999, 0.5], 'Array([9.99999e+05, 5.00000e-01], dtype=float32)'],
  [[3], [-1.6054022, 9.8947622e-3, 1.1081462e-3], 'Array([-1.6054022e+00,  9.8947622e-03,  1.1081462e-03], dtype=float32)'],
  [[2], [2 ** -12, 2 ** -20], 'Array([2.4414062e-04, 9.5367432e-07], dtype=float32)'],
  [[2, 0], [], 'Array([], shape=(2, 0), dtype=float32)'],
  [[3], [Number.NaN, Number.NEGATIVE_INFINITY, 1.25], 'Array([ nan, -inf, 1.25], dtype=float32)'],
  [[2], [-0, 0.001953125], 'Array([-0.        ,  0.00195312], dtype=float32)'],
] as [number[], number[], string][])('NumPy’s text of %j %j', (shape, values, text) => {
  expect(reprOf(floats(shape, values))).toBe(text);
});

/** Words between brackets, commas and line ends. */
const wordsOf = (text: string): string[] =>
  text
    .slice('Array('.length, text.lastIndexOf(', ') < 0 ? undefined : text.lastIndexOf('dtype='))
    .split(/[\s,[\]]+/)
    .filter((word) => word !== '');

const shape = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 });
const arrays = shape.chain((dims) =>
  fc
    .array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: sizeOf(dims), maxLength: sizeOf(dims) })
    .map((values) => floats(dims, values)),
);

test('any float array: every element is there to eight digits, lines fit, brackets close', () => {
  fc.assert(
    fc.property(arrays, (array) => {
      const text = reprOf(array);
      const values = new Float32Array(array.data.buffer);
      const words = wordsOf(text);
      expect(words).toHaveLength(values.length);
      for (const [i, word] of words.entries()) {
        const rounding = word.includes('e') ? Math.abs(values[i]!) * 1e-8 : 1e-8;
        const isNamed = Math.fround(Number(word)) === values[i];
        expect(isNamed || Math.abs(Number(word) - values[i]!) <= rounding, `${word} for ${values[i]}`).toBe(true);
      }
      for (const line of text.split('\n')) expect(line.replace(/ *dtype=float32\)$/, '').length).toBeLessThanOrEqual(76);
      expect(text.split('[').length).toBe(text.split(']').length);
    }),
  );
});

test('integers are written as they are, aligned', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), (values) => {
      const text = reprOf(hostArray('int32', [values.length], new Uint8Array(Int32Array.from(values).buffer)));
      expect(wordsOf(text).map(Number)).toEqual(values);
    }),
  );
});

test('large arrays show three items at each end of an axis', () => {
  const text = reprOf(
    floats(
      [2, 600],
      Array.from({ length: 1200 }, (_, i) => i),
    ),
  );
  expect(
    wordsOf(text)
      .filter((word) => word !== '...')
      .map(Number),
  ).toEqual([0, 1, 2, 597, 598, 599, 600, 601, 602, 1197, 1198, 1199]);
});

test.each([
  [0.85, '0.85'],
  [-0.0312, '-0.031'],
  [4, '4.0'],
  [12.4, '1.2e+01'],
  [99.6, '1e+02'],
  [0.00001, '1e-05'],
  [0, '0.0'],
  [Number.NaN, 'nan'],
])('%d with two digits is %s', (value, text) => {
  expect(twoDigits(value)).toBe(text);
});

test.each([
  [0.99, '0.99'],
  [1e-5, '1e-05'],
  [3, '3'],
  [1.5e22, '1.5e+22'],
])('%d as Python is %s', (value, text) => {
  expect(pythonNumber(value)).toBe(text);
});
