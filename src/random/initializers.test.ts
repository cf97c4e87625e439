import { beforeAll, expect, test } from 'vitest';
import { typedView } from '#linnet/core';
import { init, type Array as JaxArray, jit } from '#linnet/tensor';
import { worstUnits } from '../testing/closeness';
import { readJsonFixture } from '../testing/fixtures';
import { goldenArray } from '../testing/golden';
import { initializers, random, withLayout } from './index';

/** 'webgpu' when `initializers.gpu.test.ts` runs these tests on the GPU. */
const { linnetTestBackend = 'cpu' } = globalThis as { linnetTestBackend?: 'cpu' | 'webgpu' };

beforeAll(() => init({ backend: linnetTestBackend }));

const numbers = (golden: any): number[] => Array.from(typedView(goldenArray(golden)) as Float32Array);
const read = async (array: JaxArray): Promise<number[]> => Array.from(await array.data());

const MAKE: Record<string, (args: any) => initializers.Initializer> = {
  lecun_normal: () => initializers.lecunNormal(),
  lecun_uniform: () => initializers.lecunUniform(),
  he_normal: () => initializers.heNormal(),
  he_uniform: () => initializers.heUniform(),
  glorot_normal: () => initializers.glorotNormal(),
  glorot_uniform: () => initializers.glorotUniform(),
  orthogonal: ({ scale = 1 }) => initializers.orthogonal(scale),
  delta_orthogonal: () => initializers.deltaOrthogonal(),
  variance_scaling: ({ scale, mode, distribution, out_axis = -1 }) =>
    initializers.varianceScaling(scale, mode, distribution, { outAxis: out_axis }),
  normal: ({ stddev }) => initializers.normal(stddev),
  truncated_normal: ({ stddev }) => initializers.truncatedNormal(stddev),
  uniform: ({ scale }) => initializers.uniform(scale),
  constant: ({ value }) => initializers.constant(value),
  zeros: () => initializers.zeros,
  ones: () => initializers.ones,
};

test('every initialiser, in both layouts', async () => {
  const { cases } = await readJsonFixture('numerics/initializers.json');
  for (const c of cases) {
    const make = MAKE[c.name]!(c.args);
    const layout = c.partitionable ? 'partitionable' : 'original';
    const out = withLayout(layout, () => make(random.key(c.seed), c.shape));
    expect(out.shape).toEqual(c.shape);
    // The scale of an orthogonal matrix is taken out again: the rounding of a float32 QR factorisation grows with it.
    const unit = (values: number[]) => (c.name === 'orthogonal' ? values.map((value) => Math.fround(value / (c.args.scale ?? 1))) : values);
    const what = JSON.stringify([c.name, c.args, c.shape]);
    expect(worstUnits(unit(await read(out)), unit(numbers(c.out))), what).toBeLessThanOrEqual(4);
    if (c.name.endsWith('orthogonal')) continue;
    // Inside jit the device draws the numbers itself.
    const drawn = withLayout(layout, () => jit((key: JaxArray) => make(key, c.shape))(random.key(c.seed)));
    expect(worstUnits(await read(drawn), numbers(c.out)), `${what} inside jit`).toBeLessThanOrEqual(4);
  }
});
