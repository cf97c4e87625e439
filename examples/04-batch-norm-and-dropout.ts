import { type jax, jnp, nnx, optax } from 'linnet';
import { twoMoons } from './moons';

class Net extends nnx.Module {
  linear1: nnx.Linear;
  norm: nnx.BatchNorm;
  dropout: nnx.Dropout;
  linear2: nnx.Linear;

  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear1 = new nnx.Linear(2, 32, { rngs });
    this.norm = new nnx.BatchNorm(32, { rngs, momentum: 0.9 });
    this.dropout = new nnx.Dropout(0.2, { rngs });
    this.linear2 = new nnx.Linear(32, 2, { rngs });
  }

  call(x: jax.Array): jax.Array {
    return this.linear2.call(this.dropout.call(nnx.relu(this.norm.call(this.linear1.call(x)))));
  }
}

export async function batchNormAndDropout() {
  const { points, classes } = twoMoons();
  // Weights and dropout masks draw from streams of their own.
  const model = new Net({ rngs: new nnx.Rngs({ params: 0, dropout: 1 }) });
  const optimizer = new nnx.Optimizer(model, optax.adam(0.02), { wrt: nnx.Param });

  const step = (trained: Net, tx: nnx.Optimizer): jax.Array => {
    const [loss, grads] = nnx.valueAndGrad((m: Net) => jnp.mean(optax.softmaxCrossEntropyWithIntegerLabels(m.call(points), classes)))(
      trained,
    );
    tx.update(trained, grads);
    return loss;
  };
  // Twenty steps in one program. Batch statistics and random counters move along, as they would one by one.
  const twentySteps = nnx.jit(nnx.scan(step, { length: 20 }));
  for (let i = 0; i < 5; i++) twentySteps(model, optimizer);

  // In evaluation nothing is dropped, and the running statistics are used: two calls agree.
  const evaluated = nnx.view(model, { deterministic: true, useRunningAverage: true });
  const predict = nnx.jit((m: Net, x: jax.Array) => m.call(x));
  const [first, second] = [predict(evaluated, points), predict(evaluated, points)];
  const accuracy = (await jnp.mean(jnp.equal(jnp.argmax(first, -1), classes).astype('float32')).item()) as number;
  return {
    accuracy,
    agree: (await jnp.all(jnp.equal(first, second)).item()) as boolean,
    masksDrawn: (await model.dropout.rngs!.count.value.item()) as number,
    statistics: nnx.toFlatState(nnx.state(model, nnx.BatchStat)).paths.map((path) => path.join('/')),
  };
}
