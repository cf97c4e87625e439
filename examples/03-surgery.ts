import { jnp, nnx, ocp } from 'linnet';
import { MLP } from './01-first-mlp';
import { twoMoons } from './moons';

/** Yesterday's model: other names, and no biases. */
class OldMLP extends nnx.Module {
  layers: nnx.Linear[];

  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.layers = [new nnx.Linear(2, 8, { rngs, useBias: false }), new nnx.Linear(8, 2, { rngs, useBias: false })];
  }
}

export async function surgery(root = 'memory:/surgery') {
  const old = new OldMLP({ rngs: new nnx.Rngs(3) });
  const directory = await ocp.testUtils.eraseAndCreateEmpty(root);
  const checkpointer = new ocp.StandardCheckpointer();
  await checkpointer.save(directory.join('old'), nnx.state(old));
  await checkpointer.waitUntilFinished();

  // Without a target the checkpoint comes back as plain dictionaries. Say how its names are called today.
  const raw = await checkpointer.restore(directory.join('old'));
  const today = ['hidden', 'out'];
  const dict = nnx.renameKeys(raw as nnx.PureDict, ([, index, ...rest]) => [today[Number(index)]!, ...rest]);

  // The new model also has biases, which the checkpoint lacks: `complete` names them, and they are filled in by hand.
  const [graphdef, state] = nnx.split(nnx.evalShape(() => new MLP(8, { rngs: new nnx.Rngs(0) })));
  let complaint = '';
  try {
    nnx.replaceByPureDict(state, dict, { complete: true });
  } catch (error) {
    complaint = (error as Error).message;
  }
  dict.hidden.bias = jnp.zeros([8]);
  dict.out.bias = jnp.zeros([2]);
  nnx.replaceByPureDict(state, dict, { complete: true });
  const model = nnx.merge(graphdef, state);

  // Part of a checkpoint can go into part of another model, too.
  const other = new MLP(8, { rngs: new nnx.Rngs(1) });
  nnx.update(other.hidden, dict.hidden);

  const { points } = twoMoons();
  const expected = nnx.relu(points.matmul(old.layers[0]!.kernel.value)).matmul(old.layers[1]!.kernel.value);
  const gap = (await jnp.max(jnp.abs(model.call(points).sub(expected))).item()) as number;
  const isInjected = (await jnp.all(jnp.equal(other.hidden.kernel.value, old.layers[0]!.kernel.value)).item()) as boolean;
  return { complaint, gap, isInjected };
}
