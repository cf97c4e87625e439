import { type jax, jnp, nnx, optax } from 'linnet';
import { twoMoons } from './moons';

/** A model is a class: layers are made in the constructor, `call` computes. */
export class MLP extends nnx.Module {
  hidden: nnx.Linear;
  out: nnx.Linear;

  constructor(width: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.hidden = new nnx.Linear(2, width, { rngs });
    this.out = new nnx.Linear(width, 2, { rngs });
  }

  call(x: jax.Array): jax.Array {
    return this.out.call(nnx.relu(this.hidden.call(x)));
  }
}

/** Mean cross-entropy of the model's predictions. */
export function lossOf(model: MLP, points: jax.Array, classes: jax.Array): jax.Array {
  return jnp.mean(optax.softmaxCrossEntropyWithIntegerLabels(model.call(points), classes));
}

/** One step, compiled at the first call. The model and the optimiser are changed in place. */
export const trainStep = nnx.jit((model: MLP, optimizer: nnx.Optimizer, points: jax.Array, classes: jax.Array) => {
  const [loss, grads] = nnx.valueAndGrad(lossOf)(model, points, classes);
  optimizer.update(model, grads);
  return loss;
});

export async function firstMlp() {
  const { points, classes } = twoMoons();
  const model = new MLP(16, { rngs: new nnx.Rngs(0) });
  const optimizer = new nnx.Optimizer(model, optax.adam(0.02), { wrt: nnx.Param });

  const losses: number[] = [];
  for (let step = 0; step < 150; step++) {
    const loss = trainStep(model, optimizer, points, classes);
    // Reading a value waits for the device, so it is done now and then.
    if (step % 50 === 49) losses.push((await loss.item()) as number);
  }
  const predicted = jnp.argmax(model.call(points), -1);
  const accuracy = (await jnp.mean(jnp.equal(predicted, classes).astype('float32')).item()) as number;
  return { losses, accuracy, table: nnx.tabulate(model, [points]) };
}
