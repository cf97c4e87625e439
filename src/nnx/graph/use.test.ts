import { beforeAll, expect, test } from 'vitest';
import * as optax from '#linnet/optim';
import { init, type Array as JaxArray, jnp } from '#linnet/tensor';
import * as nnx from '../index';

/** 'webgpu' when `use.gpu.test.ts` runs these tests on the GPU. */
const { linnetTestBackend = 'cpu' } = globalThis as { linnetTestBackend?: 'cpu' | 'webgpu' };

beforeAll(() => init({ backend: linnetTestBackend }));

class Net extends nnx.Module {
  linear1: nnx.Linear;
  blocks: nnx.Linear[];
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear1 = new nnx.Linear(2, 2, { rngs });
    this.blocks = [new nnx.Linear(2, 1, { rngs })];
  }
  call(x: JaxArray): JaxArray {
    return this.blocks[0]!.call(this.linear1.call(x));
  }
}

const make = (): Net => new Net({ rngs: new nnx.Rngs(0) });
const x = (): JaxArray => jnp.ones([1, 2]);
const loss = (model: Net): JaxArray => jnp.sum(model.call(x()));
const disposed = (...names: string[]) => expect.objectContaining({ kind: 'DisposedError', details: { disposed: names } });

test('use after dispose names each parameter by its path in the model, and what to do', () => {
  const model = make();
  const state = nnx.state(make());
  model.linear1.kernel.value.dispose();
  model.blocks[0]!.bias!.value.dispose();
  const both = disposed('blocks.0.bias', 'linear1.kernel');
  expect(() => model.call(x())).toThrow(both);
  expect(() => nnx.jit(loss)(model)).toThrow(both);
  expect(() => nnx.grad(loss)(model)).toThrow(both);
  expect(() => model.call(x())).toThrow(/blocks\.0\.bias, linear1\.kernel, whose memory was given back.*nnx\.update/);

  // Alone a layer knows no more than its own attributes; a copy that was merged is a model of its own.
  expect(() => new Net({ rngs: new nnx.Rngs(1) }).call(x())).not.toThrow();
  const merged = nnx.merge(...nnx.split(make()));
  merged.blocks[0]!.kernel.value.dispose();
  expect(() => merged.call(x())).toThrow(disposed('blocks.0.kernel'));

  nnx.update(model, state);
  expect(model.call(x()).shape).toEqual([1, 1]);
});

test('with several models the argument is named, too', () => {
  const [model, teacher] = [make(), make()];
  teacher.linear1.bias!.value.dispose();
  const distance = nnx.jit((a: Net, b: Net) => jnp.mean(a.call(x()).sub(b.call(x()))));
  expect(() => distance(model, teacher)).toThrow(disposed('1.linear1.bias'));
  const optimizer = new nnx.Optimizer(model, optax.adam(0.1), { wrt: nnx.Param });
  const grads = nnx.grad(loss)(model);
  model.linear1.bias!.value.dispose();
  expect(() => optimizer.update(model, grads)).toThrow(disposed('linear1.bias'));
});

test('an abstract model that was never merged names its leaves, too', () => {
  const model = nnx.evalShape(make);
  expect(() => model.call(x())).toThrow(/without values: blocks\.0\.bias, blocks\.0\.kernel, linear1\.bias, linear1\.kernel\./);
});
