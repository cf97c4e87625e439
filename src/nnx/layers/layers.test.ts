import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typedView } from '#linnet/core';
import { config, random } from '#linnet/random';
import { fromHost, init, type Array as JaxArray, jnp, nn } from '#linnet/tensor';
import { expectNear } from '../../testing/closeness';
import { readJsonFixture } from '../../testing/fixtures';
import { type GoldenArray, goldenArray } from '../../testing/golden';
import * as nnx from '../index';

/** 'webgpu' when `layers.gpu.test.ts` runs these tests on the GPU. */
const { linnetTestBackend = 'cpu' } = globalThis as { linnetTestBackend?: 'cpu' | 'webgpu' };

beforeAll(() => init({ backend: linnetTestBackend }));
afterAll(() => config.update('jax_threefry_partitionable', true));

const FILE = 'numerics/layers.json';
const device = (golden: GoldenArray): JaxArray => fromHost(goldenArray(golden));

async function expectArray(found: JaxArray, golden: GoldenArray, what: string): Promise<void> {
  expect([...found.shape], what).toEqual(golden.shape);
  expectNear(await found.data(), typedView(goldenArray(golden)) as Float32Array, what);
}

/** Golden state by path as nested dictionaries; keys of streams are left out. */
function nested(state: Readonly<Record<string, any>>): nnx.PureDict {
  const root: nnx.PureDict = {};
  for (const [path, golden] of Object.entries(state)) {
    if (golden.b64 === undefined) continue;
    const parts = path.split('/');
    const level = parts.slice(0, -1).reduce((node, part) => (node[part] ??= {}), root);
    level[parts.at(-1)!] = device(golden);
  }
  return root;
}

const rngs = () => new nnx.Rngs(0);
const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const optionsOf = (config: Record<string, unknown>, known: readonly string[]) => ({
  rngs: rngs(),
  ...Object.fromEntries(Object.entries(config).flatMap(([name, value]) => (known.includes(name) ? [] : [[camel(name), value]]))),
});

const MAKE: Record<string, (config: any) => nnx.Module> = {
  Linear: (c) => new nnx.Linear(c.in, c.out, optionsOf(c, ['in', 'out'])),
  LinearGeneral: (c) => new nnx.LinearGeneral(c.in, c.out, { rngs: rngs(), axis: c.axis }),
  Einsum: (c) => new nnx.Einsum(c.einsum_str, c.kernel_shape, c.bias_shape, { rngs: rngs() }),
  LayerNorm: (c) => new nnx.LayerNorm(c.num_features, optionsOf(c, ['num_features'])),
  RMSNorm: (c) => new nnx.RMSNorm(c.num_features, optionsOf(c, ['num_features'])),
  GroupNorm: (c) => new nnx.GroupNorm(c.num_features, optionsOf(c, ['num_features'])),
  Conv: (c) => new nnx.Conv(c.in, c.out, c.kernel_size, optionsOf(c, ['in', 'out', 'kernel_size', 'note'])),
  ConvTranspose: (c) => new nnx.ConvTranspose(c.in, c.out, c.kernel_size, { rngs: rngs(), strides: c.strides }),
  MultiHeadAttention: (c) => new nnx.MultiHeadAttention(c.num_heads, c.in_features, c.qkv_features, { rngs: rngs() }),
  Sequential: () => new nnx.Sequential(new nnx.Linear(4, 8, { rngs: rngs() }), nn.relu, new nnx.Linear(8, 2, { rngs: rngs() })),
};

const sorted = (names: Iterable<string>): string[] => [...names].sort();
const pathsOf = (module: nnx.Module): string[] => sorted(nnx.toFlatState(nnx.state(module)).paths.map((path) => path.join('/')));

describe.each(Object.keys(MAKE))('%s', (name) => {
  test('has Flax’s parameters and values', async () => {
    const cases = (await readJsonFixture(FILE)).layers.filter((layer: any) => layer.layer === name);
    expect(cases.length).toBeGreaterThan(0);
    for (const { config: settings, state, x, y, mask } of cases) {
      const layer = MAKE[name]!(settings) as any;
      expect(pathsOf(layer)).toEqual(sorted(Object.keys(state)));
      nnx.update(layer, nested(state));
      const what = `${name} ${JSON.stringify(settings)}`;
      const input = device(x[0]);
      const output = mask === undefined ? layer.call(input) : layer.call(input, input, input, { mask: device(mask) });
      await expectArray(output, y, what);
    }
  });
});

