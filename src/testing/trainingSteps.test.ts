import { beforeAll, describe, expect, test } from 'vitest';
import { flatten, sizeOf } from '#linnet/core';
import { type Aval, init, jnp, type Array as NDArray, traceProgram } from '#linnet/tensor';
import { compileProgram } from '../tensor/jit/compiledProgram';
import { countDispatches, dispatchesOf } from '../tensor/jit/steps';
import { PLAIN_DEVICE } from './facts';
import { parameterShapes, stepOf, TRAINING_STEPS, type TrainingStep } from './training';

beforeAll(() => init({ backend: 'cpu' }));

const DIMS = [784, 256, 128, 10];
const BATCH = 128;
const float = (shape: readonly number[]): Aval => ({ shape, dtype: 'float32', weakType: false });

/** Dispatches of a step, and the bytes that its kernels move. */
function compiled(step: TrainingStep): { dispatches: number; bytes: number; passes: number } {
  const shapes = parameterShapes(DIMS);
  const state = step.rule.init(shapes.map((shape) => jnp.zeros(shape)));
  const leaves = flatten(state).leaves.map((leaf) => (leaf as NDArray).aval);
  const avals = [...shapes.map(float), ...leaves, float([BATCH, DIMS[0]!]), float([BATCH, DIMS.at(-1)!])];
  const { program } = traceProgram((xs) => stepOf(step, DIMS.length - 1, state)(...xs), avals);
  const { steps } = compileProgram(
    program,
    program.inputs.map((_, i) => i < avals.length - 2),
    PLAIN_DEVICE,
  );
  const parameterBytes = shapes.reduce((sum, shape) => sum + 4 * sizeOf(shape), 0);
  const bytes = dispatchesOf(steps).reduce((sum, dispatch) => sum + dispatch.bytes, 0);
  return { dispatches: countDispatches(steps), bytes, passes: bytes / parameterBytes };
}

describe('a training step of 784-256-128-10', () => {
  test.each(Object.entries(TRAINING_STEPS))('with %s takes few dispatches', (_, step) => {
    expect(compiled(step).dispatches).toBe(step.dispatches);
  });

  test('reads or writes the gradients of all parameters at most once more per kind of work on them', () => {
    const passes = (name: string): number => compiled(TRAINING_STEPS[name]!).passes;
    const plain = passes('adam');
    // The norm reads what is stored now; then the update, no longer part of the product, reads it again.
    expect(passes('clip by global norm') - plain).toBeLessThan(3.1);
    // The sum so far is read and written beside the moments.
    expect(passes('accumulation') - plain).toBeLessThan(2.1);
    // Stored once, read once for all statistics.
    expect(passes('norms of gradients') - plain).toBeLessThan(2.1);
  });
});
