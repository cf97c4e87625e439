import { jnp, nnx, optax } from 'linnet';
import { MLP, trainStep } from './01-first-mlp';
import { twoMoons } from './moons';

export async function schedules() {
  const { points, classes } = twoMoons();

  // A learning rate that rises for 10 steps and then falls along a cosine, after gradients are clipped.
  const schedule = optax.warmupCosineDecaySchedule(0, 0.05, 10, 100, 0.001);
  const model = new MLP(16, { rngs: new nnx.Rngs(0) });
  const rule = optax.chain(optax.clipByGlobalNorm(1), optax.adam(schedule));
  const optimizer = new nnx.Optimizer(model, rule, { wrt: nnx.Param });
  const first = (await trainStep(model, optimizer, points, classes).item()) as number;
  for (let step = 1; step < 100; step++) trainStep(model, optimizer, points, classes);
  const last = (await trainStep(model, optimizer, points, classes).item()) as number;
  const rates = await Promise.all([0, 10, 100].map((step) => schedule(jnp.array(step, 'int32')).item()));

  // Hyperparameters as part of the state: they can be changed between steps, and are saved with the run.
  const tuned = new MLP(16, { rngs: new nnx.Rngs(0) });
  const injected = new nnx.Optimizer(tuned, optax.injectHyperparams(optax.adam)(0.05), { wrt: nnx.Param });
  trainStep(tuned, injected, points, classes);
  nnx.update(injected, { opt_state: { hyperparams: { learning_rate: jnp.array(0, 'float32') } } });
  const stopped = nnx.state(tuned);
  trainStep(tuned, injected, points, classes);
  const isStopped = (await jnp.all(jnp.equal(tuned.out.kernel.value, stopped.out.kernel.value)).item()) as boolean;
  return { first, last, rates: rates as number[], isStopped };
}
