import { beforeEach, describe, expect, test } from 'vitest';
import { treeNode } from '#linnet/core';
import {
  currentBackend,
  evalShape,
  grad,
  init,
  jit,
  jnp,
  type KeyArray,
  lax,
  makeProgram,
  type Array as NDArray,
  nn,
  ShapeDtypeStruct,
  tree,
  valueAndGrad,
} from '../index';

beforeEach(() => init({ backend: 'cpu' }));

describe('jit', () => {
  test('traces once per shapes, dtypes, structure and static values', () => {
    let traces = 0;
    const f = jit(
      (x: NDArray, n: number, extra: { y?: NDArray }) => {
        traces++;
        return extra.y ? x.mul(n).add(extra.y) : x.mul(n);
      },
      { staticArgnums: 1 },
    );
    const x = jnp.ones([2]);
    f(x, 2, {});
    f(jnp.zeros([2]), 2, {});
    expect(traces).toBe(1);
    f(jnp.ones([3]), 2, {});
    f(x, 3, {});
    f(x, 2, { y: x });
    f(x.astype('int32'), 2, {});
    expect(traces).toBe(5);
    f(x, 2, {});
    expect([traces, f.cacheSize]).toEqual([5, 5]);
  });

  test('takes and gives trees of any containers', async () => {
    class Pair {
      constructor(
        readonly left: unknown,
        readonly right: unknown,
      ) {}
      [treeNode]() {
        return {
          keys: ['left', 'right'],
          children: [this.left, this.right],
          rebuild: ([l, r]: readonly unknown[]) => new Pair(l, r),
          tag: Pair,
        };
      }
    }
    const f = jit(
      (pair: Pair) =>
        new Pair(
          tree.map((v: NDArray) => v.add(1), pair.right),
          null,
        ),
    );
    const result = f(new Pair(null, new Map([['a', jnp.zeros([1])]])));
    expect(result).toBeInstanceOf(Pair);
    expect(await (result.left as Map<string, NDArray>).get('a')!.toArray()).toEqual([1]);
    expect(result.right).toBeNull();
  });

  test('numbers are arguments that may change without tracing again', async () => {
    let traces = 0;
    const f = jit((x: NDArray, lr: any) => {
      traces++;
      return x.mul(lr);
    });
    expect(await f(jnp.ones([1]), 0.5).toArray()).toEqual([0.5]);
    expect(await f(jnp.ones([1]), 2).toArray()).toEqual([2]);
    expect(traces).toBe(1);
  });

  test('values from outside are read when the function runs', async () => {
    const w = jnp.array([1, 2]);
    const f = jit((x: NDArray) => x.mul(w));
    expect(await f(jnp.array([3, 3])).toArray()).toEqual([3, 6]);
    w.dispose();
    expect(() => f(jnp.array([3, 3]))).toThrow(/disposed/);
  });

  test('inside jit, and under other transformations, it is traced along', async () => {
    const inner = jit((x: NDArray) => jnp.sin(x).sum());
    expect(await jit((x: NDArray) => inner(x).mul(2))(jnp.zeros([2])).item()).toBe(0);
    expect(await grad(inner)(jnp.zeros([2])).toArray()).toEqual([1, 1]);
  });

  test('gives back memory: nothing stays but the results', () => {
    const f = jit((x: NDArray) => jnp.exp(x).mul(2).sum());
    using x = jnp.ones([100]);
    f(x).dispose();
    const { liveBuffers } = currentBackend().stats();
    for (let i = 0; i < 100; i++) f(x).dispose();
    expect(currentBackend().stats().liveBuffers).toBe(liveBuffers);
  });

  test('outputs that are inputs or numbers are arrays of their own', async () => {
    const f = jit((x: NDArray) => [x, x, 3, jnp.zeros([2])]);
    const x = jnp.ones([2]);
    const [a, b, three, zeros] = f(x) as NDArray[];
    x.dispose();
    a!.dispose();
    expect(await b!.toArray()).toEqual([1, 1]);
    expect(await three!.item()).toBe(3);
    expect(await zeros!.toArray()).toEqual([0, 0]);
  });

  test('compile warms a signature, explain describes it', async () => {
    let traces = 0;
    const f = jit((x: NDArray) => {
      traces++;
      return nn.relu(x.matmul(x));
    });
    await f.compile(jnp.ones([2, 2]));
    f(jnp.ones([2, 2]));
    expect(traces).toBe(1);
    expect(f.explain(jnp.ones([2, 2]))).toMatchObject({ schedule: 'interpreter', dispatches: 3 });
  });

  test('takes typed arrays and host arrays', async () => {
    const f = jit((x: any, y: any) => x.add(y));
    const host = await jnp.array([1, 2], 'int32').toHost();
    expect(await f(Int32Array.of(3, 4), host).toArray()).toEqual([4, 6]);
  });

  test('refuses what is not an array', () => {
    const f = jit((x: any) => x);
    expect(() => f({ a: { b: 'text' } })).toThrow(/Argument 0 of a jitted function, leaf a\.b.*string/);
    expect(() => jit(() => 'text')()).toThrow(/result of a jitted function.*string/);
    expect(() => jit(async (x: NDArray) => x)(jnp.ones([1]))).toThrow(/Promise/);
  });

  test('tracers have no elements and do not outlive their call', async () => {
    let kept: NDArray | undefined;
    let read: Promise<unknown> | undefined;
    jit((x: NDArray) => {
      kept = x;
      read = x.data();
      return x;
    })(jnp.ones([1]));
    await expect(read).rejects.toMatchObject({ kind: 'TraceError' });
    expect(() => kept!.add(1)).toThrow(/is over/);
    expect(() => jit((x: NDArray) => (x.gt(0).valueOf() ? x : x))(jnp.ones([1]))).toThrow(/used as a JS number/);
  });
});

