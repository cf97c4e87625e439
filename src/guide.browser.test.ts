/** Start reading here: Flax's checkpoint guide in TypeScript (its sections are in `testing/guide.ts`), on every store a tab has. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryStore } from '#linnet/store';
import { jax, jnp, nnx, ocp } from './index';
import { readFixtureFiles, readJsonFixture } from './testing/fixtures';
import { decodeBase64 } from './testing/golden';
import { guideSections, ModifiedTwoLayerMLP, TwoLayerMLP } from './testing/guide';

describe.each(['memory:/', 'indexeddb:/', 'opfs:/'])('the guide on the main thread, %s', (root) => {
  beforeAll(async () => {
    await jax.init();
  });
  afterAll(() => jax.dispose());

  for (const { title, run } of guideSections(root)) test(title, run);
});

test('the guide in a worker, opfs:/ through sync access handles', async () => {
  const worker = new Worker(new URL('./testing/guide.worker.ts', import.meta.url), { type: 'module' });
  const titles: string[] = [];
  const error = await new Promise<string | null>((resolve) => {
    worker.onmessage = ({ data }) => {
      if (data.title) titles.push(data.title);
      else resolve(data.error ?? null);
    };
    worker.onerror = (event) => resolve(event.message);
    worker.postMessage('opfs:/');
  });
  worker.terminate();
  expect(error).toBeNull();
  expect(titles).toEqual(guideSections('opfs:/').map(({ title }) => title));
});

interface ExpectedLeaf {
  readonly path: string[];
  readonly data?: string;
}

/** Bytes of every array leaf of a fixture, by its path joined with dots. */
async function expectedLeaves(fixture: string): Promise<Map<string, Uint8Array>> {
  const { items } = await readJsonFixture<{ items: Record<string, { leaves: ExpectedLeaf[] }> }>(`orbax/${fixture}/expected.json`);
  const leaves = Object.values(items).flatMap((item) => item.leaves);
  return new Map(leaves.filter((leaf) => leaf.data !== undefined).map((leaf) => [leaf.path.join('.'), decodeBase64(leaf.data!)]));
}

async function openFixture(fixture: string) {
  const store = memoryStore(fixture);
  for (const [file, bytes] of await readFixtureFiles(`orbax/${fixture}/ckpt`)) await store.write(file, bytes);
  return ocp.path(store);
}

/** Checks that every array of `state` has the bytes that Orbax wrote. */
async function expectSavedBits(state: nnx.State, fixture: string): Promise<void> {
  const expected = await expectedLeaves(fixture);
  const pure: any = nnx.toPureDict(state);
  for (const [path, bytes] of expected) {
    const leaf = path
      .split('.')
      .filter((part) => part !== 'value')
      .reduce((node, part) => node[part], pure);
    expect((await leaf.toHost()).data, path).toEqual(bytes);
  }
}

describe('the guide from files that Orbax wrote', () => {
  beforeAll(async () => {
    await jax.init();
  });
  afterAll(() => jax.dispose());
  const withoutBias = () => nnx.split(nnx.evalShape(() => new TwoLayerMLP(4, { rngs: new nnx.Rngs(0) })));
  const withBias = () => nnx.split(nnx.evalShape(() => new ModifiedTwoLayerMLP(4, { rngs: new nnx.Rngs(0) })));

  test.each(['a_guide_state_new', 'a_guide_state_old'])('%s restores into the abstract model bit for bit', async (fixture) => {
    const [graphdef, abstractState] = withoutBias();
    const restored = await new ocp.StandardCheckpointer().restore(await openFixture(fixture), abstractState);
    await expectSavedBits(restored, fixture);
    expect(nnx.merge(graphdef, restored).call(jnp.ones([3, 4])).shape).toEqual([3, 4]);
  });

  test.each(['b_bias_state_new', 'b_bias_state_old'])('%s restores into the model with biases bit for bit', async (fixture) => {
    const [graphdef, abstractState] = withBias();
    const restored = await new ocp.StandardCheckpointer().restore(await openFixture(fixture), abstractState);
    await expectSavedBits(restored, fixture);
    expect(nnx.merge(graphdef, restored).call(jnp.ones([3, 4])).shape).toEqual([3, 4]);
  });

  test.each(['a_guide_pure_new', 'a_guide_pure_old', 'b_bias_pure_new', 'b_bias_pure_old'])(
    '%s, a pure dictionary, is completed with zero biases and merged',
    async (fixture) => {
      const pure: any = await new ocp.StandardCheckpointer().restore(await openFixture(fixture));
      pure.linear1.bias ??= jnp.zeros([4]);
      pure.linear2.bias ??= jnp.zeros([4]);
      const [graphdef, abstractState] = withBias();
      nnx.replaceByPureDict(abstractState, pure);
      await expectSavedBits(abstractState, fixture);
      expect(nnx.merge(graphdef, abstractState).call(jnp.ones([3, 4])).shape).toEqual([3, 4]);
    },
  );

  test('the weights of a new model are the ones Flax draws', async () => {
    for (const [partitionable, first] of [
      [true, [0.5350889, -0.48486355, -0.4022262, -0.61925626]],
      [false, [-0.80345297, -0.34071913, -0.9408296, 0.01005968]],
    ] as const) {
      jax.config.update('jax_threefry_partitionable', partitionable);
      const model = new TwoLayerMLP(4, { rngs: new nnx.Rngs(0) });
      const kernel = (await model.linear1.kernel.value.data()) as Float32Array;
      // NumPy prints the shortest decimal that reads back as the same float32, cut to eight places.
      const differing = first.filter((printed, i) => kernel[i] !== Math.fround(printed) && Math.abs(kernel[i]! - printed) > 5e-9);
      expect(differing).toEqual([]);
    }
    jax.config.update('jax_threefry_partitionable', true);
  });
});
