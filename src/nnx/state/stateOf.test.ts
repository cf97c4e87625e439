import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { init, type Array as JaxArray, jnp } from '#linnet/tensor';
import * as nnx from '../index';

beforeAll(() => init({ backend: 'cpu' }));

class Net extends nnx.Module {
  encoder: nnx.Linear;
  blocks: nnx.Linear[];
  scale: JaxArray;
  width = 2;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.encoder = new nnx.Linear(2, 2, { rngs });
    this.blocks = [new nnx.Linear(2, 2, { rngs, useBias: false })];
    this.scale = jnp.ones([]);
  }
  call(x: JaxArray): JaxArray {
    return this.blocks[0]!.call(this.encoder.call(x)).mul(this.scale);
  }
}

test('a State knows the names and types of the module it is of', () => {
  const model = new Net({ rngs: new nnx.Rngs(0) });
  const state = nnx.state(model);
  const [graphdef, taken] = nnx.split(model);
  expectTypeOf(state.encoder.kernel).toEqualTypeOf<nnx.Param>();
  expectTypeOf(taken.encoder.kernel.value).toEqualTypeOf<JaxArray>();
  expectTypeOf(state.scale).toEqualTypeOf<JaxArray>();
  expectTypeOf(state.blocks[0]!.kernel).toEqualTypeOf<nnx.Param>();
  expect([state.encoder.kernel.shape, taken.blocks[0]!.kernel.shape, state.scale.shape]).toEqual([[2, 2], [2, 2], []]);
  // @ts-expect-error the model has no decoder
  expect(state.decoder).toBeUndefined();
  // @ts-expect-error a plain value is no data
  expect(state.width).toBeUndefined();

  // What is typed is a State to every function, and merging gives the module's own type.
  expectTypeOf(nnx.merge(graphdef, taken)).toEqualTypeOf<Net>();
  const pure = nnx.toPureDict(state);
  nnx.replaceByPureDict(taken, pure);
  expect(nnx.merge(graphdef, taken).encoder).toBeInstanceOf(nnx.Linear);
});

test('where the type of the module says nothing, children are of any type', () => {
  const model: nnx.Module = new Net({ rngs: new nnx.Rngs(0) });
  expectTypeOf(nnx.state(model)).toEqualTypeOf<nnx.State>();
  expectTypeOf(nnx.state(model as any)).toEqualTypeOf<nnx.State>();
  const generic = <M extends nnx.Module>(some: M): nnx.State => nnx.state(some);
  expect(generic(model).scale.shape).toEqual([]);
  const [, params, rest] = nnx.split(new Net({ rngs: new nnx.Rngs(0) }), nnx.Param, '...');
  expectTypeOf(params).toEqualTypeOf<nnx.State>();
  expect([params.encoder.kernel.shape, rest.keys()]).toEqual([[2, 2], ['scale']]);
});

test('as many States as filters, and gradients by what is differentiated', async () => {
  const model = new Net({ rngs: new nnx.Rngs(0) });
  expectTypeOf(nnx.split(model, nnx.Param, '...')).toEqualTypeOf<[nnx.GraphDef<Net>, nnx.State, nnx.State]>();
  expectTypeOf(nnx.state(model, nnx.Param, '...')).toEqualTypeOf<[nnx.State, nnx.State]>();
  expectTypeOf(nnx.splitState(nnx.state(model), nnx.Param, nnx.BatchStat, true)).toEqualTypeOf<[nnx.State, nnx.State, nnx.State]>();
  expectTypeOf(nnx.state(model).split()).toEqualTypeOf<[nnx.State]>();
  const [kernels, biases] = nnx.state(model).filter(nnx.PathContains('kernel'), nnx.PathContains('bias'));
  expect([kernels.keys(), biases.keys()]).toEqual([['blocks', 'encoder'], ['encoder']]);
  // @ts-expect-error two filters give two States
  const [, , none] = nnx.state(model, nnx.Param, '...');
  expect(none).toBeUndefined();

  const loss = (m: Net, x: JaxArray): JaxArray => jnp.sum(m.call(x));
  const [value, grads] = nnx.valueAndGrad(loss)(model, jnp.ones([1, 2]));
  expectTypeOf(value).toEqualTypeOf<JaxArray>();
  expectTypeOf(grads).toEqualTypeOf<nnx.State>();
  const slope = nnx.grad(loss, { argnums: 1 })(model, jnp.ones([1, 2]));
  expectTypeOf(slope).toEqualTypeOf<JaxArray>();
  const [slopes, aux] = nnx.grad((m: Net, x: JaxArray) => [loss(m, x), x] as const, { hasAux: true })(model, jnp.ones([1, 2]));
  expectTypeOf(slopes).toEqualTypeOf<nnx.State>();
  expectTypeOf(aux).toEqualTypeOf<JaxArray>();
  expect([slope.shape, slopes.encoder.bias.shape, aux.shape]).toEqual([[1, 2], [2], [1, 2]]);
  // @ts-expect-error the function takes a module and an array
  expect(() => nnx.grad(loss)(model)).toThrow();
});
