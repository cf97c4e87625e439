import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { type Contender, serve } from './contender';
import { ADAM, netData } from './nets';

interface Training {
  params: any[];
  means: any[];
  squares: any[];
  count: any;
  readonly x: any;
  readonly oneHot: any;
  readonly step: any;
}

const trainings = new Map<string, Training>();
const array = (data: Float32Array, shape: readonly number[]): any => np.array(data.slice(), { shape } as any);

/** The whole step, Adam included, in one jit: the library's best case. */
function setUp(net: string): Training {
  const known = trainings.get(net);
  if (known) return known;
  const { dims, batch, weights, x, oneHot } = netData(net);
  const params = weights.flatMap((w, i) => [array(w, [dims[i]!, dims[i + 1]!]), np.zeros([dims[i + 1]!])]);
  const zeros = (): any[] => params.map((p) => np.zeros(p.shape));
  const loss = (ps: any[], input: any, target: any): any => {
    let h = input;
    for (let i = 0; i < ps.length; i += 2) {
      h = np.dot(h, ps[i].ref).add(ps[i + 1].ref);
      if (i + 2 < ps.length) h = nn.relu(h);
    }
    for (const p of ps) p.dispose();
    return nn
      .logSoftmax(h)
      .mul(target)
      .sum()
      .mul(-1 / batch);
  };
  const step = jit((ps: any[], ms: any[], vs: any[], count: any, input: any, target: any): any => {
    const [value, grads] = valueAndGrad(loss as any)(ps.map((p) => p.ref) as any, input, target) as any;
    const next = count.add(1);
    const correction = (beta: number): any => np.subtract(1, np.exp(next.ref.mul(Math.log(beta))));
    const [c1, c2] = [correction(ADAM.beta1), correction(ADAM.beta2)];
    const result: any[][] = [[], [], []];
    ps.forEach((p, i) => {
      const m = ms[i].mul(ADAM.beta1).add(grads[i].ref.mul(1 - ADAM.beta1));
      const v = vs[i].mul(ADAM.beta2).add(grads[i].ref.mul(grads[i]).mul(1 - ADAM.beta2));
      const update = m.ref
        .div(c1.ref)
        .div(np.sqrt(v.ref.div(c2.ref)).add(ADAM.epsilon))
        .mul(ADAM.rate);
      result[0]!.push(p.sub(update));
      result[1]!.push(m);
      result[2]!.push(v);
    });
    c1.dispose();
    c2.dispose();
    return [...result, next, value];
  });
  const training = {
    params,
    means: zeros(),
    squares: zeros(),
    count: np.array(0),
    x: array(x, [batch, dims[0]!]),
    oneHot: array(oneHot, [batch, dims.at(-1)!]),
    step,
  };
  trainings.set(net, training);
  return training;
}

function advance(t: Training): any {
  const [params, means, squares, count, loss] = t.step(t.params, t.means, t.squares, t.count, t.x.ref, t.oneHot.ref);
  Object.assign(t, { params, means, squares, count });
  return loss;
}

/** @jax-js/jax on one of its devices; the loss is read every ten steps, which was its fastest way. */
export function serveJaxJs(device: 'webgpu' | 'wasm'): void {
  const contender: Contender = {
    async init() {
      await init(device);
      defaultDevice(device);
      return undefined;
    },
    async firstStep(net) {
      const start = performance.now();
      const [loss] = await advance(setUp(net)).data();
      return { ms: performance.now() - start, loss };
    },
    async train(net, steps) {
      const training = setUp(net);
      const start = performance.now();
      let loss = Number.NaN;
      for (let i = 1; i <= steps; i++) {
        const pending = advance(training);
        if (i % 10 === 0 || i === steps) [loss] = await pending.data();
        else pending.dispose();
      }
      await blockUntilReady(training.params);
      return { ms: performance.now() - start, steps, loss };
    },
    async matmul(n, count) {
      const values = Float32Array.from({ length: n * n }, (_, i) => ((i * 7919) % 1000) / 1000);
      const [a, b] = [array(values, [n, n]), array(values, [n, n])];
      const run = async (times: number): Promise<void> => {
        const products = Array.from({ length: times }, () => np.matmul(a.ref, b.ref));
        await blockUntilReady(products);
        for (const product of products) product.dispose();
      };
      await run(1);
      const start = performance.now();
      await run(count);
      return { ms: performance.now() - start };
    },
  };
  serve(contender);
}
