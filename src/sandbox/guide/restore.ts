import { jax, nnx, ocp } from './linnet';
import type { AfterSave } from './section';
import { TwoLayerMLP } from './setUp';

export async function restore({ ckptDir, dim, useBias, name, state, x, show }: AfterSave) {
  // Shapes and dtypes only: no memory is taken for the arrays.
  const abstractModel = nnx.evalShape(() => new TwoLayerMLP(dim, { rngs: new nnx.Rngs(0), useBias }));
  const [graphdef, abstractState] = nnx.split(abstractModel);
  await show('abstractState', nnx.display(abstractState));

  const restored = await new ocp.StandardCheckpointer().restore(ckptDir.join(name), abstractState);
  await jax.testing.assertTreesEqual(state, restored); // bit for bit
  await show('restored', nnx.display(restored));

  const model = nnx.merge(graphdef, restored);
  await show('model(x)', model.call(x));
}
