import { beforeAll, describe, expect, test } from 'vitest';
import { flattenWithPath, typedView } from '#linnet/core';
import * as optax from '#linnet/optim';
import { fromHost, init, type Array as JaxArray, jnp, nn } from '#linnet/tensor';
import { expectClose, expectNear } from '../testing/closeness';
import { readJsonFixture } from '../testing/fixtures';
import { type GoldenArray, goldenArray } from '../testing/golden';
import * as nnx from './index';

/** 'webgpu' when `optimizer.gpu.test.ts` runs these tests on the GPU. */
const { linnetTestBackend = 'cpu' } = globalThis as { linnetTestBackend?: 'cpu' | 'webgpu' };

beforeAll(() => init({ backend: linnetTestBackend }));

class MLP extends nnx.Module {
  layers: nnx.Linear[];
  norms: nnx.LayerNorm[] | null;
  act: (x: JaxArray) => JaxArray;
  constructor(dims: readonly number[], act: (x: JaxArray) => JaxArray, { rngs, norm = false }: { rngs: nnx.Rngs; norm?: boolean }) {
    super();
    this.layers = dims.slice(1).map((width, i) => new nnx.Linear(dims[i]!, width, { rngs }));
    this.norms = norm ? dims.slice(1, -1).map((width) => new nnx.LayerNorm(width, { rngs })) : null;
    this.act = act;
  }
  call(x: JaxArray): JaxArray {
    return this.layers.reduce((h, layer, i) => {
      const y = layer.call(h);
      if (i === this.layers.length - 1) return y;
      return this.act(this.norms === null ? y : this.norms[i]!.call(y));
    }, x);
  }
}

/** The model of Flax's checkpoint guide. */
class Guide extends nnx.Module {
  linear1: nnx.Linear;
  linear2: nnx.Linear;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear1 = new nnx.Linear(4, 4, { rngs, useBias: false });
    this.linear2 = new nnx.Linear(4, 4, { rngs, useBias: false });
  }
  call(x: JaxArray): JaxArray {
    return this.linear2.call(this.linear1.call(x));
  }
}

const mse = (predicted: JaxArray, target: JaxArray): JaxArray => jnp.mean(jnp.square(predicted.sub(target)));
const crossEntropy = (logits: JaxArray, labels: JaxArray): JaxArray => jnp.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, labels));
const device = (golden: GoldenArray): JaxArray => fromHost(goldenArray(golden));
const numbers = (golden: GoldenArray): Float32Array => typedView(goldenArray(golden)) as Float32Array;

/** Every path to a leaf with its array, as golden files list them. */
function leavesByPath(state: nnx.State): Map<string, nnx.Variable> {
  return new Map(
    nnx
      .toFlatState(state)
      .entries()
      .map(([path, leaf]) => [path.join('/'), leaf as nnx.Variable]),
  );
}

