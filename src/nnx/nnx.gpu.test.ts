import { afterAll, beforeAll, expect, test } from 'vitest';
import { typedView } from '#linnet/core';
import * as optax from '#linnet/optim';
import { currentBackend, dispose, fromHost, init, type Array as JaxArray, jnp, nn } from '#linnet/tensor';
import { expectClose } from '../testing/closeness';
import { readJsonFixture } from '../testing/fixtures';
import { type GoldenArray, goldenArray } from '../testing/golden';
import * as nnx from './index';

beforeAll(() => init({ backend: 'webgpu' }));
afterAll(() => dispose());

class MLP extends nnx.Module {
  layers: nnx.Linear[];
  act: (x: JaxArray) => JaxArray;
  constructor(dims: readonly number[], act: (x: JaxArray) => JaxArray, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.layers = dims.slice(1).map((width, i) => new nnx.Linear(dims[i]!, width, { rngs }));
    this.act = act;
  }
  call(x: JaxArray): JaxArray {
    return this.layers.reduce((h, layer, i) => (i === this.layers.length - 1 ? layer.call(h) : this.act(layer.call(h))), x);
  }
}

const device = (golden: GoldenArray): JaxArray => fromHost(goldenArray(golden));
const numbers = (golden: GoldenArray): Float32Array => typedView(goldenArray(golden)) as Float32Array;

const step = nnx.jit((model: MLP, optimizer: nnx.Optimizer, x: JaxArray, y: JaxArray) => {
  const [loss, grads] = nnx.valueAndGrad((m: MLP) => jnp.mean(optax.softmaxCrossEntropyWithIntegerLabels(m.call(x), y)))(model);
  optimizer.update(model, grads);
  return loss;
});

test('200 Adam steps on the GPU follow Flax’s, and reuse their memory', async () => {
  const { runs } = await readJsonFixture('numerics/training_runs.json');
  for (const run of runs) {
    const act = (run.act === 'relu' ? nn.relu : jnp.tanh) as (x: JaxArray) => JaxArray;
    const model = new MLP(run.dims, act, { rngs: new nnx.Rngs(0) });
    const optimizer = new nnx.Optimizer(model, optax.adam(0.01), { wrt: nnx.Param });
    const [x, y] = [device(run.x), device(run.y)];
    const losses: JaxArray[] = [];
    for (let i = 0; i < 200; i++) losses.push(step(model, optimizer, x, y));
    const live = currentBackend().stats().liveBuffers;
    step(model, optimizer, x, y).dispose();
    expect(currentBackend().stats().liveBuffers).toBeLessThanOrEqual(live);
    const values = await Promise.all(losses.map((loss) => loss.item()));
    expectClose(values as number[], numbers(run.loss_before_each_update), `${run.name}: loss`, 1e-4, 1e-5);
  }
});

test('an abstract model takes no device memory', () => {
  const before = currentBackend().stats();
  const model = nnx.evalShape(() => new MLP([4, 512, 512, 4], nn.relu, { rngs: new nnx.Rngs(0) }));
  expect(model.layers[1]!.kernel.shape).toEqual([512, 512]);
  expect(currentBackend().stats().liveBytes).toBe(before.liveBytes);
  expect(currentBackend().stats().buffersCreated).toBe(before.buffersCreated);
});

test('what was read from a Variable stays while training goes on', async () => {
  const model = new MLP([2, 8, 2], jnp.tanh, { rngs: new nnx.Rngs(0) });
  const optimizer = new nnx.Optimizer(model, optax.adam(0.1), { wrt: nnx.Param });
  const [x, y] = [jnp.array([[0.5, -1]]), jnp.array(Int32Array.of(1))];
  step(model, optimizer, x, y);
  const kernel = model.layers[0]!.kernel.value;
  const kept = await kernel.data();
  for (let i = 0; i < 5; i++) step(model, optimizer, x, y);
  expect([...(await kernel.data())]).toEqual([...kept]);
  expect([...(await model.layers[0]!.kernel.value.data())]).not.toEqual([...kept]);
});
