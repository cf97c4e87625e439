import { nnx, ocp } from './linnet';
import type { AfterSave } from './section';
import { TwoLayerMLP } from './setUp';

export async function pureDicts({ ckptDir, dim, useBias, name, state, x, show }: AfterSave) {
  const checkpointer = new ocp.StandardCheckpointer();
  await checkpointer.save(ckptDir.join(`${name}-dict`), nnx.toPureDict(state));
  await checkpointer.waitUntilFinished();

  // Without a target comes back what is there: dictionaries of arrays.
  const pure: ocp.Tree = await checkpointer.restore(ckptDir.join(`${name}-dict`));
  await show('pure', nnx.display(pure));

  const [graphdef, abstractState] = nnx.split(nnx.evalShape(() => new TwoLayerMLP(dim, { rngs: new nnx.Rngs(0), useBias })));
  nnx.replaceByPureDict(abstractState, pure);
  const model = nnx.merge(graphdef, abstractState);
  await show('model(x)', model.call(x));
}
