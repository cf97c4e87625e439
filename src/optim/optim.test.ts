import { beforeAll, expect, test } from 'vitest';
import { init, type Array as JaxArray, jit, jnp, valueAndGrad } from '#linnet/tensor';
import { expectNear } from '../testing/closeness';
import { readJsonFixture } from '../testing/fixtures';
import { array, checkTrajectories, numbers, pathsOf, read } from '../testing/trajectories';
import * as optax from './index';

/** 'webgpu' when `optim.gpu.test.ts` runs these tests on the GPU. */
const { linnetTestBackend = 'cpu' } = globalThis as { linnetTestBackend?: 'cpu' | 'webgpu' };

beforeAll(() => init({ backend: linnetTestBackend }));

test('19 optimisers, 20 steps each: losses, gradient norms, parameters and final state', checkTrajectories);

test('schedules at steps 0 to 50', async () => {
  const make: Record<string, () => optax.Schedule> = {
    'constant_schedule(0.1)': () => optax.constantSchedule(0.1),
    'linear_schedule(1.0, 0.1, 10, transition_begin=3)': () => optax.linearSchedule(1, 0.1, 10, 3),
    'cosine_decay_schedule(0.1, 20)': () => optax.cosineDecaySchedule(0.1, 20),
    'cosine_decay_schedule(0.1, 20, alpha=0.05, exponent=2.0)': () => optax.cosineDecaySchedule(0.1, 20, 0.05, 2),
    'warmup_cosine_decay_schedule(0.0, 1.0, 10, 40, end_value=0.05)': () => optax.warmupCosineDecaySchedule(0, 1, 10, 40, 0.05),
    'warmup_exponential_decay_schedule(0.0, 1.0, 5, 10, 0.5)': () => optax.warmupExponentialDecaySchedule(0, 1, 5, 10, 0.5),
    'exponential_decay(0.1, 10, 0.5)': () => optax.exponentialDecay(0.1, 10, 0.5),
    'exponential_decay(0.1, 10, 0.5, transition_begin=5, staircase=True, end_value=0.02)': () =>
      optax.exponentialDecay(0.1, 10, 0.5, { transitionBegin: 5, staircase: true, endValue: 0.02 }),
    'piecewise_constant_schedule(1.0, {10: 0.5, 25: 0.1})': () => optax.piecewiseConstantSchedule(1, { 10: 0.5, 25: 0.1 }),
    'piecewise_interpolate_schedule("linear", 1.0, {10: 0.5, 25: 0.1})': () =>
      optax.piecewiseInterpolateSchedule('linear', 1, { 10: 0.5, 25: 0.1 }),
    'polynomial_schedule(1.0, 0.1, 2.0, 30)': () => optax.polynomialSchedule(1, 0.1, 2, 30),
    'cosine_onecycle_schedule(40, 0.5)': () => optax.cosineOnecycleSchedule(40, 0.5),
    'join_schedules([linear 0->1 over 5, constant 1], [5])': () =>
      optax.joinSchedules([optax.linearSchedule(0, 1, 5), optax.constantSchedule(1)], [5]),
  };
  const { schedules, steps } = await readJsonFixture('numerics/schedules.json');
  for (const { optax: code, values } of schedules) {
    const schedule = make[code]!();
    const found = await Promise.all(steps.map(async (step: number) => (await schedule(step).item()) as number));
    expectNear(found, numbers(values), code);
    const traced = await jit((count: JaxArray) => schedule(count))(jnp.array(7, 'int32')).item();
    expectNear([traced as number], [numbers(values)[7]!], `${code} inside jit`);
  }
});