test('BatchNorm follows Flax through training and evaluation', async () => {
  const cases = (await readJsonFixture(FILE)).layers.filter((layer: any) => layer.layer === 'BatchNorm');
  expect(cases).toHaveLength(2);
  for (const { config: settings, state0, steps } of cases) {
    const layer = new nnx.BatchNorm(settings.num_features, { rngs: rngs(), momentum: settings.momentum });
    expect(pathsOf(layer)).toEqual(sorted(Object.keys(state0)));
    nnx.update(layer, nested(state0));
    for (const [i, step] of steps.entries()) {
      if (step.mode === 'eval') layer.eval();
      await expectArray(layer.call(device(step.x)), step.y, `BatchNorm step ${i}`);
      for (const [path, leaf] of nnx.toFlatState(nnx.state(layer))) {
        await expectArray((leaf as nnx.Variable).value, step.state[path.join('/')], `BatchNorm step ${i} ${path}`);
      }
    }
  }
});

test('Dropout drops what Flax drops, in both counter layouts', async () => {
  const cases = (await readJsonFixture(FILE)).layers.filter((layer: any) => layer.layer === 'Dropout');
  expect(cases).toHaveLength(6);
  for (const golden of cases) {
    config.update('jax_threefry_partitionable', golden.config.partitionable);
    const layer = new nnx.Dropout(golden.config.rate, { rngs: rngs(), broadcastDims: golden.config.broadcast_dims });
    expect(pathsOf(layer)).toEqual(sorted(Object.keys(golden.state)));
    const x = device(golden.x[0]);
    for (const y of golden.y_calls) await expectArray(layer.call(x), y, 'Dropout');
    await expectArray(layer.call(x, { deterministic: true }), golden.y_deterministic, 'Dropout, deterministic');
    await expectArray(layer.call(x, { rngs: random.key(7) }), golden.y_explicit_key.y, 'Dropout, own key');
  }
  config.update('jax_threefry_partitionable', true);
  const off = new nnx.Dropout(0, { rngs: rngs() });
  const all = new nnx.Dropout(1, { rngs: rngs() });
  const x = jnp.ones([2]);
  expect(off.call(x)).toBe(x);
  expect(await all.call(x).toArray()).toEqual([0, 0]);
  expect(() => new nnx.Dropout(0.5).call(x)).toThrow(/no random stream/);
  expect(() => new nnx.Dropout(1.5)).toThrow(/rate 1.5/);
});

test('Embed looks up and attends', async () => {
  const golden = (await readJsonFixture(FILE)).layers.find((layer: any) => layer.layer === 'Embed');
  const layer = new nnx.Embed(golden.config.num_embeddings, golden.config.features, { rngs: rngs() });
  nnx.update(layer, nested(golden.state));
  await expectArray(layer.call(device(golden.x[0])), golden.y, 'Embed');
  await expectArray(layer.attend(device(golden.attend_query)), golden.attend, 'Embed.attend');
});

test('pools as Flax', async () => {
  const cases = (await readJsonFixture(FILE)).layers.filter((layer: any) => layer.layer.endsWith('_pool'));
  expect(cases).toHaveLength(5);
  for (const { layer, config: settings, x, y } of cases) {
    const pool = layer === 'max_pool' ? nnx.maxPool : nnx.avgPool;
    const { window_shape: window, ...options } = settings;
    const camelOptions = Object.fromEntries(Object.entries(options).map(([key, value]) => [camel(key), value]));
    await expectArray(pool(device(x[0]), window, camelOptions), y, `${layer} ${JSON.stringify(settings)}`);
  }
});

test('sizes that do not fit are refused by name', () => {
  expect(() => new nnx.LinearGeneral([2, 3], 4, { rngs: rngs(), axis: [-2, -1] }).call(jnp.ones([2, 5]))).toThrow(/\[2, 3\].*\[2, 5\]/);
  expect(() => new nnx.GroupNorm(6, { rngs: rngs() })).toThrow(/32 equal groups of 6/);
  expect(() => new nnx.MultiHeadAttention(3, 4, 8, { rngs: rngs() })).toThrow(/8 features among 3 heads/);
  expect(() => new nnx.Linear(4, 2, { rngs: rngs() }).call(jnp.ones([3, 5]))).toThrow(expect.objectContaining({ kind: 'ShapeError' }));
});
