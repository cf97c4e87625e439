import { hostArray } from '#linnet/core';
import { config } from '#linnet/random';
import { fromHost, init, jnp } from '#linnet/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJsonFixture } from '../../testing/fixtures';
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

/** Static attributes of Flax's layers that have no counterpart here. */
const PYTHON_ONLY = ['precision', 'dot_general', 'promote_dtype', 'preferred_element_type', 'axis_name', 'axis_index_groups'];
const withoutPythonOnly = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !PYTHON_ONLY.some((name) => line.trimStart().startsWith(`${name}=`)))
    .map((line) => PYTHON_ONLY.reduce((rest, name) => rest.replaceAll(new RegExp(`, ${name}=[\\w.]+`, 'g'), ''), line))
    .join('\n');

const GOLDEN = 'numerics/display_flax_0_12_8.json';

describe('texts as Treescope writes them', () => {
  const guide = () => new TwoLayerMLP(4, { rngs: new nnx.Rngs(0) });
  const VALUES: Record<string, () => unknown> = {
    state: () => nnx.state(guide()),
    'abstract state': () => nnx.state(nnx.evalShape(guide)),
    'pure dict': () => nnx.toPureDict(nnx.state(guide())),
    model: guide,
    'linear1 of the bias model': () => new TwoLayerMLP(4, { rngs: new nnx.Rngs(0), useBias: true }).linear1,
    'mixed module': () => new Mixed({ rngs: new nnx.Rngs(0) }),
    'Rngs(params=0, dropout=1)': () => new nnx.Rngs({ params: 0, dropout: 1 }),
  };

  test.each(Object.keys(VALUES))('%s', async (what) => {
    const golden = (await readJsonFixture(GOLDEN)).items.find((item: any) => item.what === what);
    const { text } = await nnx.display(VALUES[what]!());
    expect(text).toBe(withoutPythonOnly(golden.treescope_text));
  });

  const bf16 = () => hostArray('bfloat16', [3, 4], new Uint8Array(Uint16Array.from({ length: 12 }, () => 0x3f80).buffer));
  const odd = [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 2, 3, 4, 5, 6, 7, 8];
  const ARRAYS: Record<string, () => unknown> = {
    'float 4x4': () => nnx.state(guide()).linear1.kernel,
    ints: () => jnp.arange(20),
    bools: () => jnp.equal(jnp.arange(30).mod(3), 0),
    'with nan/inf': () => jnp.array(odd),
    'zeros(50)': () => jnp.zeros(50),
    small: () => jnp.array([1, 2]),
    scalar: () => jnp.array(3),
    big: () => jnp.arange(200000).astype('float32').reshape([400, 500]),
    bf16,
    uint8: () => hostArray('uint8', [12], Uint8Array.from({ length: 12 }, (_, i) => i)),
  };

  test.each(Object.keys(ARRAYS))('array: %s', async (name) => {
    const golden = (await readJsonFixture(GOLDEN)).array_summaries[name];
    expect((await nnx.display({ wrapped: ARRAYS[name]!() })).text).toBe(golden);
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
