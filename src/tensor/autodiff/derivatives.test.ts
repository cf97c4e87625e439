import { describe, expect, test } from 'vitest';
import { float64Array, float64Function, numbersOf } from '../../testing/float64';
import { drawNumbers, OPERATIONS } from '../../testing/operations';
import { allPrimitives, jvp, type Array as NDArray, vjp } from '../index';

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const seen = new Set<string>();

/** Central difference of `f` at `xs` along `directions`, to about h^4. */
function difference(run: (...xs: number[][]) => number[], xs: number[][], directions: number[][]): number[] {
  const h = 1e-3;
  const at = (step: number): number[] => run(...xs.map((x, i) => x.map((value, j) => value + step * directions[i]![j]!)));
  const [a, b, c, d] = [at(-2 * h), at(-h), at(h), at(2 * h)] as [number[], number[], number[], number[]];
  return a.map((_, i) => (a[i]! - 8 * b[i]! + 8 * c[i]! - d[i]!) / (12 * h));
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `element ${i}: ${value} against ${expected[i]}`).toBeLessThan(
      1e-7 * (1 + Math.abs(expected[i]!)),
    );
  });
}

describe('derivatives against finite differences in float64', () => {
  test.each(OPERATIONS)('$name', ({ f, shapes, range = [-1.5, 1.5] }) => {
    const xs = shapes.map((shape, i) => drawNumbers(sizeOf(shape), range, i + 1));
    const vs = shapes.map((shape, i) => drawNumbers(sizeOf(shape), [-1, 1], i + 11));
    const value = float64Function(f, shapes);
    for (const { primitive } of value.program.equations) seen.add(primitive.name);
    const wrap = (values: readonly number[][]) => values.map((x, i) => float64Array(shapes[i]!, x));
    const run = (...values: number[][]): number[] => numbersOf(value.run(...wrap(values))[0]!);
    const expected = difference(run, xs, vs);

    const forward = float64Function((...all) => jvp(f, all.slice(0, shapes.length), all.slice(shapes.length))[1], [...shapes, ...shapes]);
    expectClose(numbersOf(forward.run(...wrap(xs), ...wrap(vs))[0]!), expected);

    const outShape = value.program.outputs[0]!.aval.shape;
    const w = drawNumbers(sizeOf(outShape), [-1, 1], 7);
    const backward = (...all: NDArray[]): NDArray[] => vjp(f, ...all.slice(1))[1](all[0]!);
    const reverse = float64Function(backward, [outShape, ...shapes]);
    const cts = reverse.run(float64Array(outShape, w), ...wrap(xs)).map(numbersOf);
    expectClose([dot(cts.flat(), vs.flat())], [dot(w, expected)]);

    const second = float64Function(
      (...all) => jvp((...inner) => backward(all[0]!, ...inner), all.slice(1, 1 + shapes.length), all.slice(1 + shapes.length))[1],
      [outShape, ...shapes, ...shapes],
    );
    const directional = second.run(float64Array(outShape, w), ...wrap(xs), ...wrap(vs)).map(numbersOf);
    const numeric = difference((...values) => reverse.run(float64Array(outShape, w), ...wrap(values)).flatMap(numbersOf), xs, vs);
    expectClose(directional.flat(), numeric);
  });

  test('cover every differentiable primitive', () => {
    const exempt = new Set(['stopGradient', 'sign', 'floor', 'ceil', 'round', 'trunc', 'erfInv', 'whileLoop']);
    const missing = allPrimitives().filter(
      ({ name, jvp: rule, vjp: reverse }) => (rule || reverse) && !seen.has(name) && !exempt.has(name),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});