/** The optimiser that a line of Python makes. */
const OPTAX: Record<string, () => optax.GradientTransformation> = {
  'optax.sgd(0.1)': () => optax.sgd(0.1),
  'optax.sgd(0.1, momentum=0.9)': () => optax.sgd(0.1, { momentum: 0.9 }),
  'optax.sgd(0.1, momentum=0.9, nesterov=True)': () => optax.sgd(0.1, { momentum: 0.9, nesterov: true }),
  'optax.adam(0.01)': () => optax.adam(0.01),
  'optax.adam(1e-3)': () => optax.adam(1e-3),
  'optax.adam(0.01, b1=0.8, b2=0.95, eps=1e-6)': () => optax.adam(0.01, { b1: 0.8, b2: 0.95, eps: 1e-6 }),
  'optax.adam(cosine schedule)': () => optax.adam(optax.cosineDecaySchedule(1e-3, 10)),
  'optax.nadam(0.01)': () => optax.nadam(0.01),
  'optax.adamw(1e-3)': () => optax.adamw(1e-3),
  'optax.adamw(0.01, weight_decay=0.1)': () => optax.adamw(0.01, { weightDecay: 0.1 }),
  'optax.adamw(0.01)  # weight_decay 1e-4': () => optax.adamw(0.01),
  'optax.rmsprop(0.01)': () => optax.rmsprop(0.01),
  'optax.rmsprop(1e-3)': () => optax.rmsprop(1e-3),
  'optax.rmsprop(0.01, centered=True, momentum=0.9)': () => optax.rmsprop(0.01, { centered: true, momentum: 0.9 }),
  'optax.adagrad(0.1)': () => optax.adagrad(0.1),
  'optax.adagrad(1e-2)': () => optax.adagrad(1e-2),
  'optax.lion(0.003)': () => optax.lion(0.003),
  'optax.lion(1e-3)': () => optax.lion(1e-3),
  'optax.adamax(0.01)': () => optax.adamax(0.01),
  'optax.lamb(0.01)': () => optax.lamb(0.01),
  'chain(clip_by_global_norm, adam)': () => optax.chain(optax.clipByGlobalNorm(1), optax.adam(1e-3)),
  'inject_hyperparams(adam)(learning_rate=1e-3)': () => optax.injectHyperparams(optax.adam)(1e-3),
  'optax.chain(optax.clip_by_global_norm(0.5), optax.sgd(0.1, momentum=0.9))': () =>
    optax.chain(optax.clipByGlobalNorm(0.5), optax.sgd(0.1, { momentum: 0.9 })),
  'optax.chain(optax.clip_by_global_norm(0.1), optax.adam(0.01))': () => optax.chain(optax.clipByGlobalNorm(0.1), optax.adam(0.01)),
  'optax.chain(optax.clip(0.05), optax.sgd(0.5))': () => optax.chain(optax.clip(0.05), optax.sgd(0.5)),
  'optax.sgd(optax.cosine_decay_schedule(0.2, 15))': () => optax.sgd(optax.cosineDecaySchedule(0.2, 15)),
  'optax.adam(optax.warmup_cosine_decay_schedule(0., 0.05, 5, 20, 0.001))': () =>
    optax.adam(optax.warmupCosineDecaySchedule(0, 0.05, 5, 20, 0.001)),
};

describe('state trees', () => {
  test('have Flax’s paths, types, shapes and dtypes', async () => {
    const { entries } = await readJsonFixture('numerics/optimizer_state_tree_nnx.json');
    expect(entries).toHaveLength(19);
    for (const { optax: code, state } of entries) {
      const optimizer = new nnx.Optimizer(new MLP([3, 8, 2], jnp.tanh, { rngs: new nnx.Rngs(0) }), OPTAX[code]!(), { wrt: nnx.Param });
      const found = nnx
        .toFlatState(nnx.state(optimizer))
        .entries()
        .map(([path, leaf]) => ({
          path: [...path],
          type: (leaf as nnx.Variable).type.name,
          shape: [...leaf.shape!],
          dtype: leaf.dtype,
        }));
      expect({ code, found }).toEqual({ code, found: state });
    }
  });

  class Two extends nnx.Module {
    linear1: nnx.Linear;
    linear2: nnx.Linear;
    constructor(rngs: nnx.Rngs) {
      super();
      this.linear1 = new nnx.Linear(4, 4, { rngs, useBias: false });
      this.linear2 = new nnx.Linear(4, 4, { rngs });
    }
  }
  const leavesOf = (tree: unknown) =>
    flattenWithPath(tree).leaves.map(([path, leaf]) => [path.join('/'), [...(leaf as JaxArray).shape], (leaf as JaxArray).dtype]);

  /** Older optimisers also hold the model, and write None for each bias that is not there. */
  const sharedOf = (leaves: any[], copyOfModel: string): [string, number[], string][] =>
    leaves
      .filter(({ path, value_type: kind }) => kind !== 'None' && !path.startsWith(copyOfModel))
      .map(({ path, shape, dtype }) => [path, shape, dtype]);

  test.each(['0_10_2', '0_12_8'])('as trees have the key paths of checkpoints of Flax %s', async (release) => {
    const { entries } = await readJsonFixture(`numerics/optimizer_checkpoint_tree_flax_${release}.json`);
    const model = new Two(new nnx.Rngs(0));
    const stateFor = (tx: optax.GradientTransformation) => nnx.state(new nnx.Optimizer(model, tx, { wrt: nnx.Param }));
    const adam = stateFor(optax.adam(1e-3));
    const TREES: Record<string, [tree: unknown, copyOfModel?: string]> = {
      "{'model': nnx.state(model), 'optimizer': nnx.state(adam optimizer)}": [
        { model: nnx.state(model), optimizer: adam },
        'optimizer/model/',
      ],
      'nnx.state((model, adam optimizer)) (tuple)': [nnx.state([model, new nnx.Optimizer(model, optax.adam(1e-3), { wrt: nnx.Param })])],
      'to_pure_dict(nnx.state(adam optimizer))': [nnx.toPureDict(adam)],
      'raw optax.adam state on a plain params dict': [optax.adam(1e-3).init({ linear1: { kernel: jnp.zeros([4, 4]) } })],
    };
    for (const { what, leaves } of entries) {
      const code = /^nnx\.state\(nnx\.Optimizer\(model, (.*), wrt=nnx\.Param\)\)$/.exec(what)?.[1];
      const [tree, copyOfModel = 'model/'] = code === undefined ? TREES[what]! : [stateFor(OPTAX[code]!())];
      expect({ what, found: leavesOf(tree) }).toEqual({ what, found: sharedOf(leaves, copyOfModel) });
    }
    expect(entries).toHaveLength(14);
  });
});