describe('donation', () => {
  test('donated arrays are disposed, the others are not', async () => {
    const step = jit((p: { w: NDArray }, g: NDArray) => ({ w: p.w.sub(g) }), { donateArgnums: [0] });
    const p = { w: jnp.array([1, 2]) };
    const g = jnp.array([0.5, 0.5]);
    const next = step(p, g);
    expect(await next.w.toArray()).toEqual([0.5, 1.5]);
    expect(() => p.w.add(1)).toThrow(/donated/);
    expect(await g.toArray()).toEqual([0.5, 0.5]);
  });

  test('what somebody else holds keeps its bytes through 100 steps', async () => {
    const step = jit((w: NDArray) => w.mul(0.5).add(1), { donateArgnums: 0 });
    let w: any = jnp.array([1, 2, 3]);
    const kept = w.share();
    const other = jnp.array([7]);
    for (let i = 0; i < 100; i++) w = step(w);
    expect(await kept.toArray()).toEqual([1, 2, 3]);
    expect(await other.toArray()).toEqual([7]);
    kept.dispose();
    other.dispose();
    w.dispose();
    expect(currentBackend().stats().liveBytes).toBe(0);
  });

  test('an array given twice, donated once, is whole while the program runs', async () => {
    const f = jit((a: NDArray, b: NDArray) => a.add(1).mul(b), { donateArgnums: 0 });
    const x = jnp.array([2, 3]);
    expect(await f(x, x).toArray()).toEqual([6, 12]);
    expect(() => x.add(1)).toThrow(/disposed/);
    expect(currentBackend().stats().liveBuffers).toBe(1);
  });
});

describe('evalShape', () => {
  test('tells shapes without a backend computing anything', () => {
    const before = currentBackend().stats();
    const f = (p: { w: NDArray }, x: NDArray) => ({ y: x.matmul(p.w).add(jnp.array([1, 2, 3])), loss: x.sum(), name: 'kept' });
    const result = evalShape(f, { w: new ShapeDtypeStruct([4, 3], 'float32') }, new ShapeDtypeStruct([2, 4], 'float32'));
    expect(result.y).toMatchObject({ shape: [2, 3], dtype: 'float32' });
    expect(result.loss.shape).toEqual([]);
    expect(result.name).toBe('kept');
    expect(currentBackend().stats()).toEqual(before);
  });
  test('knows typed keys', () => {
    const result = evalShape((key: NDArray) => [key, (key as KeyArray).words], new ShapeDtypeStruct([3], 'key<fry>'));
    expect(result.map(String)).toEqual(['ShapeDtypeStruct(key<fry>[3])', 'ShapeDtypeStruct(uint32[3, 2])']);
  });
});

