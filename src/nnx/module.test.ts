import { beforeAll, expect, test } from 'vitest';
import { init, type Array as JaxArray, jnp } from '#linnet/tensor';
import * as nnx from './index';

beforeAll(() => init({ backend: 'cpu' }));

class Net extends nnx.Module {
  linear: nnx.Linear;
  drop: nnx.Dropout;
  hidden?: nnx.Perturbation;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(2, 3, { rngs });
    this.drop = new nnx.Dropout(0.5, { rngs });
  }
  call(x: JaxArray): JaxArray {
    return this.perturb('hidden', this.linear.call(x)).mul(2);
  }
}

test('perturb gives the gradient of an activation', async () => {
  const model = new Net({ rngs: new nnx.Rngs(0) });
  const x = jnp.ones([1, 2]);
  model.call(x);
  const grads = nnx.grad((m: Net) => jnp.sum(m.call(x)), { wrt: nnx.Perturbation })(model);
  expect(await grads.hidden.value.toArray()).toEqual([[2, 2, 2]]);
  expect(() => model.perturb('linear', x)).toThrow(/attribute of that name/);
});

test('reseed starts streams again', async () => {
  const model = new Net({ rngs: new nnx.Rngs({ params: 0, dropout: 1 }) });
  model.drop.call(jnp.ones([4]));
  nnx.reseed(model, { dropout: 9 });
  const stream = model.drop.rngs as nnx.RngStream;
  expect(await stream.count.value.item()).toBe(0);
  expect(await (stream.key.value as any).words.toArray()).toEqual([0, 9]);
});

test('masks combine', async () => {
  const causal = nnx.makeCausalMask(jnp.ones([1, 3]));
  const padding = nnx.makeAttentionMask(jnp.ones([1, 3]), jnp.array([[1, 1, 0]]));
  expect(await nnx.combineMasks(causal, undefined, padding)!.toArray()).toEqual([
    [
      [
        [1, 0, 0],
        [1, 1, 0],
        [1, 1, 0],
      ],
    ],
  ]);
  expect(nnx.combineMasks(undefined)).toBeUndefined();
});

test('asPure strips Variables', () => {
  const state = nnx.state(new nnx.Linear(1, 1, { rngs: new nnx.Rngs(0) }));
  const pure = nnx.asPure({ grads: state, list: [state.bias] }) as any;
  expect(pure.grads.bias.shape).toEqual([1]);
  expect(pure.list[0]).toBe(state.bias!.value);
});

test('List and Dict are nodes', () => {
  const rngs = new nnx.Rngs(0);
  const make = () => new nnx.Linear(1, 1, { rngs, useBias: false });
  const list = new nnx.List([make(), make()]);
  const dict = new nnx.Dict({ b: make(), a: list });
  const paths = nnx.toFlatState(nnx.state(dict)).paths.map((path) => path.join('/'));
  expect(paths).toEqual(['a/0/kernel', 'a/1/kernel', 'b/kernel']);
  const copy = nnx.clone(dict);
  expect(copy.a).toBeInstanceOf(nnx.List);
  expect(copy.a.map((layer: nnx.Linear) => layer.inFeatures)).toEqual([1, 1]);
});
