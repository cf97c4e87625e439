import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { float64Array, float64Function, numbersOf } from '../testing/float64';
import { randomProgram, STEPS, worstDifference } from '../testing/programs';
import {
  assertTreesEqual,
  evalShape,
  fromHost,
  grad,
  init,
  jit,
  jnp,
  jvp,
  type Array as NDArray,
  printProgram,
  ShapeDtypeStruct,
  traceProgram,
  vmap,
} from './index';

beforeAll(() => init({ backend: 'cpu' }));

const draws = { numRuns: 60, seed: 20_240_607 };
/** A loaded machine may take long; the properties themselves take a second or two each. */
const TIMEOUT_MS = 60_000;
const all = (inputs: readonly NDArray[]): number[] => inputs.map((_, i) => i);

describe('random programs', { timeout: TIMEOUT_MS }, () => {
  test('give the same bits eagerly and jitted', async () => {
    await fc.assert(
      fc.asyncProperty(randomProgram({ withEmpty: true }), async ({ inputs, run }) => {
        const arrays = inputs.map(fromHost);
        await assertTreesEqual(jit(run)(...arrays), run(...arrays));
      }),
      draws,
    );
  });

  test('have the shapes that evalShape says', async () => {
    await fc.assert(
      fc.asyncProperty(randomProgram({ withEmpty: true }), async ({ inputs, run }) => {
        const structs = inputs.map(({ shape }) => new ShapeDtypeStruct(shape, 'float32'));
        const expected = evalShape(run, ...structs) as ShapeDtypeStruct[];
        const results = run(...inputs.map(fromHost));
        expect(results.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(expected.map(({ shape, dtype }) => ({ shape, dtype })));
      }),
      draws,
    );
  });

  test('have the same gradients eagerly and jitted', async () => {
    await fc.assert(
      fc.asyncProperty(randomProgram(), async ({ inputs, loss }) => {
        const arrays = inputs.map(fromHost);
        const gradient = grad(loss, { argnums: all(arrays) });
        const [eager, jitted] = [gradient(...arrays), jit(gradient)(...arrays)];
        for (const [i, g] of eager.entries()) {
          expect(worstDifference(await g.data(), await jitted[i].data())).toBeLessThanOrEqual(1e-6);
        }
      }),
      draws,
    );
  });

  test('have gradients that agree with finite differences and with forward mode', () => {
    fc.assert(
      fc.property(randomProgram({ smooth: true }), ({ inputs, loss }) => {
        const shapes = inputs.map(({ shape }) => shape);
        const values = inputs.map(numbersOf);
        const value = float64Function(loss, shapes);
        const gradients = float64Function((...xs) => grad(loss, { argnums: all(xs) })(...xs), shapes);
        const tangent = float64Function(
          (...xs) => jvp(loss, xs.slice(0, shapes.length), xs.slice(shapes.length))[1],
          [...shapes, ...shapes],
        );
        const directions = values.map((x, i) => x.map((_, j) => Math.cos(i + 2 * j)));
        const at = (step: number): number =>
          numbersOf(
            value.run(
              ...values.map((x, i) =>
                float64Array(
                  shapes[i]!,
                  x.map((v, j) => v + step * directions[i]![j]!),
                ),
              ),
            )[0]!,
          )[0]!;
        const h = 1e-4;
        const numeric = (at(-2 * h) - 8 * at(-h) + 8 * at(h) - at(2 * h)) / (12 * h);
        const wrap = (lists: number[][]) => lists.map((x, i) => float64Array(shapes[i]!, x));
        const found = gradients.run(...wrap(values)).flatMap(numbersOf);
        const along = found.reduce((sum, g, i) => sum + g * directions.flat()[i]!, 0);
        const forward = numbersOf(tangent.run(...wrap(values), ...wrap(directions))[0]!)[0]!;
        expect(Math.abs(along - numeric)).toBeLessThan(1e-6 * (1 + Math.abs(numeric)));
        expect(Math.abs(along - forward)).toBeLessThan(1e-10 * (1 + Math.abs(forward)));
      }),
      draws,
    );
  });

  test('under vmap do what a loop over examples does', async () => {
    await fc.assert(
      fc.asyncProperty(randomProgram(), async ({ inputs, run }) => {
        const examples = [1, 0.5, -0.75].map((scale) => inputs.map((input) => fromHost(input).mul(scale)));
        const batch = inputs.map((_, i) => jnp.stack(examples.map((example) => example[i]!)));
        const together = vmap(run)(...batch) as NDArray[];
        const loop = examples.map((example) => run(...example));
        for (const [i, result] of together.entries()) {
          const apart = await jnp.stack(loop.map((results) => results[i]!)).data();
          expect(worstDifference(await result.data(), apart)).toBeLessThanOrEqual(1e-6);
        }
      }),
      draws,
    );
  });

  test('are traced to the same text twice', () => {
    fc.assert(
      fc.property(randomProgram({ withEmpty: true }), ({ inputs, run }) => {
        const avals = inputs.map(({ shape }) => ({ shape, dtype: 'float32', weakType: false }) as const);
        const text = (): string => printProgram(traceProgram((xs) => run(...xs), avals).program);
        expect(text()).toBe(text());
      }),
      { ...draws, numRuns: 40 },
    );
  });

  test('use every step of the generator', () => {
    const names = new Set(
      fc.sample(randomProgram(), { numRuns: 400, seed: 3 }).flatMap(({ steps }) => steps.map((step) => step.split('(')[0])),
    );
    expect(STEPS.filter(({ name }) => !names.has(name)).map(({ name }) => name)).toEqual([]);
  });
});
