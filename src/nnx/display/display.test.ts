import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostArray } from '#linnet/core';
import { config } from '#linnet/random';
import { currentBackend, fromHost, init, jnp, ShapeDtypeStruct } from '#linnet/tensor';
import { readJsonFixture } from '../../testing/fixtures';
import { goldenArray } from '../../testing/golden';
import * as nnx from '../index';
import { bytesText } from './sizes';

beforeAll(async () => {
  await init({ backend: 'cpu' });
  config.update('jax_threefry_partitionable', false);
});
afterAll(() => config.update('jax_threefry_partitionable', true));

class TwoLayerMLP extends nnx.Module {
  linear1: nnx.Linear;
  linear2: nnx.Linear;
  constructor(dim: number, { rngs, useBias = false }: { rngs: nnx.Rngs; useBias?: boolean }) {
    super();
    this.linear1 = new nnx.Linear(dim, dim, { rngs, useBias });
    this.linear2 = new nnx.Linear(dim, dim, { rngs, useBias });
  }
}

class Mixed extends nnx.Module {
  l: nnx.Linear;
  bn: nnx.BatchNorm;
  d: nnx.Dropout;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.l = new nnx.Linear(2, 3, { rngs });
    this.bn = new nnx.BatchNorm(3, { rngs });
    this.d = new nnx.Dropout(0.5, { rngs });
  }
  call(x: any): any {
    return this.d.call(this.bn.call(this.l.call(x)));
  }
}

/** What stands in Flax for functions and settings that have no counterpart here. */
const named = (name: string): unknown => Object.defineProperty(() => {}, 'name', { value: name });
const LINEAR_ONLY = {
  precision: null,
  dot_general: named('jax.lax.dot_general'),
  promote_dtype: named('promote_dtype'),
  preferred_element_type: null,
};
const BATCH_NORM_ONLY = { axis_name: null, axis_index_groups: null, useFastVariance: true, promote_dtype: named('promote_dtype') };

const PYTHON_ONLY = Object.keys({ ...LINEAR_ONLY, ...BATCH_NORM_ONLY }).filter((name) => name !== 'useFastVariance');

/** Adds the static attributes that only Flax has, so that a text has the same lines; they stay out of the library. */
function withPythonOnly<M extends nnx.Module>(model: M): M {
  for (const [, module] of nnx.iterModules(model)) {
    if (module instanceof nnx.Linear) Object.assign(module, LINEAR_ONLY);
    if (!(module instanceof nnx.BatchNorm)) continue;
    delete (module as any).useFastVariance;
    Object.assign(module, BATCH_NORM_ONLY);
  }
  return model;
}

/** Sets Flax's own weights: a text shows digits that two correct samplers may differ in. */
async function withFlaxWeights<M extends TwoLayerMLP>(model: M): Promise<M> {
  const { modes } = await readJsonFixture('numerics/rngs_flax_0_12_8.json');
  const { guide } = modes.find((mode: any) => !mode.jax_threefry_partitionable);
  for (const layer of ['linear1', 'linear2'] as const) model[layer].kernel.value = fromHost(goldenArray(guide[`${layer}.kernel`]));
  return model;
}

const GOLDEN = 'numerics/display_flax_0_12_8.json';
const OLD_GOLDEN = 'numerics/display_flax_0_10_2.json';

const guide = (useBias = false) => withFlaxWeights(new TwoLayerMLP(4, { rngs: new nnx.Rngs(0), useBias }));

const bf16 = () => hostArray('bfloat16', [3, 4], new Uint8Array(Uint16Array.from({ length: 12 }, () => 0x3f80).buffer));
const odd = [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 2, 3, 4, 5, 6, 7, 8];
const ARRAYS: Record<string, () => unknown> = {
  'float 4x4': async () => nnx.state(await guide()).linear1.kernel,
  ints: () => jnp.arange(20),
  bools: () => jnp.equal(jnp.arange(30).mod(3), 0),
  'with nan/inf': () => jnp.array(odd),
  'zeros(50)': () => jnp.zeros(50),
  small: () => jnp.array([1, 2]),
  scalar: () => jnp.array(3),
  big: () => jnp.arange(200000).astype('float32').reshape([400, 500]),
  bf16,
  uint8: () =>
    hostArray(
      'uint8',
      [12],
      Uint8Array.from({ length: 12 }, (_, i) => i),
    ),
};

/** A text without the attributes named, each on its own line; a comma before a closing bracket goes with them. */
function without(names: readonly string[], text: string): string {
  const lines = text.split('\n').filter((line) => !names.some((name) => line.trimStart().startsWith(`${name}=`)));
  return lines.join('\n').replaceAll(/,(\n *\))/g, '$1');
}

describe('texts as Treescope writes them', () => {
  const VALUES: Record<string, () => unknown> = {
    state: async () => nnx.state(await guide()),
    'abstract state': () => nnx.state(nnx.evalShape(() => new TwoLayerMLP(4, { rngs: new nnx.Rngs(0) }))),
    'pure dict': async () => nnx.toPureDict(nnx.state(await guide())),
    model: async () => withPythonOnly(await guide()),
    'linear1 of the bias model': async () => withPythonOnly(await guide(true)).linear1,
    'mixed module': () => withPythonOnly(new Mixed({ rngs: new nnx.Rngs(0) })),
    'Rngs(params=0, dropout=1)': () => new nnx.Rngs({ params: 0, dropout: 1 }),
  };

  test.each(Object.keys(VALUES))('%s', async (what) => {
    const golden = (await readJsonFixture(GOLDEN)).items.find((item: any) => item.what === what);
    const { text } = await nnx.display(await VALUES[what]!());
    expect(text).toBe(golden.treescope_text);
  });

  test.each(Object.keys(VALUES))('repr: %s', async (what) => {
    const golden = (await readJsonFixture(GOLDEN)).items.find((item: any) => item.what === what);
    expect(without(PYTHON_ONLY, await nnx.repr(await VALUES[what]!()))).toBe(without(PYTHON_ONLY, golden.repr));
  });

  test.each(Object.keys(ARRAYS))('array: %s', async (name) => {
    const golden = (await readJsonFixture(GOLDEN)).array_summaries[name];
    expect((await nnx.display({ wrapped: await ARRAYS[name]!() })).text).toBe(golden);
  });
});

