import { jax, nnx, ocp } from './linnet';
import type { Start } from './section';

/** Two linear layers, one after the other. */
export class TwoLayerMLP extends nnx.Module {
  linear1: nnx.Linear;
  linear2: nnx.Linear;
  constructor(dim: number, { rngs, useBias = false }: { rngs: nnx.Rngs; useBias?: boolean }) {
    super();
    this.linear1 = new nnx.Linear(dim, dim, { rngs, useBias });
    this.linear2 = new nnx.Linear(dim, dim, { rngs, useBias });
  }
  call(x: jax.Array): jax.Array {
    return this.linear2.call(this.linear1.call(x));
  }
}

export async function setUp({ dim, seed, useBias, partitionable, show }: Start) {
  jax.config.update('jax_threefry_partitionable', partitionable);
  const ckptDir = await ocp.testUtils.eraseAndCreateEmpty('opfs:/my-checkpoints');

  const model = new TwoLayerMLP(dim, { rngs: new nnx.Rngs(seed), useBias });
  const x = jax.random.normal(jax.random.key(42), [3, dim]);
  await show('model(x)', model.call(x));
  return { ckptDir, model, x };
}
