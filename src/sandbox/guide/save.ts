import { nnx, ocp } from './linnet';
import type { AfterSetUp } from './section';

export async function save({ ckptDir, model, name, show }: AfterSetUp) {
  const [, state] = nnx.split(model);
  await show('state', nnx.display(state));

  const checkpointer = new ocp.StandardCheckpointer();
  await checkpointer.save(ckptDir.join(name), state);
  await checkpointer.waitUntilFinished();
  await show('ckptDir', ckptDir.join(name));
  return { state };
}
