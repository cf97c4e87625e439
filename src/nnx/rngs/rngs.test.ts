import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typedView } from '#linnet/core';
import { config, random } from '#linnet/random';
import { init, type Array as JaxArray } from '#linnet/tensor';
import { readJsonFixture } from '../../testing/fixtures';
import { goldenArray } from '../../testing/golden';
import * as nnx from '../index';

/** 'webgpu' when `rngs.gpu.test.ts` runs these tests on the GPU. */
const { linnetTestBackend = 'cpu' } = globalThis as { linnetTestBackend?: 'cpu' | 'webgpu' };

beforeAll(() => init({ backend: linnetTestBackend }));
afterAll(() => config.update('jax_threefry_partitionable', true));

class TwoLayerMLP extends nnx.Module {
  linear1: nnx.Linear;
  linear2: nnx.Linear;
  constructor(dim: number, { rngs, useBias = false }: { rngs: nnx.Rngs; useBias?: boolean }) {
    super();
    this.linear1 = new nnx.Linear(dim, dim, { rngs, useBias });
    this.linear2 = new nnx.Linear(dim, dim, { rngs, useBias });
  }
  call(x: any): any {
    return this.linear2.call(this.linear1.call(x));
  }
}

class DropNet extends nnx.Module {
  l1: nnx.Linear;
  drop: nnx.Dropout;
  l2: nnx.Linear;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.l1 = new nnx.Linear(3, 4, { rngs });
    this.drop = new nnx.Dropout(0.5, { rngs });
    this.l2 = new nnx.Linear(4, 2, { rngs });
  }
  call(x: any): any {
    const h = this.l1.call(x);
    return this.l2.call(this.drop.call(h.mul(h.gt(0).astype('float32'))));
  }
}

/** Float words a and b agree within numerics.md: 4 ULP or 1e-6. */
function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs(found[i]! - expected[i]!);
    expect(gap <= tolerance || gap <= Math.abs(expected[i]!) * 4.8e-7, `element ${i}: ${found[i]} instead of ${expected[i]}`).toBe(true);
  }
}

const words = async (key: any): Promise<number[]> => [...(typedView(await key.toHost()) as Uint32Array)];

async function expectState(state: nnx.State, golden: any[]): Promise<void> {
  const flat = nnx.toFlatState(state);
  const present = golden.filter((leaf) => leaf.value !== null);
  expect(flat.paths.map((path) => path.join('/'))).toEqual(present.map((leaf) => leaf.path.join('/')));
  for (const [i, leaf] of present.entries()) {
    const variable = flat.leaves[i] as nnx.Variable<any>;
    expect(variable.type.name).toBe(leaf.type);
    if (leaf.key_data !== undefined) expect(await words(variable.value)).toEqual(leaf.key_data.flat(9));
    else {
      const expected = goldenArray(leaf.value);
      expect([...variable.shape!]).toEqual(leaf.value.shape);
      expect(variable.dtype).toBe(leaf.value.dtype);
      expectClose(await variable.value.data(), typedView(expected) as Float32Array);
    }
  }
}

const RNGS: Record<string, () => nnx.Rngs> = {
  'Rngs(0)': () => new nnx.Rngs(0),
  'Rngs(params=0, dropout=1)': () => new nnx.Rngs({ params: 0, dropout: 1 }),
  'Rngs(100, params=42)': () => new nnx.Rngs(100, { params: 42 }),
  'Rngs({"params":3,"default":7})': () => new nnx.Rngs({ params: 3, default: 7 }),
};

