import { jnp, nnx, ocp } from './linnet';
import type { AfterSave } from './section';
import { TwoLayerMLP } from './setUp';

export async function structuresDiffer({ ckptDir, dim, name, x, show }: AfterSave) {
  // The model wants biases now; the old checkpoint may have none.
  const pure: any = await new ocp.StandardCheckpointer().restore(ckptDir.join(`${name}-dict`));
  pure.linear1.bias ??= jnp.zeros([dim]);
  pure.linear2.bias ??= jnp.zeros([dim]);

  const modified = nnx.evalShape(() => new TwoLayerMLP(dim, { rngs: new nnx.Rngs(0), useBias: true }));
  const [graphdef, abstractState] = nnx.split(modified);
  nnx.replaceByPureDict(abstractState, pure);
  const model = nnx.merge(graphdef, abstractState);
  await show('model(x)', model.call(x));
  await show('model.linear1', nnx.display(model.linear1));
}
