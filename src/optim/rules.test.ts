import { beforeAll, expect, test } from 'vitest';
import { init, type Array as JaxArray, jnp } from '#linnet/tensor';
import * as optax from './index';

beforeAll(() => init({ backend: 'cpu' }));

/** Three updates of one parameter vector by `tx`. */
async function updatesOf(tx: optax.GradientTransformation): Promise<number[]> {
  const params = { w: jnp.array([0.5, -2, 3]) };
  let state = tx.init(params);
  const seen: number[] = [];
  for (const g of [1, -0.25, 2]) {
    const [updates, next] = tx.update({ w: jnp.array([g, 2 * g, -g]) }, state, params);
    state = next;
    seen.push(...(await (updates as { w: JaxArray }).w.data()));
  }
  return seen;
}

const rate = optax.scaleByLearningRate(0.1);
const SAME: Record<string, [optax.GradientTransformation, optax.GradientTransformation]> = {
  adam: [optax.adam(0.1), optax.chain(optax.scaleByAdam(), rate)],
  adamax: [optax.adamax(0.1), optax.chain(optax.scaleByAdamax(), rate)],
  adagrad: [optax.adagrad(0.1), optax.chain(optax.scaleByRss(), rate)],
  nadamw: [optax.nadamw(0.1), optax.adamw(0.1, { nesterov: true })],
  'sgd by a schedule': [optax.sgd(0.1), optax.chain(optax.scaleBySchedule(optax.constantSchedule(1)), optax.scale(-0.1))],
  identity: [optax.sgd(0.1), optax.chain(optax.identity(), rate)],
};

test.each(Object.keys(SAME))('%s is the chain of its rules', async (name) => {
  const [alias, rules] = SAME[name]!;
  expect(await updatesOf(alias)).toEqual(await updatesOf(rules));
});

test('a one-cycle by lines peaks at 30 % and ends near zero', async () => {
  const schedule = optax.linearOnecycleSchedule(100, 1);
  const at = async (step: number): Promise<number> => (await schedule(step).item()) as number;
  expect([await at(0), await at(30), await at(85)].map((value) => Number(value.toFixed(6)))).toEqual([0.04, 1, 0.04]);
  expect(await at(100)).toBeLessThan(1e-5);
});

test('cosine distance is one less the similarity', async () => {
  const [a, b] = [jnp.array([[1, 0]]), jnp.array([[0, 2]])];
  expect(await optax.cosineDistance(a, b).toArray()).toEqual([1]);
  expect(await optax.cosineSimilarity(a, b).toArray()).toEqual([0]);
});