test('losses and their gradients', async () => {
  const { losses } = await readJsonFixture('numerics/losses.json');
  const make: Record<string, (kwargs: any) => (...args: any[]) => JaxArray> = {
    softmax_cross_entropy: () => optax.softmaxCrossEntropy,
    softmax_cross_entropy_with_integer_labels: () => optax.softmaxCrossEntropyWithIntegerLabels,
    sigmoid_binary_cross_entropy: () => optax.sigmoidBinaryCrossEntropy,
    l2_loss: () => optax.l2Loss,
    squared_error: () => optax.squaredError,
    huber_loss: (kwargs) => (p, t) => optax.huberLoss(p, t, kwargs),
    log_cosh: () => optax.logCosh,
    hinge_loss: () => optax.hingeLoss,
    cosine_similarity: (kwargs) => (p, t) => optax.cosineSimilarity(p, t, kwargs),
    smooth_labels:
      ({ alpha }) =>
      (labels) =>
        optax.smoothLabels(labels, alpha),
    kl_divergence: () => optax.klDivergence,
  };
  for (const c of losses) {
    const loss = make[c.name]!(c.kwargs);
    const [first, ...rest] = c.args.map(array) as JaxArray[];
    expectNear(await read(loss(first, ...rest)), numbers(c.y), c.name);
    const [, grad] = valueAndGrad((p: JaxArray) => jnp.mean(loss(p, ...rest)))(first!);
    expectNear(await read(grad), numbers(c.grad_of_mean_wrt_arg0), `gradient of ${c.name}`);
  }
});

test('injected hyperparameters are state under the names that Optax saves, and changing them changes the update', async () => {
  const tx = optax.injectHyperparams(optax.adam)(1e-3);
  const params = { linear1: { kernel: jnp.ones([2, 2]) } };
  const state = tx.init(params);
  const golden = await readJsonFixture('numerics/optimizer_checkpoint_tree_flax_0_12_8.json');
  const { leaves } = golden.entries.find((entry: any) => entry.what.includes('inject_hyperparams'));
  const known = new Set(leaves.map(({ path }: any) => path.replace(/\/value$/, '').replace(/linear\d\/\w+/, '*')));
  const found = [...pathsOf(state).keys()].map((path) => path.replace(/linear\d\/\w+/, '*'));
  expect(new Set([...found, 'step'])).toEqual(known);

  const changed = Object.assign(Object.create(Object.getPrototypeOf(state)), state, {
    hyperparams: { ...(state as optax.InjectStatefulHyperparamsState).hyperparams, learning_rate: jnp.array(0.5) },
  });
  const [updates] = tx.update(params, changed, params) as [typeof params, unknown];
  expectNear(await read(updates.linear1.kernel), [-0.5, -0.5, -0.5, -0.5], 'update');
});

test('MultiSteps hands the mean of k gradients on, and nothing in between', async () => {
  const tx = new optax.MultiSteps(optax.sgd(1), 3);
  const params = { w: jnp.zeros([2]) };
  let state: unknown = tx.init(params);
  const seen: number[][] = [];
  for (const g of [1, 2, 6, 3, 3, 3]) {
    const [updates, next] = tx.update({ w: jnp.array([g, -g]) }, state, params);
    state = next;
    seen.push(await read((updates as typeof params).w));
  }
  expect(seen.map(([w]) => w! + 0)).toEqual([0, 0, -3, 0, 0, -3]);
  expect([...pathsOf(state).keys()].sort()).toEqual(['opt_state/acc_grads/w', 'opt_state/gradient_step', 'opt_state/mini_step']);
});

test('weight decay spares what the mask leaves out', async () => {
  const params = { kernel: jnp.ones([2]), bias: jnp.ones([2]) };
  const tx = optax.chain(optax.addDecayedWeights(0.5, { kernel: true, bias: false }), optax.sgd(1));
  const [updates] = tx.update({ kernel: jnp.zeros([2]), bias: jnp.zeros([2]) }, tx.init(params), params) as [typeof params, unknown];
  expect(await read(updates.kernel)).toEqual([-0.5, -0.5]);
  expect((await read(updates.bias)).map(Math.abs)).toEqual([0, 0]);
});

test('misuse says what to do', () => {
  const params = { w: jnp.ones([2]) };
  const tx = optax.chain(optax.addDecayedWeights(0.1), optax.sgd(1));
  expect(() => tx.update(params, tx.init(params))).toThrow('pass them as the third argument');
  expect(() => tx.update(params, [])).toThrow('A chain of 2 rules was given a state with 0 parts');
  expect(() => optax.cosineDecaySchedule(0.1, 0)).toThrow('decaySteps is 0');
});