describe('texts of Flax 0.10', () => {
  const style = { flax: '0.10' } as const;
  /** A function of Python's that `repr` and Treescope name by its place. */
  const INIT = named('<function variance_scaling.<locals>.init at 0x..>');
  const OLD_LINEAR = { precision: null, kernel_init: INIT, bias_init: named('zeros'), dot_general: named('jax.lax.dot_general') };
  const OLD_BATCH_NORM = { bias_init: named('zeros'), scale_init: named('ones'), axis_name: null, axis_index_groups: null };
  const OLD_ONLY = Object.keys({ ...OLD_LINEAR, ...OLD_BATCH_NORM });

  /** Adds what only older Flax has (None for a bias that is not there among it), and takes away what it had not yet. */
  function asOld<M extends object>(model: M): M {
    for (const [, node] of nnx.iterGraph(model)) {
      if (node instanceof nnx.Linear) Object.assign(node, { bias: node.bias ?? new nnx.Param(null) }, OLD_LINEAR);
      if (node instanceof nnx.RngStream) delete (node as any).tag;
      if (!(node instanceof nnx.BatchNorm)) continue;
      delete (node as any).useFastVariance;
      Object.assign(node, OLD_BATCH_NORM, { useFastVariance: true });
    }
    return model;
  }
  const oldRngs = (seeds: any = 0) => new nnx.Rngs(seeds, style);
  const oldGuide = async (useBias = false) => asOld(await guide(useBias));

  const VALUES: Record<string, () => unknown> = {
    state: async () => nnx.state(await oldGuide()),
    'abstract state': () => nnx.state(asOld(nnx.evalShape(() => new TwoLayerMLP(4, { rngs: oldRngs() })))),
    'pure dict': async () => nnx.toPureDict(nnx.state(await oldGuide())),
    model: () => oldGuide(),
    'linear1 of the bias model': async () => (await oldGuide(true)).linear1,
    'mixed module': () => asOld(new Mixed({ rngs: oldRngs() })),
    'Rngs(params=0, dropout=1)': () => asOld(oldRngs({ params: 0, dropout: 1 })),
  };
  /** Treescope says where Python defined a function. */
  const withoutPlaces = (text: string): string => text.replaceAll(/ {2}# Defined at line \d+ of .*/g, '');

  test('every text of the golden file is compared', async () => {
    const golden = await readJsonFixture(OLD_GOLDEN);
    expect(golden.items.map(({ what }: any) => what)).toEqual(Object.keys(VALUES));
    expect(Object.keys(golden.array_summaries)).toEqual(Object.keys(ARRAYS));
    // The release had no table of modules, and no sizes.
    expect([golden.tabulate, golden.bytes_repr]).toEqual(["AttributeError: module 'flax.nnx' has no attribute 'tabulate'", undefined]);
  });

  test.each(Object.keys(VALUES))('%s', async (what) => {
    const golden = (await readJsonFixture(OLD_GOLDEN)).items.find((item: any) => item.what === what);
    expect((await nnx.displayAs(style, await VALUES[what]!())).text).toBe(withoutPlaces(golden.treescope_text));
  });

  test.each(Object.keys(VALUES))('repr: %s', async (what) => {
    const golden = (await readJsonFixture(OLD_GOLDEN)).items.find((item: any) => item.what === what);
    expect(without(OLD_ONLY, await nnx.repr(await VALUES[what]!(), style))).toBe(without(OLD_ONLY, golden.repr));
  });

  test.each(Object.keys(ARRAYS))('array: %s', async (name) => {
    const golden = (await readJsonFixture(OLD_GOLDEN)).array_summaries[name];
    expect((await nnx.displayAs(style, { wrapped: await ARRAYS[name]!() })).text).toBe(golden);
  });
});

test('bytes in decimal units', async () => {
  const golden = (await readJsonFixture(GOLDEN)).bytes_repr;
  for (const [bytes, text] of Object.entries(golden)) expect(bytesText(Number(bytes))).toBe(text);
});

test('a repeated object is named by where it was first', async () => {
  const w = new nnx.Param(fromHost(hostArray('float32', [1], new Uint8Array(4))));
  expect((await nnx.display({ a: w, b: w })).text).toContain("'b': <Param at root.a>");
});

test('tabulate draws Flax’s table', async () => {
  const golden = (await readJsonFixture(GOLDEN)).tabulate;
  const live = currentBackend().stats().liveBuffers;
  const model = nnx.evalShape(() => new Mixed({ rngs: new nnx.Rngs(0) }));
  expect(nnx.tabulate(model, [new ShapeDtypeStruct([1, 2], 'float32')])).toBe(golden);
  expect(currentBackend().stats().liveBuffers).toBe(live);
  expect(nnx.tabulate(model, [new ShapeDtypeStruct([1, 2], 'float32')], { depth: 0 })).not.toContain('Linear');
});
