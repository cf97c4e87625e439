import { requestDevice } from '../../src/gpu/index';
import { devices, init, type Array as JaxArray, jit, jnp, lax, nn, valueAndGrad } from '../../src/tensor/index';
import { type Contender, serve } from './contender';
import { ADAM, netData } from './nets';

interface State {
  params: JaxArray[];
  means: JaxArray[];
  squares: JaxArray[];
  count: JaxArray;
}

interface Training {
  state: State;
  run: (state: State) => [State, JaxArray];
  /** Steps of one call. */
  readonly perCall: number;
}

/** Steps of one call, for a call to take some tens of milliseconds. */
const STEPS_PER_CALL: Readonly<Record<string, number>> = { tiny: 1000, mnist: 10, wide: 1 };
const trainings = new Map<string, Training>();

function forward(params: readonly JaxArray[], x: JaxArray): JaxArray {
  let h = x;
  for (let i = 0; i < params.length; i += 2) {
    h = jnp.matmul(h, params[i]!).add(params[i + 1]!);
    if (i + 2 < params.length) h = nn.relu(h);
  }
  return h;
}

function step(state: State, x: JaxArray, oneHot: JaxArray): [State, JaxArray] {
  const loss = (params: JaxArray[]): JaxArray =>
    nn
      .logSoftmax(forward(params, x))
      .mul(oneHot)
      .sum()
      .mul(-1 / x.shape[0]!);
  const [value, grads] = valueAndGrad(loss)(state.params) as [JaxArray, JaxArray[]];
  const count = state.count.add(1);
  const t = count.astype('float32');
  const [c1, c2] = [ADAM.beta1, ADAM.beta2].map((beta) => jnp.subtract(1, jnp.power(beta, t))) as [JaxArray, JaxArray];
  const means = grads.map((g, i) => state.means[i]!.mul(ADAM.beta1).add(g.mul(1 - ADAM.beta1)));
  const squares = grads.map((g, i) => state.squares[i]!.mul(ADAM.beta2).add(g.mul(g).mul(1 - ADAM.beta2)));
  const params = state.params.map((p, i) =>
    p.sub(
      means[i]!.div(c1)
        .div(jnp.sqrt(squares[i]!.div(c2)).add(ADAM.epsilon))
        .mul(ADAM.rate),
    ),
  );
  return [{ params, means, squares, count }, value];
}

function setUp(net: string, perCall: number): Training {
  const key = `${net} ${perCall}`;
  const known = trainings.get(key);
  if (known) return known;
  const { dims, batch, weights, x, oneHot } = netData(net);
  const params = weights.flatMap((w, i) => [jnp.array(w).reshape([dims[i]!, dims[i + 1]!]), jnp.zeros([dims[i + 1]!])]);
  const zeros = (): JaxArray[] => params.map((p) => jnp.zeros(p.shape));
  const state = { params, means: zeros(), squares: zeros(), count: jnp.zeros([], 'int32') };
  const [xs, ys] = [jnp.array(x).reshape([batch, dims[0]!]), jnp.array(oneHot).reshape([batch, dims.at(-1)!])];
  const body = (s: State): [State, JaxArray] => step(s, xs, ys);
  const run = jit(perCall === 1 ? body : (s: State) => lax.scan(body, s, null, { length: perCall }) as [State, JaxArray], {
    donateArgnums: [0],
  });
  const training = { state, run: run as Training['run'], perCall };
  trainings.set(key, training);
  return training;
}

/** One call; the state is replaced by its successor. */
function call(training: Training): JaxArray {
  const [state, loss] = training.run(training.state);
  training.state = state;
  return loss;
}

/** The last element of `loss`, which is given up. */
async function lastOf(loss: JaxArray): Promise<number> {
  const values = (await loss.data()) as Float32Array;
  loss.dispose();
  return values.at(-1)!;
}

const contender: Contender = {
  async init() {
    await init({ device: await requestDevice(navigator.gpu) });
    return devices()[0]?.description;
  },
  async firstStep(net) {
    const start = performance.now();
    const loss = await lastOf(call(setUp(net, 1)));
    return { ms: performance.now() - start, loss };
  },
  async train(net, steps) {
    const training = setUp(net, STEPS_PER_CALL[net]!);
    const calls = Math.ceil(steps / training.perCall);
    const start = performance.now();
    const losses: JaxArray[] = [];
    for (let i = 0; i < calls; i++) {
      losses.push(call(training));
      // Two calls ahead of the GPU at most: nothing waits, and nothing piles up.
      if (losses.length > 2) await lastOf(losses.shift()!);
    }
    let loss = Number.NaN;
    for (const pending of losses) loss = await lastOf(pending);
    return { ms: performance.now() - start, steps: calls * training.perCall, loss };
  },
  async matmul(n, count) {
    const values = Float32Array.from({ length: n * n }, (_, i) => ((i * 7919) % 1000) / 1000);
    const [a, b] = [jnp.array(values).reshape([n, n]), jnp.array(values).reshape([n, n])];
    const product = jit((x: JaxArray, y: JaxArray) => jnp.matmul(x, y));
    const corner = async (c: JaxArray): Promise<void> => void (await c.get({ stop: 1 }).data());
    await corner(product(a, b));
    const start = performance.now();
    let last = product(a, b);
    for (let i = 1; i < count; i++) {
      last.dispose();
      last = product(a, b);
    }
    await corner(last);
    return { ms: performance.now() - start };
  },
};
serve(contender);
