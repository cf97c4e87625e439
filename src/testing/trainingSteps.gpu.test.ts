import { afterAll, describe, expect, test } from 'vitest';
import { flatten, type HostArray } from '#linnet/core';
import { dispose, fromHost, init, jit, jnp, type Array as NDArray } from '#linnet/tensor';
import { f32, numbers } from './kernelCheck';
import { parameterShapes, stepOf, TRAINING_STEPS, type TrainingStep } from './training';

const DIMS = [12, 16, 8, 4];
const BATCH = 24;
const STEPS = 3;

afterAll(dispose);

/** Small numbers for an array of `shape`. */
const small = (shape: readonly number[], seed: number): HostArray => {
  const size = shape.reduce((a, b) => a * b, 1);
  return f32(
    shape,
    numbers(size, seed).map((x) => x / 4),
  );
};

/** Everything that `STEPS` steps give, on the backend in use. */
async function run(step: TrainingStep): Promise<number[][]> {
  const params = parameterShapes(DIMS).map((shape, i) => fromHost(small(shape, i + 1)));
  const state = step.rule.init(params);
  const [x, y] = [fromHost(small([BATCH, DIMS[0]!], 91)), jnp.abs(fromHost(small([BATCH, DIMS.at(-1)!], 92)))];
  const once = jit(stepOf(step, DIMS.length - 1, state));
  let kept: NDArray[] = [...params, ...(flatten(state).leaves as NDArray[])];
  const { length } = kept;
  let results: NDArray[] = [];
  for (let i = 0; i < STEPS; i++) {
    results = once(...kept, x, y);
    kept = results.slice(0, length);
  }
  return Promise.all(results.map(async (result) => Array.from(await result.data(), Number)));
}

describe('training steps have the values of the CPU reference to 1e-6', () => {
  test.each(Object.entries(TRAINING_STEPS))('with %s', async (_, step) => {
    await init();
    const found = await run(step);
    await init({ backend: 'cpu' });
    const expected = await run(step);
    for (const [i, values] of expected.entries()) {
      for (const [j, value] of values.entries()) expect(Math.abs(found[i]![j]! - value), `result ${i}`).toBeLessThanOrEqual(1e-6);
    }
  });
});
