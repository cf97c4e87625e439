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

describe('texts as Treescope writes them', () => {
  const guide = (useBias = false) => withFlaxWeights(new TwoLayerMLP(4, { rngs: new nnx.Rngs(0), useBias }));
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
    // Lines of attributes that only Flax has are left out of both; a comma before a closing bracket goes with them.
    const shared = (text: string): string => {
      const lines = text.split('\n').filter((line) => !PYTHON_ONLY.some((name) => line.trimStart().startsWith(`${name}=`)));
      return lines.join('\n').replaceAll(/,(\n *\))/g, '$1');
    };
    expect(shared(await nnx.repr(await VALUES[what]!()))).toBe(shared(golden.repr));
  });

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

  test.each(Object.keys(ARRAYS))('array: %s', async (name) => {
    const golden = (await readJsonFixture(GOLDEN)).array_summaries[name];
    expect((await nnx.display({ wrapped: await ARRAYS[name]!() })).text).toBe(golden);
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
