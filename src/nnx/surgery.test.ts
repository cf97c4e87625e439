import { beforeAll, describe, expect, test } from 'vitest';
import { hostArray, LinnetError } from '#linnet/core';
import * as optax from '#linnet/optim';
import { random } from '#linnet/random';
import { currentBackend, init, type Array as JaxArray, jnp } from '#linnet/tensor';
import { expectNear } from '../testing/closeness';
import * as nnx from './index';

beforeAll(() => init({ backend: 'cpu' }));

class Net extends nnx.Module {
  encoder: nnx.Linear;
  head: nnx.Linear;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.encoder = new nnx.Linear(3, 4, { rngs });
    this.head = new nnx.Linear(4, 2, { rngs });
  }
  call(x: JaxArray): JaxArray {
    return this.head.call(jnp.tanh(this.encoder.call(x)));
  }
}

const make = (seed = 0): Net => new Net({ rngs: new nnx.Rngs(seed) });
const names = (state: nnx.State): string[] => nnx.toFlatState(state).paths.map((path) => path.join('/'));
const x = (): JaxArray => jnp.array([[0.5, -1, 2]]);

describe('live edits', () => {
  test('swap, share, tie, and a function in place of a layer', async () => {
    const model = make();
    model.head = new nnx.Linear(4, 5, { rngs: new nnx.Rngs(1) });
    expect(model.call(x()).shape).toEqual([1, 5]);
    class Tied extends nnx.Module {
      a = new nnx.Linear(3, 3, { rngs: new nnx.Rngs(0) });
      b = this.a;
    }
    expect(names(nnx.state(new Tied()))).toEqual(['a/bias', 'a/kernel']);
    (model as any).head = { call: (h: JaxArray) => h.mul(2) };
    expect(names(nnx.state(model))).toEqual(['encoder/bias', 'encoder/kernel']);
    expect(await model.call(x()).toArray()).toEqual(await jnp.tanh(model.encoder.call(x())).mul(2).toArray());
  });

  test('mapModules replaces shared modules by one', () => {
    const layer = new nnx.Linear(2, 2, { rngs: new nnx.Rngs(0) });
    const model = new nnx.Sequential(layer, layer);
    nnx.mapModules(model, (module) => (module instanceof nnx.Linear ? new nnx.Linear(2, 2, { rngs: new nnx.Rngs(1) }) : undefined));
    expect(model.layers[0]).toBe(model.layers[1]);
    expect(model.layers[0]).not.toBe(layer);
  });
});

