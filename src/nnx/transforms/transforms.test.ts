import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as optax from '#linnet/optim';
import {
  currentBackend,
  type DeviceArray,
  init,
  type Array as JaxArray,
  jnp,
  nn,
  grad as plainGrad,
  jit as plainJit,
  vmap as plainVmap,
  ShapeDtypeStruct,
} from '#linnet/tensor';
import { expectNear } from '../../testing/closeness';
import * as nnx from '../index';
import { peek } from '../variable';

/** 'webgpu' when `transforms.gpu.test.ts` runs these tests on the GPU. */
const { linnetTestBackend = 'cpu' } = globalThis as { linnetTestBackend?: 'cpu' | 'webgpu' };

beforeAll(() => init({ backend: linnetTestBackend }));

class Net extends nnx.Module {
  linear1: nnx.Linear;
  norm: nnx.BatchNorm;
  drop: nnx.Dropout;
  linear2: nnx.Linear;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear1 = new nnx.Linear(3, 4, { rngs });
    this.norm = new nnx.BatchNorm(4, { rngs });
    this.drop = new nnx.Dropout(0.5, { rngs });
    this.linear2 = new nnx.Linear(4, 2, { rngs });
  }
  call(x: JaxArray): JaxArray {
    return this.linear2.call(this.drop.call(nn.relu(this.norm.call(this.linear1.call(x)))));
  }
}

const make = (): Net => new Net({ rngs: new nnx.Rngs(0) });
const input = (): JaxArray => jnp.sin(jnp.arange(12).astype('float32').mul(2.3)).reshape([4, 3]);
const loss = (model: Net, x: JaxArray): JaxArray => jnp.mean(jnp.square(model.call(x)));

async function numbersOf(tree: nnx.State): Promise<Record<string, number[]>> {
  const entries: [string, number[]][] = [];
  for (const [path, leaf] of nnx.toFlatState(tree)) entries.push([path.join('/'), [...(await (leaf as nnx.Variable).value.data())]]);
  return Object.fromEntries(entries);
}