describe('gradients', () => {
  test('agree with JAX’s to 1e-5', async () => {
    const { configs } = await readJsonFixture('numerics/grads.json');
    const models = [
      { model: new MLP([3, 8, 2], jnp.tanh, { rngs: new nnx.Rngs(0) }), loss: mse },
      { model: new MLP([4, 16, 16, 3], nn.relu, { rngs: new nnx.Rngs(1) }), loss: crossEntropy },
      {
        model: new MLP([5, 8, 8, 1], nn.gelu, { rngs: new nnx.Rngs(2), norm: true }),
        loss: (p: JaxArray, t: JaxArray) => jnp.mean(optax.sigmoidBinaryCrossEntropy(p, t)),
      },
      { model: new Guide({ rngs: new nnx.Rngs(0) }), loss: mse },
    ];
    expect(configs).toHaveLength(models.length);
    for (const [i, { model, loss }] of models.entries()) {
      const golden = configs[i];
      for (const [path, leaf] of leavesByPath(nnx.state(model))) {
        expectClose(await leaf.value.data(), numbers(golden.params[path]), `${golden.desc}: ${path}`, 0, 1e-6);
      }
      nnx.update(model, nested(golden.params));
      const [x, y] = [device(golden.x), device(golden.y)];
      const [value, grads] = nnx.valueAndGrad((m: MLP | Guide) => loss(m.call(x), y))(model);
      expectNear([(await value.item()) as number], numbers(golden.loss), golden.desc);
      const found = leavesByPath(grads);
      expect([...found.keys()].sort()).toEqual(Object.keys(golden.grads).sort());
      for (const [path, leaf] of found) {
        expectNear(await leaf.value.data(), numbers(golden.grads[path]), `${golden.desc}: ${path}`);
      }
    }
  });
});

/** Golden parameters by path as nested dictionaries. */
function nested(params: Readonly<Record<string, GoldenArray>>): nnx.PureDict {
  const root: nnx.PureDict = {};
  for (const [path, golden] of Object.entries(params)) {
    const parts = path.split('/');
    const level = parts.slice(0, -1).reduce((node, part) => (node[part] ??= {}), root);
    level[parts.at(-1)!] = device(golden);
  }
  return root;
}