describe('checkpoints of other shapes', () => {
  test('renameKeys makes an old checkpoint fit, and takes `value` and `raw_value` off', async () => {
    const trained = make(7);
    const old = {
      backbone: { dense: { kernel: { value: trained.encoder.kernel.value }, bias: { raw_value: trained.encoder.bias!.value } } },
      step: { value: 3 },
    };
    const dict = nnx.renameKeys(old, ([top, , ...rest]) => (top === 'backbone' ? ['encoder', ...rest] : null));
    const model = make();
    nnx.update(model, dict);
    expect(await model.encoder.kernel.value.toArray()).toEqual(await trained.encoder.kernel.value.toArray());
    expect(() => nnx.renameKeys({ a: jnp.ones([1]), b: jnp.ones([1]) }, () => ['same'])).toThrow(/b becomes same, like a/);
    expect(() => nnx.renameKeys({ a: jnp.ones([1]) }, () => [])).toThrow(/a becomes an empty path/);
  });

  test('a new bias is filled in by name; complete refuses what is missing', async () => {
    const state = nnx.state(nnx.evalShape(() => make()));
    const dict = nnx.toPureDict(nnx.state(make(1)));
    delete dict.head.bias;
    expect(() => nnx.replaceByPureDict(state, dict, { complete: true })).toThrow(/missing: head\.bias/);
    nnx.replaceByPureDict(state, dict);
    expect(() => nnx.replaceByPureDict(state, { head: { bias: jnp.ones([3]) } })).toThrow(
      /head\.bias: expected float32\[2\], found float32\[3\]/,
    );
    const model = nnx.merge(nnx.graphdef(make()), state);
    expect(() => model.call(x())).toThrow(/without values: head\.bias/);
    model.head.bias!.value = jnp.zeros([2]);
    expect(model.call(x()).shape).toEqual([1, 2]);
  });

  test('the state of another model is refused with every path', () => {
    const other = nnx.state(new nnx.Linear(3, 4, { rngs: new nnx.Rngs(0) }));
    let error: unknown;
    try {
      nnx.merge(nnx.graphdef(make()), other);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(LinnetError);
    expect((error as LinnetError).details).toEqual({
      missing: ['encoder.bias', 'encoder.kernel', 'head.bias', 'head.kernel'],
      unexpected: ['bias float32[4]', 'kernel float32[3, 4]'],
      misshaped: [],
    });
  });

  test('lists come back from dictionaries with text for integers', () => {
    const model = new nnx.Sequential(
      new nnx.Linear(1, 1, { rngs: new nnx.Rngs(0) }),
      jnp.tanh,
      new nnx.Linear(1, 2, { rngs: new nnx.Rngs(0) }),
    );
    const dict = nnx.toPureDict(nnx.state(model));
    expect(Object.keys(dict.layers)).toEqual(['0', '2']);
    nnx.update(model, JSON.parse(JSON.stringify(dict, (_, value) => (typeof value?.shape === 'object' ? undefined : value))));
    nnx.update(model, nnx.restoreIntPaths(dict));
    expect([...(nnx.restoreIntPaths(dict).get('layers') as Map<unknown, unknown>)].map(([key]) => key)).toEqual([0, 2]);
  });

  test('raw key words become keys', async () => {
    const layer = new nnx.Dropout(0.5, { rngs: new nnx.Rngs(0) });
    const words = Uint32Array.of(0, 7);
    nnx.update(layer, { rngs: { key: hostArray('uint32', [2], new Uint8Array(words.buffer)), count: jnp.array(2, 'uint32') } });
    expect(layer.rngs!.key.dtype).toBe('key<fry>');
    const expected = random.foldIn(random.key(7), 2);
    const next = (layer.rngs as nnx.RngStream).call();
    expect(await next.words.toArray()).toEqual(await expected.words.toArray());
  });

  test('host arrays are moved to the device at first use', async () => {
    const layer = new nnx.Linear(1, 1, { rngs: new nnx.Rngs(0), useBias: false });
    nnx.update(layer, { kernel: hostArray('float32', [1, 1], new Uint8Array(Float32Array.of(3).buffer)) });
    expect(await layer.call(jnp.array([[2]])).toArray()).toEqual([[6]]);
  });
});

describe('pretrained parts', () => {
  test('a subtree is injected into one part', async () => {
    const [model, trained] = [make(), make(3)];
    const head = await model.head.kernel.value.toArray();
    nnx.update(model.encoder, nnx.toPureDict(nnx.state(trained)).encoder);
    expect(await model.encoder.kernel.value.toArray()).toEqual(await trained.encoder.kernel.value.toArray());
    expect(await model.head.kernel.value.toArray()).toEqual(head);
  });

  test('partial initialisation allocates only what is not given, and draws it by the same keys', async () => {
    const whole = make();
    const given = nnx.toPureDict(nnx.state(make(3))).encoder;
    const before = currentBackend().stats();
    const model = nnx.partialInit(make, { encoder: given });
    // The bias and the kernel of the head.
    expect(currentBackend().stats().liveBytes - before.liveBytes).toBe(4 * (2 + 4 * 2));
    expect(await model.encoder.kernel.value.toArray()).toEqual(await given.kernel.toArray());
    expectNear(await model.head.kernel.value.data(), await whole.head.kernel.value.data(), 'head');
    expect(model.call(x()).shape).toEqual([1, 2]);
    const streams = nnx.partialInit(() => new nnx.Dropout(0.5, { rngs: new nnx.Rngs(4) }), {});
    expect(await streams.call(jnp.ones([8])).toArray()).toEqual(
      await new nnx.Dropout(0.5, { rngs: new nnx.Rngs(4) }).call(jnp.ones([8])).toArray(),
    );
    expect(() => nnx.partialInit(make, { encoder: { kernel: jnp.ones([2]) }, tail: jnp.ones([1]) })).toThrow(
      /encoder\.kernel: expected float32\[3, 4\], found float32\[2\].*tail|tail.*encoder\.kernel/s,
    );
  });

  test('LoRA on a loaded model: same outputs at first, base frozen in training', async () => {
    const model = make();
    const before = await model.call(x()).toArray();
    const paths = names(nnx.state(model));
    nnx.addLoRA(model, { loraRank: 2, rngs: new nnx.Rngs(1) });
    expect(await model.call(x()).toArray()).toEqual(before);
    expect(names(nnx.state(model, nnx.Not(nnx.LoRAParam)))).toEqual(paths);
    expect(names(nnx.state(model, nnx.LoRAParam))).toEqual([
      'encoder/lora/lora_a',
      'encoder/lora/lora_b',
      'head/lora/lora_a',
      'head/lora/lora_b',
    ]);
    const base = await model.encoder.kernel.value.toArray();
    const optimizer = new nnx.Optimizer(model, optax.adam(0.1), { wrt: nnx.LoRAParam });
    const step = nnx.jit((m: Net, o: nnx.Optimizer) => {
      const [loss, grads] = nnx.valueAndGrad((t: Net) => jnp.mean(jnp.square(t.call(x()).sub(1))), { wrt: nnx.LoRAParam })(m);
      o.update(m, grads);
      return loss;
    });
    const first = (await step(model, optimizer).item()) as number;
    for (let i = 0; i < 20; i++) step(model, optimizer);
    expect(await step(model, optimizer).item()).toBeLessThan(first * 0.5);
    expect(await model.encoder.kernel.value.toArray()).toEqual(base);
  });
});

describe('metrics', () => {
  test('MultiMetric forwards inputs to each', async () => {
    const metrics = new nnx.MultiMetric({ loss: new nnx.Average('loss'), accuracy: new nnx.Accuracy(), spread: new nnx.Welford('loss') });
    expect(await metrics.compute().loss.item()).toBeNaN();
    const logits = jnp.array([
      [1, 0],
      [0, 2],
      [3, 1],
    ]);
    metrics.update({ loss: jnp.array([1, 2, 3]), logits, labels: jnp.array(Int32Array.of(0, 1, 1)) });
    metrics.update({ loss: jnp.array([6]), logits: jnp.array([[1, 0]]), labels: jnp.array(Int32Array.of(0)) });
    const { loss, accuracy, spread } = metrics.compute();
    expect(await loss.item()).toBe(3);
    expect(await accuracy.item()).toBe(0.75);
    expect(await spread.mean.item()).toBeCloseTo(3, 6);
    expect(await spread.standardDeviation.item()).toBeCloseTo(Math.sqrt(14 / 4), 5);
    expect(await spread.standardErrorOfMean.item()).toBeCloseTo(Math.sqrt(14 / 4) / 2, 5);
    expect(names(nnx.state(metrics, nnx.MetricState))).toContain('accuracy/total');
    expect(() => metrics.update({ loss: jnp.array([1]) })).toThrow(/Accuracy\.update needs \{ logits \}, but was given loss/);
    metrics.reset();
    expect(await metrics.loss.count.value.item()).toBe(0);
  });
});