describe('programs', () => {
  test('are printed and simplified', () => {
    const f = (x: NDArray, w: NDArray) => {
      const y = x.mul(1).add(0).sub(0).reshape(2, 2).reshape(2, 2).transpose(0, 1);
      const unused = jnp.exp(y);
      return [y.matmul(w).add(y.matmul(w)), unused.shape.length];
    };
    expect(String(makeProgram(f)(jnp.ones([2, 2]), jnp.ones([2, 2])))).toBe(
      [
        '{ (a:float32[2, 2], b:float32[2, 2]) =>',
        '  c:float32[2, 2] = add(a, 0:float32[])',
        '  d:float32[2, 2] = dotGeneral{contracting: [[1], [0]], batch: [[], []]}(c, b)',
        '  e:float32[2, 2] = add(d, d)',
        '  (e, 2:float32[]*) }',
      ].join('\n'),
    );
  });
  test('of loops do not stack what nobody reads', async () => {
    const f = (xs: NDArray) => lax.scan((c: NDArray, x: NDArray) => [c.add(x), { a: jnp.exp(x), b: c }], jnp.zeros([]), xs)[1].b;
    const text = String(makeProgram(f)(jnp.ones([3])));
    expect(text).not.toContain('exp');
    expect(await jit(f)(jnp.ones([3])).toArray()).toEqual([0, 1, 2]);
  });
  test('keep a zero’s sign and NaN: nothing is folded that could change a bit', async () => {
    const f = jit((x: NDArray) => [x.add(0), x.mul(0), x.sub(x), x.div(x)]);
    const results = f(jnp.array([-0, Number.NaN])) as NDArray[];
    expect(await Promise.all(results.map((r) => r.toArray()))).toEqual([
      [0, Number.NaN],
      [-0, Number.NaN],
      [0, Number.NaN],
      [Number.NaN, Number.NaN],
    ]);
  });
});

test('a training step runs the same eagerly and jitted, and learns', async () => {
  const x = jnp.linspace(-1, 1, 32).reshape(32, 1);
  const y = jnp.sin(x.mul(3));
  const init0 = () => ({
    w1: jnp.linspace(-2, 2, 16).reshape(1, 16),
    b1: jnp.linspace(-1, 1, 16),
    w2: jnp.linspace(0.5, -0.5, 16).reshape(16, 1),
  });
  type P = ReturnType<typeof init0>;
  const loss = (p: P) => jnp.square(jnp.tanh(x.matmul(p.w1).add(p.b1)).matmul(p.w2).sub(y)).mean();
  const step = (p: P, m: P, v: P, t: any): [P, P, P, NDArray] => {
    const [value, g] = valueAndGrad(loss)(p);
    const m2 = tree.map<P>((a: NDArray, b: NDArray) => a.mul(0.9).add(b.mul(0.1)), m, g);
    const v2 = tree.map<P>((a: NDArray, b: NDArray) => a.mul(0.999).add(b.mul(b).mul(0.001)), v, g);
    const [c1, c2] = [jnp.subtract(1, jnp.power(0.9, t)), jnp.subtract(1, jnp.power(0.999, t))];
    const p2 = tree.map<P>(
      (a: NDArray, b: NDArray, c: NDArray) =>
        a.sub(
          b
            .div(c1)
            .mul(0.05)
            .div(jnp.sqrt(c.div(c2)).add(1e-8)),
        ),
      p,
      m2,
      v2,
    );
    return [p2, m2, v2, value];
  };
  const zeros = (p: P): P => tree.map((a: NDArray) => jnp.zerosLike(a), p);
  const losses = async (f: typeof step) => {
    let state: [P, P, P] = [init0(), zeros(init0()), zeros(init0())];
    const values: number[] = [];
    for (let t = 1; t <= 60; t++) {
      const [p, m, v, value] = f(...state, t);
      state = [p, m, v];
      values.push((await value.item()) as number);
    }
    return values;
  };
  const jitted = await losses(jit(step, { donateArgnums: [0, 1, 2] }) as typeof step);
  expect(jitted).toEqual(await losses(step));
  expect(jitted.at(-1)).toBeLessThan(jitted[0]! / 3);
});