describe('training', () => {
  test('19 optimisers follow Optax for 20 steps', async () => {
    const golden = await readJsonFixture('numerics/optimizer_trajectories.json');
    const [x, y] = [device(golden.x), device(golden.y)];
    for (const run of golden.runs) {
      const model = new MLP([3, 8, 2], jnp.tanh, { rngs: new nnx.Rngs(0) });
      nnx.update(model, nested(golden.init));
      const optimizer = new nnx.Optimizer(model, OPTAX[run.optax]!(), { wrt: nnx.Param });
      const step = nnx.jit((m: MLP, o: nnx.Optimizer) => {
        const [loss, grads] = nnx.valueAndGrad((trained: MLP) => mse(trained.call(x), y))(m);
        o.update(m, grads);
        return [loss, optax.globalNorm(grads)] as const;
      });
      const losses: number[] = [];
      const norms: number[] = [];
      for (let i = 0; i < 20; i++) {
        const [loss, norm] = step(model, optimizer);
        losses.push((await loss.item()) as number);
        norms.push((await norm.item()) as number);
      }
      expectClose(losses, numbers(run.loss_before_each_update), `${run.name}: loss`, 1e-4, 1e-5);
      const isSignBased = run.name === 'lion';
      if (!isSignBased) expectClose(norms, numbers(run.global_grad_norm), `${run.name}: gradient norm`, 1e-4, 1e-5);
      const params: number[] = [];
      for (const [, leaf] of leavesByPath(nnx.state(model, nnx.Param))) params.push(...(await leaf.value.data()));
      const all = numbers(run.params_after_each_update);
      if (!isSignBased) expectClose(params, all.slice(-params.length), `${run.name}: parameters`, 0, 2e-3);
      const state = leavesByPath(nnx.state(optimizer));
      expect([...state.keys()].sort()).toEqual(Object.keys(run.final_opt_state).sort());
      expect(await state.get('step')!.value.item()).toBe(20);
    }
  });

  test('200 Adam steps on moons and spirals', async () => {
    const { runs } = await readJsonFixture('numerics/training_runs.json');
    for (const run of runs) {
      const act = run.act === 'relu' ? nn.relu : jnp.tanh;
      const model = new MLP(run.dims, act as (x: JaxArray) => JaxArray, { rngs: new nnx.Rngs(0) });
      for (const [path, leaf] of leavesByPath(nnx.state(model))) {
        expectClose(await leaf.value.data(), numbers(run.init[path]), `${run.name}: ${path}`, 0, 1e-6);
      }
      const optimizer = new nnx.Optimizer(model, optax.adam(0.01), { wrt: nnx.Param });
      const [x, y] = [device(run.x), device(run.y)];
      const step = nnx.jit((m: MLP, o: nnx.Optimizer, inputs: JaxArray, labels: JaxArray) => {
        const [loss, grads] = nnx.valueAndGrad((trained: MLP) => crossEntropy(trained.call(inputs), labels))(m);
        o.update(m, grads);
        return loss;
      });
      const losses: number[] = [];
      for (let i = 0; i < 200; i++) losses.push((await step(model, optimizer, x, y).item()) as number);
      expectClose(losses, numbers(run.loss_before_each_update), `${run.name}: loss`, 1e-4, 1e-5);
      for (const [path, leaf] of leavesByPath(nnx.state(model))) {
        expectClose(await leaf.value.data(), numbers(run.final_params[path]), `${run.name}: ${path}`, 0, 2e-3);
      }
      const right = jnp.mean(jnp.equal(jnp.argmax(model.call(x), -1), y).astype('float32'));
      expect(await right.item()).toBe(1);
    }
  }, 60_000);
});

describe('misuse', () => {
  test('says what to do', () => {
    const model = new MLP([2, 2], jnp.tanh, { rngs: new nnx.Rngs(0) });
    expect(() => new nnx.Optimizer(model, optax.sgd(0.1), {} as never)).toThrow(/wrt: nnx\.Param/);
    expect(() => new nnx.Linear(2, 2, {} as never)).toThrow(/rngs: new nnx\.Rngs\(0\)/);
    const optimizer = new nnx.Optimizer(model, optax.sgd(0.1), { wrt: nnx.Param });
    expect(() => optimizer.update(model, nnx.filterState(nnx.state(model), nnx.PathContains('bias')))).toThrow(
      /Without gradient: layers\.0\.kernel; not trained: none/,
    );
  });

  test('gradients and models that an optimiser is not for are refused by path, with both shapes', () => {
    const make = (dims: readonly number[]) => new MLP(dims, jnp.tanh, { rngs: new nnx.Rngs(0) });
    const gradsOf = (model: MLP) => nnx.grad((m: MLP) => jnp.sum(m.call(jnp.ones([1, 2]))))(model);
    const [model, wider, deeper] = [make([2, 3]), make([2, 4]), make([2, 3, 1])];
    const optimizer = new nnx.Optimizer(model, optax.adam(0.1), { wrt: nnx.Param });
    const both =
      /layers\.0\.bias: expected float32\[3\], found float32\[4\]; layers\.0\.kernel: expected float32\[2, 3\], found float32\[2, 4\]/;
    expect(() => optimizer.update(model, gradsOf(wider))).toThrow(both);
    expect(() => optimizer.update(wider, gradsOf(wider))).toThrow(
      /another model.*layers\.0\.bias: expected float32\[4\], found float32\[3\]/,
    );
    const other = new nnx.LayerNorm(3, { rngs: new nnx.Rngs(0), useBias: false });
    expect(() => optimizer.update(other, nnx.state(other))).toThrow(/another model\. Not in this one: 0\.mu\.layers\.0\.bias/);
    expect(() => optimizer.update(deeper, gradsOf(model))).toThrow(
      /Without gradient: layers\.1\.bias, layers\.1\.kernel; not trained: none/,
    );
    expect(() => (optimizer as any).update(model)).toThrow(/optimizer\.update\(model, grads\)/);
    optimizer.update(model, gradsOf(model));
  });
});