describe.each(['0.10', '0.12'] as const)('as Flax %s', (flax) => {
  const file = `numerics/rngs_flax_${flax === '0.10' ? '0_10_2' : '0_12_8'}.json`;
  const MODELS: Record<string, () => nnx.Module> = {
    'TwoLayerMLP(4, Rngs(0)) no bias': () => new TwoLayerMLP(4, { rngs: new nnx.Rngs(0, { flax }) }),
    'TwoLayerMLP(4, Rngs(0)) bias': () => new TwoLayerMLP(4, { rngs: new nnx.Rngs(0, { flax }), useBias: true }),
    'TwoLayerMLP(8, Rngs(params=5, dropout=1)) no bias': () =>
      new TwoLayerMLP(8, { rngs: new nnx.Rngs({ params: 5, dropout: 1 }, { flax }) }),
    'DropNet(Rngs(0))': () => new DropNet({ rngs: new nnx.Rngs(0, { flax }) }),
    'DropNet(Rngs(params=0, dropout=1))': () => new DropNet({ rngs: new nnx.Rngs({ params: 0, dropout: 1 }, { flax }) }),
  };

  test('streams give keys in Flax’s order', async () => {
    for (const mode of (await readJsonFixture(file)).modes) {
      config.update('jax_threefry_partitionable', mode.jax_threefry_partitionable);
      for (const { ctor, calls, counts, state } of mode.streams) {
        const rngs = RNGS[ctor]!();
        for (const [name, key] of calls) {
          const next = () => (name === '()' ? rngs.call() : rngs[name]());
          if (key === 'AttributeError') expect(next).toThrow(/no random stream "noise".*Streams: params, dropout/);
          else expect(await words(next())).toEqual(key);
        }
        for (const [name, count] of Object.entries(counts)) expect(await rngs[name].count.value.item()).toBe(count);
        await expectState(nnx.state(rngs), state);
      }
    }
  });

  test('the guide’s model answers the guide’s input as in Flax', async () => {
    for (const { jax_threefry_partitionable: partitionable, guide } of (await readJsonFixture(file)).modes) {
      config.update('jax_threefry_partitionable', partitionable);
      const model = new TwoLayerMLP(4, { rngs: new nnx.Rngs(0, { flax }) });
      const x = random.normal(random.key(42), [3, 4]);
      const found = { x, y: model.call(x), 'linear1.kernel': model.linear1.kernel.value, 'linear2.kernel': model.linear2.kernel.value };
      expect(Object.keys(guide).sort()).toEqual(Object.keys(found).sort());
      for (const [name, array] of Object.entries(found)) {
        expectClose(await (array as JaxArray).data(), typedView(goldenArray(guide[name])) as Float32Array);
      }
    }
  });

  test('models get Flax’s weights, in both counter layouts', async () => {
    for (const mode of (await readJsonFixture(file)).modes) {
      config.update('jax_threefry_partitionable', mode.jax_threefry_partitionable);
      for (const golden of mode.models) {
        const model = MODELS[golden.model]!();
        await expectState(nnx.state(model), golden.state);
        if (golden.x === undefined) continue;
        const net = model as DropNet;
        const { fromHost } = await import('#linnet/tensor');
        const x = fromHost(goldenArray(golden.x));
        for (const name of ['train_out_1', 'train_out_2']) {
          expectClose(await net.call(x).data(), typedView(goldenArray(golden[name])) as Float32Array, 1e-6);
        }
        net.eval();
        expectClose(await net.call(x).data(), typedView(goldenArray(golden.eval_out)) as Float32Array, 1e-6);
        net.train();
        await expectState(nnx.state(net, nnx.RngState), golden.state_after);
      }
    }
  });
});

test('split, fork and broadcast use one key of each stream', async () => {
  const DERIVED: Record<string, () => { source: nnx.Rngs; made: nnx.Rngs }> = {
    'Rngs(params=1,dropout=2,noise=3).split({params:5,dropout:None,...:(2,2)})': () => {
      const source = new nnx.Rngs({ params: 1, dropout: 2, noise: 3 });
      return { source, made: source.split({ params: 5, dropout: null, '...': [2, 2] }) };
    },
    'Rngs(0, params=1).fork()': () => {
      const source = new nnx.Rngs(0, { params: 1 });
      return { source, made: source.fork() };
    },
    'Rngs(0).broadcast(3)': () => {
      const source = new nnx.Rngs(0);
      return { source, made: source.broadcast(3) };
    },
  };
  for (const mode of (await readJsonFixture('numerics/rngs_flax_0_12_8.json')).modes) {
    config.update('jax_threefry_partitionable', mode.jax_threefry_partitionable);
    for (const golden of mode.derived) {
      if (golden.new === undefined) continue;
      const { source, made } = DERIVED[golden.op]!();
      await expectState(nnx.state(made), golden.new);
      for (const [name, count] of Object.entries(golden.source_counts)) expect(await source[name].count.value.item()).toBe(count);
    }
    const [sampled, initial] = mode.derived.filter((golden: any) => golden.out !== undefined);
    const rngs = new nnx.Rngs(0);
    const drawn = [rngs.normal([2, 3]), rngs.uniform([4]), rngs.params.normal([])];
    for (const [i, array] of drawn.entries()) expectClose(await array.data(), typedView(goldenArray(sampled.out[i])) as Float32Array);
    const kernel = new nnx.Rngs(0).lecunNormal()([3, 4], 'float32');
    expectClose(await kernel.data(), typedView(goldenArray(initial.out[0])) as Float32Array);
  }
});
