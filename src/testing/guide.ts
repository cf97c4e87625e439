import { jax, jnp, nnx, ocp } from '../index';

/** The model of the guide: two linear layers without biases. */
export class TwoLayerMLP extends nnx.Module {
  linear1: nnx.Linear;
  linear2: nnx.Linear;
  constructor(dim: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear1 = new nnx.Linear(dim, dim, { rngs, useBias: false });
    this.linear2 = new nnx.Linear(dim, dim, { rngs, useBias: false });
  }
  call(x: jax.Array): jax.Array {
    return this.linear2.call(this.linear1.call(x));
  }
}

/** The same, with biases: what the model became after the checkpoint was saved. */
export class ModifiedTwoLayerMLP extends nnx.Module {
  linear1: nnx.Linear;
  linear2: nnx.Linear;
  constructor(dim: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear1 = new nnx.Linear(dim, dim, { rngs, useBias: true });
    this.linear2 = new nnx.Linear(dim, dim, { rngs, useBias: true });
  }
  call(x: jax.Array): jax.Array {
    return this.linear2.call(this.linear1.call(x));
  }
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

/** Bytes the device holds right now. */
const liveBytes = (): number => jax.memoryStats().liveBytes;

/** What console.warn was told while `run` ran. */
async function warningsOf<T>(run: () => Promise<T>): Promise<{ result: T; warnings: string[] }> {
  const warnings: string[] = [];
  const original = console.warn;
  console.warn = (...parts: unknown[]) => warnings.push(parts.map(String).join(' '));
  try {
    return { result: await run(), warnings };
  } finally {
    console.warn = original;
  }
}

/**
 * Flax's checkpoint guide, section by section, in order: each adds to what the one before left. `root` is a checkpoint path such as
 * `memory:/` or `opfs:/`.
 */
export function guideSections(root: string): { title: string; run: () => Promise<void> }[] {
  const checkpointer = new ocp.StandardCheckpointer();
  let ckptDir: Awaited<ReturnType<typeof ocp.path>>;
  let model: TwoLayerMLP;
  let x: jax.Array;
  let state: nnx.State;
  let pure: any;

  return [
    {
      title: 'set up: a model, an input, an empty directory',
      run: async () => {
        ckptDir = await ocp.testUtils.eraseAndCreateEmpty(`${root}my-checkpoints`);
        model = new TwoLayerMLP(4, { rngs: new nnx.Rngs(0) });
        x = jax.random.normal(jax.random.key(42), [3, 4]);
        check(model.call(x).shape.join() === '3,4', 'the model maps [3, 4] to [3, 4]');
      },
    },
    {
      title: 'save: split the model and save its state',
      run: async () => {
        [, state] = nnx.split(model);
        void nnx.display(state);
        await checkpointer.save(ckptDir.join('state'), state);
        await checkpointer.waitUntilFinished();
        check(await ckptDir.join('state').exists(), 'the checkpoint is there');
      },
    },
    {
      title: 'restore: into an abstract model, which takes no device memory',
      run: async () => {
        const before = liveBytes();
        const abstractModel = nnx.evalShape(() => new TwoLayerMLP(4, { rngs: new nnx.Rngs(0) }));
        const [graphdef, abstractState] = nnx.split(abstractModel);
        check(liveBytes() === before, `the abstract model allocated ${liveBytes() - before} bytes`);
        const restored = await checkpointer.restore(ckptDir.join('state'), abstractState);
        await jax.testing.assertTreesEqual(state, restored);
        const model2 = nnx.merge(graphdef, restored);
        check(model2.call(x).shape.join() === '3,4', 'the restored model maps [3, 4] to [3, 4]');
        await jax.testing.assertTreesEqual(model.call(x), model2.call(x));
      },
    },
    {
      title: 'pure dictionaries: save one, restore it without a target, which warns',
      run: async () => {
        await checkpointer.save(ckptDir.join('pure_dict'), nnx.toPureDict(state));
        const { result, warnings } = await warningsOf(async () => checkpointer.restore(ckptDir.join('pure_dict')));
        check(
          warnings.some((warning) => /unsafe/i.test(warning)),
          `restoring without a target warns; console.warn got ${JSON.stringify(warnings)}`,
        );
        await jax.testing.assertTreesEqual(nnx.toPureDict(state), result);
        pure = result;
      },
    },
    {
      title: 'structures differ: give the old checkpoint the biases that the new model wants',
      run: async () => {
        pure.linear1.bias = jnp.zeros([4]);
        pure.linear2.bias = jnp.zeros([4]);
        const abstract2 = nnx.evalShape(() => new ModifiedTwoLayerMLP(4, { rngs: new nnx.Rngs(0) }));
        const [graphdef2, abstractState2] = nnx.split(abstract2);
        nnx.replaceByPureDict(abstractState2, pure);
        const model3 = nnx.merge(graphdef2, abstractState2);
        check(model3.call(x).shape.join() === '3,4', 'the repaired model maps [3, 4] to [3, 4]');
        await jax.testing.assertTreesEqual(model.call(x), model3.call(x));
      },
    },
  ];
}