describe('jit', () => {
  test('gives what the plain call gives, side effects included', async () => {
    const [plain, compiled] = [make(), make()];
    const call = nnx.jit((model: Net, x: JaxArray) => model.call(x));
    for (let i = 0; i < 3; i++) {
      const expected = await plain.call(input()).data();
      expectNear(await call(compiled, input()).data(), expected, 'output');
    }
    const [found, expected] = [await numbersOf(nnx.state(compiled)), await numbersOf(nnx.state(plain))];
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [path, values] of Object.entries(expected)) expectNear(found[path]!, values, path);
    expect(await compiled.drop.rngs!.count.value.item()).toBe(3);
    expect(call.cacheSize).toBe(1);
  });

  test('keeps what was read, and reuses memory that nobody holds', async () => {
    const model = make();
    const optimizer = new nnx.Optimizer(model, optax.adam(0.1), { wrt: nnx.Param });
    const step = nnx.jit((m: Net, o: nnx.Optimizer, x: JaxArray) => {
      const [value, grads] = nnx.valueAndGrad((trained: Net) => loss(trained, x))(m);
      o.update(m, grads);
      return value;
    });
    const x = input();
    const before = nnx.state(model);
    const kept = await numbersOf(before);
    for (let i = 0; i < 3; i++) step(model, optimizer, x).dispose();
    expect(await numbersOf(before)).toEqual(kept);

    const kernel = peek(model.linear1.kernel) as DeviceArray;
    step(model, optimizer, x).dispose();
    expect(kernel.disposed).toBe(true);
    const read = model.linear1.kernel.value as DeviceArray;
    const values = await read.toArray();
    const live = currentBackend().stats().liveBuffers;
    for (let i = 0; i < 5; i++) step(model, optimizer, x).dispose();
    expect(await read.toArray()).toEqual(values);
    // Five more steps take one buffer: the kernel that was read and is kept.
    expect(currentBackend().stats().liveBuffers - live).toBe(1);
  });

  test('leaves of a module that do not change stay the caller’s', async () => {
    const model = make();
    model.eval();
    const call = nnx.jit((m: Net, x: JaxArray) => m.call(x));
    const kernel = peek(model.linear1.kernel);
    for (let i = 0; i < 3; i++) await call(model, input()).data();
    expect(peek(model.linear1.kernel)).toBe(kernel);
  });

  test('another mode is another program', () => {
    const model = make();
    const call = nnx.jit((m: Net, x: JaxArray) => m.call(x));
    call(model, input());
    model.eval();
    call(model, input());
    model.train();
    call(model, input());
    expect(call.cacheSize).toBe(2);
  });

  test('changes of structure reach the caller', async () => {
    class Grows extends nnx.Module {
      [name: string]: any;
      w = new nnx.Param(jnp.ones([2]));
    }
    const model = new Grows();
    const grow = nnx.jit((m: Grows) => {
      m.extra = new nnx.Param(m.w.value.mul(2));
      m.again = m.w;
      m.sow(nnx.Intermediate, 'seen', m.w.value);
      return m.extra;
    });
    const returned = grow(model);
    expect(await model.extra.value.toArray()).toEqual([2, 2]);
    expect(returned).toBe(model.extra);
    expect(model.again).toBe(model.w);
    expect(await model.seen.value[0].toArray()).toEqual([1, 1]);
    for (const name of ['extra', 'again', 'seen']) delete model[name];
    grow(model);
    expect(await model.extra.value.toArray()).toEqual([2, 2]);
    expect(grow.cacheSize).toBe(1);
  });

  test('sharing between arguments is kept', async () => {
    const model = make();
    const same = nnx.jit((a: Net, b: { inner: Net }) => {
      expect(a).toBe(b.inner);
      a.linear1.bias!.value = a.linear1.bias!.value.add(1);
      return b.inner.linear1.bias!.value;
    });
    expect(await same(model, { inner: model }).toArray()).toEqual([1, 1, 1, 1]);
    expect(await model.linear1.bias!.value.toArray()).toEqual([1, 1, 1, 1]);
  });

  test('static arguments choose the program', async () => {
    const scaled = nnx.jit((m: Net, mode: string, x: JaxArray) => (mode === 'twice' ? m.linear1.call(x).mul(2) : m.linear1.call(x)), {
      staticArgnums: 1,
    });
    const model = make();
    const once = await scaled(model, 'once', input()).data();
    expect([...(await scaled(model, 'twice', input()).data())]).toEqual([...once].map((v) => v * 2));
    expect(scaled.cacheSize).toBe(2);
  });

  test('writing a captured Variable is an error that says so', () => {
    const outside = make();
    const wrong = nnx.jit((x: JaxArray) => {
      outside.linear1.bias!.value = x;
      return x;
    });
    expect(() => wrong(jnp.ones([4]))).toThrow(expect.objectContaining({ kind: 'TraceError' }));
    expect(() => wrong(jnp.ones([4]))).toThrow(/nnx\.jit was about to write a Param.*captured.*argument/);
  });

  test('writing a captured Variable under transforms of arrays is one, too, and the model stays usable', async () => {
    const model = make();
    const before = await model.call(input()).shape;
    const write = (x: JaxArray): JaxArray => {
      model.linear1.bias!.value = x;
      return jnp.sum(x);
    };
    const attempts = { jit: plainJit(write), grad: plainGrad(write), vmap: plainVmap(write) };
    for (const [name, attempt] of Object.entries(attempts)) {
      expect(() => attempt(jnp.ones([4])), name).toThrow(/^jax\.\w+ was about to write a Param.*captured.*nnx\.jit/);
    }
    // Batch statistics and counters are writes, too.
    expect(() => plainJit((x: JaxArray) => model.call(x))(input())).toThrow(/about to write a BatchStat/);
    expect(model.call(input()).shape).toEqual(before);
    // What is made inside may be written there, and reading what is outside is fine.
    const inside = plainJit((x: JaxArray) => make().call(x).add(jnp.sum(model.linear1.kernel.value)));
    expect(inside(input()).shape).toEqual(before);
  });

  test('abstract leaves are all named', () => {
    const model = nnx.evalShape(make);
    const call = nnx.jit((m: Net, x: JaxArray) => m.call(x));
    expect(() => call(model, input())).toThrow(/linear1\.kernel.*linear2\.kernel/);
  });
});

