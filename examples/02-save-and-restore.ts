import { jax, nnx, ocp, optax } from 'linnet';
import { MLP, trainStep } from './01-first-mlp';
import { twoMoons } from './moons';

export async function saveAndRestore(root = 'memory:/save-and-restore') {
  const { points, classes } = twoMoons();
  const model = new MLP(8, { rngs: new nnx.Rngs(0) });
  const optimizer = new nnx.Optimizer(model, optax.adam(0.02), { wrt: nnx.Param });
  for (let step = 0; step < 20; step++) trainStep(model, optimizer, points, classes);

  // Save the model and the optimiser, so that training can go on from here.
  const directory = await ocp.testUtils.eraseAndCreateEmpty(root);
  const checkpointer = new ocp.StandardCheckpointer();
  const saved = { model: nnx.state(model), optimizer: nnx.state(optimizer) };
  await checkpointer.save(directory.join('step_20'), saved);
  await checkpointer.waitUntilFinished();

  // Restore into an abstract model and optimiser: no weights are drawn, no device memory is used for them.
  const [graphdef, abstract] = nnx.split(
    nnx.evalShape(() => {
      const blank = new MLP(8, { rngs: new nnx.Rngs(0) });
      return { model: blank, optimizer: new nnx.Optimizer(blank, optax.adam(0.02), { wrt: nnx.Param }) };
    }),
  );
  const restored = await checkpointer.restore(directory.join('step_20'), { model: abstract.model, optimizer: abstract.optimizer });
  await jax.testing.assertTreesEqual(saved, restored);
  const again = nnx.merge(graphdef, restored as nnx.PureDict);

  // Both go on in the same way.
  const original = (await trainStep(model, optimizer, points, classes).item()) as number;
  const resumed = (await trainStep(again.model, again.optimizer, points, classes).item()) as number;
  return { original, resumed, step: (await again.optimizer.step.value.item()) as number };
}
