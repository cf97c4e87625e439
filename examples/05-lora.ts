import { jnp, nnx, optax } from 'linnet';
import { lossOf, MLP, trainStep } from './01-first-mlp';
import { twoMoons } from './moons';

export async function lora() {
  const { points, classes } = twoMoons();
  const model = new MLP(16, { rngs: new nnx.Rngs(0) });
  const optimizer = new nnx.Optimizer(model, optax.adam(0.02), { wrt: nnx.Param });
  for (let step = 0; step < 100; step++) trainStep(model, optimizer, points, classes);

  // The task changes: the moons are turned by 30 degrees. Only a low-rank addition to each kernel is trained for it.
  const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const turned = points.matmul(
    jnp.array([
      [cos, sin],
      [-sin, cos],
    ]),
  );
  const base = nnx.state(model, nnx.Param);
  nnx.addLoRA(model, { loraRank: 2, rngs: new nnx.Rngs(1) });
  const before = (await lossOf(model, turned, classes).item()) as number;

  const adapter = new nnx.Optimizer(model, optax.adam(0.02), { wrt: nnx.LoRAParam });
  const adapt = nnx.jit((m: MLP, tx: nnx.Optimizer) => {
    const [loss, grads] = nnx.valueAndGrad(lossOf, { wrt: nnx.LoRAParam })(m, turned, classes);
    tx.update(m, grads);
    return loss;
  });
  for (let step = 0; step < 100; step++) adapt(model, adapter);

  const kernel = base.hidden.kernel.value;
  return {
    before,
    after: (await lossOf(model, turned, classes).item()) as number,
    isBaseFrozen: (await jnp.all(jnp.equal(model.hidden.kernel.value, kernel)).item()) as boolean,
    trained: nnx.toFlatState(nnx.state(model, nnx.LoRAParam)).paths.map((path) => path.join('/')),
  };
}