describe('grad', () => {
  test('is a State of Params, and keeps side effects', async () => {
    const model = make();
    const mean = await model.norm.mean.value.toArray();
    const grads = nnx.grad(loss)(model, input());
    expect(grads).toBeInstanceOf(nnx.State);
    expect(nnx.toFlatState(grads).paths.map((path) => path.join('/'))).toEqual([
      'linear1/bias',
      'linear1/kernel',
      'linear2/bias',
      'linear2/kernel',
      'norm/bias',
      'norm/scale',
    ]);
    expect(grads.linear1.kernel).toBeInstanceOf(nnx.Param);
    expect(await model.norm.mean.value.toArray()).not.toEqual(mean);
    expect(await model.drop.rngs!.count.value.item()).toBe(1);
  });

  test('wrt, DiffState, several arguments, aux', async () => {
    const model = make();
    model.eval();
    const x = input();
    const only = nnx.grad(loss, { wrt: nnx.PathContains('linear2') })(model, x);
    const names = (state: nnx.State): string[] => nnx.toFlatState(state).paths.map((path) => path.join('/'));
    expect(names(only)).toEqual(['linear2/bias', 'linear2/kernel']);
    const [first, second] = nnx.grad(loss, { argnums: [new nnx.DiffState(0, nnx.PathContains('bias')), 1] })(model, x);
    expect(names(first)).toEqual(['linear1/bias', 'linear2/bias', 'norm/bias']);
    expect(second.shape).toEqual([4, 3]);
    const [[value, aux], grads] = nnx.valueAndGrad((m: Net, y: JaxArray) => [loss(m, y), { doubled: y.mul(2) }], { hasAux: true })(
      model,
      x,
    );
    expect(await aux.doubled.toArray()).toEqual(await x.mul(2).toArray());
    expect(await value.item()).toBeCloseTo((await loss(model, x).item()) as number, 6);
    expect(names(grads)).toHaveLength(6);
    expect(() => nnx.grad(loss, { argnums: 2 })(model, x)).toThrow(/argument 2.*called with 2/);
    expect(() => nnx.grad(loss, { hasAux: true })(model, x)).toThrow(/\[loss, aux\]/);
  });

  test('writing a captured Variable is an error', () => {
    const [model, other] = [make(), make()];
    const wrong = (m: Net): JaxArray => {
      other.linear1.bias!.value = m.linear1.bias!.value;
      return loss(m, input());
    };
    expect(() => nnx.grad(wrong)(model)).toThrow(/nnx\.grad was about to write a Param/);
  });
});

describe('evalShape', () => {
  test('makes an abstract model without device memory', () => {
    const before = currentBackend().stats();
    const model = nnx.evalShape(make);
    const after = currentBackend().stats();
    expect([after.liveBytes, after.dispatches, after.buffersCreated]).toEqual([before.liveBytes, before.dispatches, before.buffersCreated]);
    expect(model).toBeInstanceOf(Net);
    expect(model.linear1.kernel.value).toBeInstanceOf(ShapeDtypeStruct);
    expect(model.linear1.kernel.shape).toEqual([3, 4]);
    expect(model.drop.rngs!.key.dtype).toBe('key<fry>');
    expect(nnx.graphdef(model).equals(nnx.graphdef(make()))).toBe(true);
  });

  test('also shapes of results', () => {
    const y = nnx.evalShape((m: Net, x: JaxArray) => m.call(x), nnx.evalShape(make), input());
    expect([y.shape, y.dtype]).toEqual([[4, 2], 'float32']);
  });

  test('a merged abstract model names what is abstract at first use', () => {
    const [graphdef, state] = nnx.split(nnx.evalShape(make));
    state.linear2.set('bias', jnp.zeros([2]));
    const model = nnx.merge(graphdef, state);
    expect(() => model.linear1.call(input())).toThrow(/linear1\.bias, linear1\.kernel, linear2\.kernel, norm\.bias/);
    nnx.update(model, nnx.state(make()));
    expect(model.call(input()).shape).toEqual([4, 2]);
  });
});

