import { expect } from 'vitest';
import { flattenWithPath, typedView } from '#linnet/core';
import * as optax from '#linnet/optim';
import { fromHost, type Array as JaxArray, jit, jnp, valueAndGrad } from '#linnet/tensor';
import { expectClose } from './closeness';
import { readJsonFixture } from './fixtures';
import { goldenArray } from './golden';

/** Elements of a golden array. */
export const numbers = (golden: any): number[] => Array.from(typedView(goldenArray(golden)) as Float32Array);
/** Elements of an array. */
export const read = async (array: JaxArray): Promise<number[]> => Array.from(await array.data());
/** A golden array on the device. */
export const array = (golden: any): JaxArray => fromHost(goldenArray(golden));

const OPTIMIZERS: Record<string, () => optax.GradientTransformation> = {
  'optax.sgd(0.1)': () => optax.sgd(0.1),
  'optax.sgd(0.1, momentum=0.9)': () => optax.sgd(0.1, { momentum: 0.9 }),
  'optax.sgd(0.1, momentum=0.9, nesterov=True)': () => optax.sgd(0.1, { momentum: 0.9, nesterov: true }),
  'optax.adam(0.01)': () => optax.adam(0.01),
  'optax.adam(0.01, b1=0.8, b2=0.95, eps=1e-6)': () => optax.adam(0.01, { b1: 0.8, b2: 0.95, eps: 1e-6 }),
  'optax.nadam(0.01)': () => optax.nadam(0.01),
  'optax.adamw(0.01, weight_decay=0.1)': () => optax.adamw(0.01, { weightDecay: 0.1 }),
  'optax.adamw(0.01)  # weight_decay 1e-4': () => optax.adamw(0.01),
  'optax.rmsprop(0.01)': () => optax.rmsprop(0.01),
  'optax.rmsprop(0.01, centered=True, momentum=0.9)': () => optax.rmsprop(0.01, { centered: true, momentum: 0.9 }),
  'optax.adagrad(0.1)': () => optax.adagrad(0.1),
  'optax.lion(0.003)': () => optax.lion(0.003),
  'optax.adamax(0.01)': () => optax.adamax(0.01),
  'optax.lamb(0.01)': () => optax.lamb(0.01),
  'optax.chain(optax.clip_by_global_norm(0.5), optax.sgd(0.1, momentum=0.9))': () =>
    optax.chain(optax.clipByGlobalNorm(0.5), optax.sgd(0.1, { momentum: 0.9 })),
  'optax.chain(optax.clip_by_global_norm(0.1), optax.adam(0.01))': () => optax.chain(optax.clipByGlobalNorm(0.1), optax.adam(0.01)),
  'optax.chain(optax.clip(0.05), optax.sgd(0.5))': () => optax.chain(optax.clip(0.05), optax.sgd(0.5)),
  'optax.sgd(optax.cosine_decay_schedule(0.2, 15))': () => optax.sgd(optax.cosineDecaySchedule(0.2, 15)),
  'optax.adam(optax.warmup_cosine_decay_schedule(0., 0.05, 5, 20, 0.001))': () =>
    optax.adam(optax.warmupCosineDecaySchedule(0, 0.05, 5, 20, 0.001)),
};

interface Layer {
  readonly bias: JaxArray;
  readonly kernel: JaxArray;
}
type Params = { readonly layers: readonly Layer[] };

/** The state of a transformation as Optax's paths below `opt_state`. */
export const pathsOf = (state: unknown): Map<string, JaxArray> =>
  new Map(flattenWithPath(state).leaves.map(([path, leaf]) => [['opt_state', ...path].join('/'), leaf as JaxArray]));

/** 19 optimisers, 20 steps each, on the backend in use: losses, gradient norms, parameters and final state as Optax has them. */
export async function checkTrajectories(): Promise<void> {
  const golden = await readJsonFixture('numerics/optimizer_trajectories.json');
  const [x, y] = [array(golden.x), array(golden.y)];
  const start = (): Params => ({
    layers: [0, 1].map((i) => ({ bias: array(golden.init[`layers/${i}/bias`]), kernel: array(golden.init[`layers/${i}/kernel`]) })),
  });
  const loss = ({ layers: [first, second] }: Params): JaxArray => {
    const hidden = jnp.tanh(x.matmul(first!.kernel).add(first!.bias));
    return jnp.mean(optax.squaredError(hidden.matmul(second!.kernel).add(second!.bias), y));
  };
  expect(golden.runs.map((run: any) => run.optax)).toEqual(Object.keys(OPTIMIZERS));
  for (const run of golden.runs) {
    const tx = OPTIMIZERS[run.optax]!();
    const step = jit((params: Params, state: unknown) => {
      const [value, grads] = valueAndGrad(loss)(params);
      const [updates, next] = tx.update(grads, state, params);
      return [optax.applyUpdates(params, updates), next, value, optax.globalNorm(grads)] as [Params, unknown, JaxArray, JaxArray];
    });
    let params = start();
    let state = tx.init(params);
    const [losses, norms, trail]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < 20; i++) {
      const [next, nextState, value, norm] = step(params, state);
      params = next;
      state = nextState;
      losses.push(...(await read(value)));
      norms.push(...(await read(norm)));
      for (const { bias, kernel } of params.layers) trail.push(...(await read(bias)), ...(await read(kernel)));
    }
    expectClose(losses, numbers(run.loss_before_each_update), `${run.name}: loss`, 1e-4, 1e-5);
    expectClose(norms, numbers(run.global_grad_norm), `${run.name}: gradient norm`, 1e-4, 1e-5);
    expectClose(trail, numbers(run.params_after_each_update), `${run.name}: parameters`, 0, 2e-3);
    const found = pathsOf(state);
    const wanted = Object.entries(run.final_opt_state).filter(([path]) => path !== 'step');
    expect([...found.keys()].sort(), run.name).toEqual(wanted.map(([path]) => path).sort());
    for (const [path, value] of wanted) expectClose(await read(found.get(path)!), numbers(value), `${run.name}: ${path}`, 1e-4, 1e-7);
  }
}
