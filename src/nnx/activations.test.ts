import { beforeAll, expect, test } from 'vitest';
import { typedView } from '#linnet/core';
import { fromHost, grad, init, type Array as JaxArray, jit, jnp } from '#linnet/tensor';
import { expectNear } from '../testing/closeness';
import { readJsonFixture } from '../testing/fixtures';
import { float64Array, float64Function, numbersOf } from '../testing/float64';
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
    const slope = grad((at: JaxArray) => jnp.sum(f(at)));
    const exact = float64Function(slope, [x.shape]).run(float64Array(x.shape, numbers(x)))[0]!;
    // Where tanh is flat, JAX's own slope of it and of gelu is a few roundings of 1 off.
    expectNear(await jit(slope)(device(x)).data(), numbers(dy_dx), `slope of ${name}`, numbersOf(exact));
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
