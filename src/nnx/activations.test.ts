import { beforeAll, expect, test } from 'vitest';
import { typedView } from '#linnet/core';
import { fromHost, grad, init, type Array as JaxArray, jit, jnp } from '#linnet/tensor';
import { expectNear } from '../testing/closeness';
import { readJsonFixture } from '../testing/fixtures';
import { type GoldenArray, goldenArray } from '../testing/golden';
import * as nnx from './index';

/** 'webgpu' when `activations.gpu.test.ts` runs these tests on the GPU. */
const { linnetTestBackend = 'cpu' } = globalThis as { linnetTestBackend?: 'cpu' | 'webgpu' };

beforeAll(() => init({ backend: linnetTestBackend }));

const device = (golden: GoldenArray): JaxArray => fromHost(goldenArray(golden));
const numbers = (golden: GoldenArray): Float32Array => typedView(goldenArray(golden)) as Float32Array;

const { relu, relu6, silu, swish, tanh, sigmoid, softplus, softSign, elu, selu, celu, gelu } = nnx;
const { leakyRelu, hardSigmoid, hardSilu, hardTanh, logSigmoid, softmax, logSoftmax, logsumexp, standardize, glu } = nnx;

/** Functions of one number, by their names in the golden file. */
const POINTWISE: Record<string, (x: JaxArray) => JaxArray> = {
  ...{ relu, relu6, silu, swish, tanh, sigmoid, softplus, soft_sign: softSign, elu, selu, celu, leaky_relu: leakyRelu },
  ...{ hard_sigmoid: hardSigmoid, hard_silu: hardSilu, hard_tanh: hardTanh, log_sigmoid: logSigmoid },
  'gelu (default: approximate=True, tanh)': (x) => gelu(x),
  'gelu approximate=False (erf)': (x) => gelu(x, { approximate: false }),
};

/**
 * Size of the terms of a slope that cancel where the function is flat. Both sides' tanh may be a few roundings off there, which counts
 * twice in 1 - tanh²; for gelu it is multiplied by x · (a + b · x²) / 2, which is 14 at x = -6.
 */
const CANCELLING: Record<string, number> = { tanh: 4, sigmoid: 1, 'gelu (default: approximate=True, tanh)': 28 };

const ALONG_AN_AXIS: Record<string, (x: JaxArray, axis: number) => JaxArray> = {
  softmax: (x, axis) => softmax(x, axis),
  log_softmax: (x, axis) => logSoftmax(x, axis),
  logsumexp: (x, axis) => logsumexp(x, axis),
  standardize: (x, axis) => standardize(x, axis),
  glu: (x, axis) => glu(x, axis),
};

const casesOf = async (names: readonly string[]): Promise<any[]> =>
  (await readJsonFixture('numerics/layers.json')).activations.filter(({ name }: any) => names.includes(name));

test('activations and their slopes are JAX’s', async () => {
  const cases = await casesOf(Object.keys(POINTWISE));
  expect(cases.map(({ name }) => name)).toEqual(Object.keys(POINTWISE));
  for (const { name, x, y, dy_dx } of cases) {
    const f = POINTWISE[name]!;
    expectNear(await jit(f)(device(x)).data(), numbers(y), name);
    const slope = jit(grad((at: JaxArray) => jnp.sum(f(at))));
    const largestTerm = CANCELLING[name];
    expectNear(await slope(device(x)).data(), numbers(dy_dx), `slope of ${name}`, largestTerm === undefined ? {} : { largestTerm });
  }
});

test('functions along an axis are JAX’s', async () => {
  const cases = await casesOf(Object.keys(ALONG_AN_AXIS));
  expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(Object.keys(ALONG_AN_AXIS)));
  for (const { name, axis, x, y } of cases) {
    const call = jit((at: JaxArray) => ALONG_AN_AXIS[name]!(at, axis));
    expectNear(await call(device(x)).data(), numbers(y), `${name}, axis ${axis}`);
  }
});

test('one-hot rows are JAX’s, out of range included', async () => {
  const cases = await casesOf(['one_hot']);
  expect(cases).toHaveLength(1);
  for (const { x, y, num_classes } of cases) {
    const rows = nnx.oneHot(jnp.array(Int32Array.from(x)), num_classes);
    expect(rows.shape).toEqual(y.shape);
    expect([...(await rows.data())]).toEqual([...numbers(y)]);
  }
});
