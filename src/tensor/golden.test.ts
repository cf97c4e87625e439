import { beforeAll, describe, expect, test } from 'vitest';
import { expectNear } from '../testing/closeness';
import { readJsonFixture } from '../testing/fixtures';
import { type GoldenArray, goldenArray } from '../testing/golden';
import { fromHost, grad, init, jit, jnp, lax, type Array as NDArray, nn, valueAndGrad } from './index';

beforeAll(() => init({ backend: 'cpu' }));

type Params = Record<string, NDArray>;
type Model = (p: Params, x: NDArray) => NDArray;

const read = (golden: GoldenArray): NDArray => fromHost(goldenArray(golden));
const readAll = (golden: Record<string, GoldenArray>): Params =>
  Object.fromEntries(Object.entries(golden).map(([key, value]) => [key, read(value)]));

const linear = (p: Params, name: string, x: NDArray): NDArray => {
  const product = x.matmul(p[`${name}/kernel`]!);
  return p[`${name}/bias`] ? product.add(p[`${name}/bias`]!) : product;
};
function layerNorm(p: Params, name: string, x: NDArray): NDArray {
  const mean = x.mean({ axis: -1, keepdims: true });
  const variance = jnp.maximum(jnp.square(x).mean({ axis: -1, keepdims: true }).sub(jnp.square(mean)), 0);
  return x
    .sub(mean)
    .mul(lax.rsqrt(variance.add(1e-6)).mul(p[`${name}/scale`]!))
    .add(p[`${name}/bias`]!);
}
const integerLoss = (logits: NDArray, labels: NDArray): NDArray => {
  const picked = jnp.takeAlongAxis(logits, jnp.expandDims(labels, -1), -1);
  return nn.logsumexp(logits, -1).sub(jnp.squeeze(picked, -1)).mean();
};
const binaryLoss = (logits: NDArray, y: NDArray): NDArray =>
  y
    .mul(nn.logSigmoid(logits))
    .neg()
    .sub(jnp.subtract(1, y).mul(nn.logSigmoid(logits.neg())))
    .mean();

const MODELS: { model: Model; loss: (out: NDArray, y: NDArray) => NDArray }[] = [
  {
    model: (p, x) => linear(p, 'layers/1', jnp.tanh(linear(p, 'layers/0', x))),
    loss: (out, y) => jnp.square(out.sub(y)).mean(),
  },
  {
    model: (p, x) => linear(p, 'layers/2', nn.relu(linear(p, 'layers/1', nn.relu(linear(p, 'layers/0', x))))),
    loss: integerLoss,
  },
  {
    model: (p, x) => {
      const h = [0, 1].reduce((v, i) => nn.gelu(layerNorm(p, `norms/${i}`, linear(p, `layers/${i}`, v))), x);
      return linear(p, 'layers/2', h);
    },
    loss: binaryLoss,
  },
  { model: (p, x) => linear(p, 'linear2', linear(p, 'linear1', x)), loss: (out, y) => jnp.square(out.sub(y)).mean() },
];

async function expectGolden(actual: NDArray, golden: GoldenArray, what: string): Promise<void> {
  expect(actual.shape, what).toEqual(golden.shape);
  expectNear(await actual.data(), await read(golden).data(), what);
}

const { configs } = await readJsonFixture<{ configs: any[] }>('numerics/grads.json');
const { losses } = await readJsonFixture<{ losses: any[] }>('numerics/losses.json');

describe('gradients of whole models', () => {
  test.each(configs.map((config: { desc: string }, i: number) => ({ ...config, ...MODELS[i]!, expectedLoss: (config as any).loss })))(
    '$desc',
    async ({ model, loss, x, y, params, expectedLoss, ...golden }: any) => {
      const [p, input, target] = [readAll(params), read(x), y ? read(y) : jnp.ones(golden.out.shape)];
      await expectGolden(model(p, input), golden.out, 'output');
      const step = valueAndGrad((q: Params, a: NDArray, b: NDArray) => loss(model(q, a), b));
      for (const run of [step, jit(step)]) {
        const [value, grads] = run(p, input, target);
        await expectGolden(value, expectedLoss, 'loss');
        expect(Object.keys(grads)).toEqual(Object.keys(golden.grads));
        for (const [name, g] of Object.entries(golden.grads)) await expectGolden(grads[name], g as GoldenArray, name);
      }
    },
  );
});

const entropy = (logits: NDArray, labels: NDArray): NDArray => labels.mul(nn.logSoftmax(logits)).sum(-1).neg();
const LOSSES: Record<string, (args: NDArray[], options: any) => NDArray> = {
  softmax_cross_entropy: ([logits, labels]) => entropy(logits!, labels!),
  softmax_cross_entropy_with_integer_labels: ([logits, labels]) =>
    nn.logsumexp(logits!, -1).sub(jnp.squeeze(jnp.takeAlongAxis(logits!, jnp.expandDims(labels!, -1), -1), -1)),
  sigmoid_binary_cross_entropy: ([x, y]) =>
    y!
      .mul(nn.logSigmoid(x!))
      .neg()
      .sub(jnp.subtract(1, y!).mul(nn.logSigmoid(x!.neg()))),
  l2_loss: ([x, y]) => jnp.square(x!.sub(y!)).mul(0.5),
  squared_error: ([x, y]) => jnp.square(x!.sub(y!)),
  huber_loss: ([x, y], { delta }) => {
    const error = jnp.abs(x!.sub(y!));
    const quadratic = jnp.minimum(error, delta);
    return jnp.square(quadratic).mul(0.5).add(error.sub(quadratic).mul(delta));
  },
  log_cosh: ([x, y]) => jnp.logaddexp(x!.sub(y!), y!.sub(x!)).sub(Math.LN2),
  hinge_loss: ([x, y]) => jnp.maximum(0, jnp.subtract(1, x!.mul(y!))),
  kl_divergence: ([logPredictions, targets]) =>
    targets!.mul(jnp.where(targets!.eq(0), 0, jnp.log(jnp.where(targets!.eq(0), 1, targets!))).sub(logPredictions!)).sum(-1),
};

describe('losses', () => {
  test.each(losses.filter(({ name }: { name: string }) => name in LOSSES))(
    '$name $kwargs',
    async ({ name, kwargs, args, y, grad_of_mean_wrt_arg0 }: any) => {
      const f = LOSSES[name]!;
      const inputs = args.map(read) as NDArray[];
      await expectGolden(f(inputs, kwargs), y, name);
      const gradient = grad((x: NDArray, ...rest: NDArray[]) => f([x, ...rest], kwargs).mean());
      await expectGolden(gradient(...inputs), grad_of_mean_wrt_arg0, `gradient of ${name}`);
    },
  );
});
