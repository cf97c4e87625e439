import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import { type Contender, serve } from './contender';
import { ADAM, netData } from './nets';

interface Training {
  readonly variables: tf.Variable[];
  readonly x: tf.Tensor2D;
  readonly oneHot: tf.Tensor2D;
  readonly optimizer: tf.Optimizer;
}

const trainings = new Map<string, Training>();

function setUp(net: string): Training {
  const known = trainings.get(net);
  if (known) return known;
  const { dims, batch, weights, x, oneHot } = netData(net);
  const variables = weights.flatMap((w, i) => [
    tf.variable(tf.tensor2d(w, [dims[i]!, dims[i + 1]!])),
    tf.variable(tf.zeros([dims[i + 1]!])),
  ]);
  const optimizer = tf.train.adam(ADAM.rate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
  const training = { variables, x: tf.tensor2d(x, [batch, dims[0]!]), oneHot: tf.tensor2d(oneHot, [batch, dims.at(-1)!]), optimizer };
  trainings.set(net, training);
  return training;
}

function advance({ variables, x, oneHot, optimizer }: Training): tf.Scalar {
  const loss = (): tf.Scalar => {
    let h: tf.Tensor = x;
    for (let i = 0; i < variables.length; i += 2) {
      const activation = i + 2 < variables.length ? 'relu' : 'linear';
      h = tf.fused.matMul({
        a: h,
        b: variables[i] as tf.Tensor,
        transposeA: false,
        transposeB: false,
        bias: variables[i + 1]!,
        activation,
      });
    }
    return tf.losses.softmaxCrossEntropy(oneHot, h) as tf.Scalar;
  };
  return optimizer.minimize(loss, true, variables)!;
}

/** TensorFlow.js on one of its backends; the loss is read every ten steps. */
export function serveTensorFlow(backend: string, prepare: () => void = () => undefined): void {
  const contender: Contender = {
    async init() {
      prepare();
      await tf.setBackend(backend);
      await tf.ready();
      return undefined;
    },
    async firstStep(net) {
      const start = performance.now();
      const [loss] = await advance(setUp(net)).data();
      return { ms: performance.now() - start, loss: loss! };
    },
    async train(net, steps) {
      const training = setUp(net);
      const start = performance.now();
      let loss = Number.NaN;
      for (let i = 1; i <= steps; i++) {
        const pending = advance(training);
        if (i % 10 === 0 || i === steps) loss = (await pending.data())[0]!;
        pending.dispose();
      }
      await training.variables[1]!.data();
      return { ms: performance.now() - start, steps, loss };
    },
    async matmul(n, count) {
      const values = Float32Array.from({ length: n * n }, (_, i) => ((i * 7919) % 1000) / 1000);
      const [a, b] = [tf.tensor2d(values, [n, n]), tf.tensor2d(values, [n, n])];
      const run = async (times: number): Promise<void> => {
        let product = tf.matMul(a, b);
        for (let i = 1; i < times; i++) {
          product.dispose();
          product = tf.matMul(a, b);
        }
        const corner = tf.slice(product, [0, 0], [1, 1]);
        await corner.data();
        product.dispose();
        corner.dispose();
      };
      await run(1);
      const start = performance.now();
      await run(count);
      return { ms: performance.now() - start };
    },
  };
  serve(contender);
}