describe('vmap', () => {
  class Small extends nnx.Module {
    linear: nnx.Linear;
    out: nnx.Linear;
    constructor({ rngs }: { rngs: nnx.Rngs }) {
      super();
      this.linear = new nnx.Linear(3, 5, { rngs });
      this.out = new nnx.Linear(5, 1, { rngs });
    }
    call(x: JaxArray): JaxArray {
      return this.out.call(jnp.tanh(this.linear.call(x)));
    }
  }

  test('trains sixteen seeds at once as each would alone', async () => {
    const seeds = 16;
    const create = nnx.splitRngs({ splits: seeds })(nnx.vmap((rngs: nnx.Rngs) => new Small({ rngs })));
    const stacked = create(new nnx.Rngs(0)) as Small;
    const kernels = (await stacked.linear.kernel.value.toArray()) as number[][][];
    expect(new Set(kernels.map((kernel) => kernel[0]![0])).size).toBe(seeds);
    expect(stacked.linear.kernel.shape).toEqual([seeds, 3, 5]);
    const optimizer = nnx.vmap((m: Small) => new nnx.Optimizer(m, optax.adam(0.05), { wrt: nnx.Param }))(stacked);
    const x = input();
    const train = (m: Small, o: nnx.Optimizer, inputs: JaxArray): JaxArray => {
      const [value, grads] = nnx.valueAndGrad((t: Small) => jnp.mean(jnp.square(t.call(inputs).sub(1))))(m);
      o.update(m, grads);
      return value;
    };
    const step = nnx.jit(nnx.vmap(train, { inAxes: [0, 0, null] }));
    const alone = [0, 7, 15].map((seed) => {
      const graphdef = nnx.graphdef(new Small({ rngs: new nnx.Rngs(0) }));
      const model = nnx.merge(
        graphdef,
        nnx.mapState((_path, leaf) => leaf.replace(leaf.value.get(seed)), nnx.state(stacked)),
      );
      return { seed, model, optimizer: new nnx.Optimizer(model, optax.adam(0.05), { wrt: nnx.Param }) };
    });
    for (let i = 0; i < 4; i++) {
      const losses = await step(stacked, optimizer, x).data();
      for (const { seed, model, optimizer: own } of alone) {
        expectNear([losses[seed]!], [(await train(model, own, x).item()) as number], `loss of seed ${seed}`);
      }
    }
  });

  test('splitRngs gives each example its own numbers and puts the stream back', async () => {
    const drop = new nnx.Dropout(0.5, { rngs: new nnx.Rngs(0) });
    const each = nnx.splitRngs({ splits: 2 })(nnx.vmap((layer: nnx.Dropout, x: JaxArray) => layer.call(x), { inAxes: [0, null] }));
    const [first, second] = await each(drop, jnp.ones([16])).toArray();
    expect(first).not.toEqual(second);
    expect(drop.rngs!.count.shape).toEqual([]);
    expect(await drop.rngs!.count.value.item()).toBe(1);
  });

  test('StateAxes choose what is mapped', () => {
    const shared = new Small({ rngs: new nnx.Rngs(0) });
    shared.linear.kernel.value = jnp.stack([shared.linear.kernel.value, shared.linear.kernel.value]);
    const axes = new nnx.StateAxes([
      [nnx.PathIn(['linear', 'kernel']), 0],
      ['...', null],
    ]);
    const y = nnx.vmap((m: Small, x: JaxArray) => m.call(x), { inAxes: [axes, null] })(shared, input());
    expect(y.shape).toEqual([2, 4, 1]);
  });
});

describe('scan', () => {
  const train = (m: Net, o: nnx.Optimizer, x: JaxArray): JaxArray => {
    const [value, grads] = nnx.valueAndGrad((t: Net) => loss(t, x))(m);
    o.update(m, grads);
    return value;
  };
  let one: { model: Net; optimizer: nnx.Optimizer };
  let two: { model: Net; optimizer: nnx.Optimizer };
  beforeEach(() => {
    const both = [make(), make()].map((model) => ({ model, optimizer: new nnx.Optimizer(model, optax.adam(0.05), { wrt: nnx.Param }) }));
    [one, two] = both as [typeof one, typeof two];
  });

  test('trains K steps in one program, in place', async () => {
    const x = input();
    const single = nnx.jit(train);
    const many = nnx.jit(nnx.scan((m: Net, o: nnx.Optimizer) => train(m, o, x), { length: 5 }));
    const losses: number[] = [];
    for (let i = 0; i < 10; i++) losses.push((await single(one.model, one.optimizer, x).item()) as number);
    const scanned = [...(await many(two.model, two.optimizer).data()), ...(await many(two.model, two.optimizer).data())];
    for (const [i, value] of scanned.entries()) expect(value).toBeCloseTo(losses[i]!, 5);
    expect(await two.optimizer.step.value.item()).toBe(10);
    expect(await two.model.drop.rngs!.count.value.item()).toBe(10);
  });

  test('walks over batches, and over the layers of a stack', async () => {
    const batches = jnp.stack([input(), input().mul(2), input().mul(3)]);
    const losses = nnx.scan(train)(one.model, one.optimizer, batches);
    expect(losses.shape).toEqual([3]);
    const layers = nnx.vmap((rngs: nnx.Rngs) => new nnx.Linear(3, 3, { rngs }))(new nnx.Rngs(1).split(4));
    const forward = nnx.scan((h: JaxArray, layer: nnx.Linear) => [layer.call(h), null], { inAxes: [nnx.Carry, 0] });
    const [y] = forward(input(), layers);
    let expected = input();
    for (let i = 0; i < 4; i++) expected = expected.matmul(layers.kernel.value.get(i)).add(layers.bias.value.get(i));
    const [a, b] = [await y.data(), await expected.data()];
    for (const [i, value] of [...a].entries()) expect(value).toBeCloseTo(b[i]!, 5);
  });

  test('a step that changes the structure is refused', () => {
    const wrong = (m: Net): JaxArray => {
      m.linear1.bias = null;
      return m.linear1.kernel.value.sum();
    };
    expect(() => nnx.scan(wrong, { length: 2 })(one.model)).toThrow(/changes the structure/);
  });
});
