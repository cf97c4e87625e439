import { beforeAll, describe, expect, test } from 'vitest';
import {
  grad,
  hessian,
  init,
  jacfwd,
  jacobian,
  jacrev,
  jit,
  jnp,
  jvp,
  KeyArray,
  lax,
  type Array as NDArray,
  nn,
  primitiveOps as ops,
  stopGradient,
  valueAndGrad,
  vjp,
  vmap,
} from '../index';

beforeAll(() => init({ backend: 'cpu' }));

const f32 = (values: any): NDArray => jnp.array(values);
const cube = (x: NDArray): NDArray => x.mul(x).mul(x);
const rounded = async (x: NDArray): Promise<unknown> =>
  JSON.parse(JSON.stringify(await x.toArray(), (_, v) => (typeof v === 'number' ? Math.round(v * 1e4) / 1e4 : v)));

describe('grad', () => {
  test('of trees, by several arguments, with aux', async () => {
    const f = (p: { w: NDArray; b: NDArray[] }, x: NDArray) => [p.w.mul(x).sum().add(p.b[0]!), { hidden: p.w.mul(2), x }] as const;
    const [[value, aux], [gp, gx]] = valueAndGrad(f, { argnums: [0, -1], hasAux: true })({ w: f32([1, 2]), b: [f32(3)] }, f32([4, 5]));
    expect(await value.item()).toBe(17);
    expect(await aux.hidden.toArray()).toEqual([2, 4]);
    expect(await gp.w.toArray()).toEqual([4, 5]);
    expect(await gp.b[0].item()).toBe(1);
    expect(await gx.toArray()).toEqual([1, 2]);
    const [g, again] = grad(f, { hasAux: true })({ w: f32([1, 2]), b: [f32(3)] }, f32([4, 5]));
    expect(await g.w.toArray()).toEqual([4, 5]);
    expect(await again.x.toArray()).toEqual([4, 5]);
  });

  test('of grad of grad, under jit and vmap in any nesting', async () => {
    const third = grad(grad(grad(cube)));
    expect(await third(f32(5)).item()).toBe(6);
    expect(await jit(grad(jit(grad(cube))))(f32(5)).item()).toBe(30);
    expect(await vmap(grad(grad(cube)))(f32([1, 2])).toArray()).toEqual([6, 12]);
    expect(await grad((x: NDArray) => vmap(grad(cube))(x).sum())(f32([1, 2])).toArray()).toEqual([6, 12]);
  });

  test('does not confuse the levels of nested transformations', async () => {
    // d/dx [x * d/dy (x + y) at y = 1] = 1, not 2.
    const f = (x: NDArray) => x.mul(grad((y: NDArray) => x.add(y))(f32(1)));
    expect(await grad(f)(f32(3)).item()).toBe(1);
    const [, tangent] = jvp((x: NDArray) => x.mul(jvp((y: NDArray) => x.add(y), [f32(1)], [f32(1)])[1]), [f32(3)], [f32(1)]);
    expect(await tangent.item()).toBe(1);
  });

  test('of what does not matter is zero, and numbers are fine as arguments', async () => {
    const g = grad((p: { a: NDArray; b: NDArray }) => p.a.sum())({ a: f32([1]), b: f32([2, 3]) });
    expect(await g.b.toArray()).toEqual([0, 0]);
    expect(await grad((x: NDArray) => x.mul(x))(3).item()).toBe(6);
    expect(await grad((_x: NDArray) => jnp.array(1))(3).item()).toBe(0);
  });

  test('stops where told', async () => {
    expect(await grad((x: NDArray) => stopGradient(x).mul(x))(f32(3)).item()).toBe(3);
    expect(await grad((x: NDArray) => stopGradient({ y: x }).y.mul(2).add(x))(f32(3)).item()).toBe(1);
    expect(await grad((x: NDArray) => x.mul(x.gt(0).astype('float32')))(f32(3)).item()).toBe(1);
  });

  test('at kinks takes JAX’s side', async () => {
    const at = (f: (x: NDArray) => NDArray) => grad(f)(f32(0)).item();
    expect(await at((x) => nn.relu(x))).toBe(0);
    expect(await at((x) => jnp.abs(x))).toBe(1);
    expect(await at((x) => jnp.maximum(x, 0))).toBe(0.5);
    expect(await at((x) => nn.leakyRelu(x))).toBe(1);
    expect(await at((x) => nn.relu6(x))).toBe(0);
    expect(await at((x) => x.pow(2))).toBe(0);
    expect(await grad((x: NDArray) => x.max())(f32([1, 3, 3])).toArray()).toEqual([0, 0.5, 0.5]);
    expect(await grad((x: NDArray) => jnp.pow(x, f32(0)))(f32(0)).item()).toBe(0);
  });

  test('stays finite where the branch not taken overflows', async () => {
    expect(await grad((x: NDArray) => nn.elu(x))(f32(1000)).item()).toBe(1);
    expect(await grad((x: NDArray) => nn.softplus(x))(f32(1000)).item()).toBe(1);
    expect(await grad((x: NDArray) => nn.logsumexp(x))(f32([1000, -1000])).toArray()).toEqual([1, 0]);
    expect(await grad((x: NDArray) => nn.logSigmoid(x))(f32(-1000)).item()).toBe(1);
  });

  test('refuses what has none, and says what to do', () => {
    expect(() => grad((x: NDArray) => x)(f32([1, 2]))).toThrow(/one floating scalar.*\[2\]/);
    expect(() => grad((x: NDArray) => x.sum())(jnp.array([1], 'int32'))).toThrow(/int32.*Cast it/);
    expect(() => grad((x: NDArray) => x.sum(), { argnums: 2 })(f32([1]))).toThrow(/argument 2.*called with 1/);
    expect(() => grad((x: NDArray) => x.sum(), { hasAux: true })(f32([1]))).toThrow(/\[loss, aux\]/);
    expect(() =>
      grad((x: NDArray) =>
        lax.whileLoop(
          (y: NDArray) => y.lt(9),
          (y: NDArray) => y.mul(2),
          x,
        ),
      )(f32(1)),
    ).toThrow(/whileLoop/);
  });
});

describe('vjp, jvp', () => {
  test('pull and push along any direction', async () => {
    const f = (x: NDArray, y: NDArray) => ({ product: x.mul(y), sum: x.sum() });
    const [output, backward] = vjp(f, f32([1, 2]), f32([3, 4]));
    expect(await output.product.toArray()).toEqual([3, 8]);
    const [dx, dy] = backward({ product: f32([1, 10]), sum: f32(100) });
    expect([await dx.toArray(), await dy.toArray()]).toEqual([
      [103, 140],
      [1, 20],
    ]);
    expect(() => backward({ product: f32([1]), sum: f32(1) })).toThrow(/\[1\].*\[2\]/);
    const [, tangents] = jvp(f, [f32([1, 2]), f32([3, 4])], [f32([1, 0]), f32([0, 1])]);
    expect([await tangents.product.toArray(), await tangents.sum.item()]).toEqual([[3, 2], 1]);
    expect(() => jvp(f, [f32([1]), f32([1])], [f32([1])])).toThrow(/pairs/);
  });
  test('whileLoop has a forward derivative', async () => {
    const f = (x: NDArray) =>
      lax.whileLoop(
        (y: NDArray) => y.lt(9),
        (y: NDArray) => y.mul(x),
        x,
      );
    const [value, tangent] = jvp(f, [f32(2)], [f32(1)]);
    expect([await value.item(), await tangent.item()]).toEqual([16, 32]);
  });
});

describe('jacobian and hessian', () => {
  const f = (x: NDArray) => jnp.stack([x.get(0).mul(x.get(1)), jnp.sin(x.get(2)), x.sum()]);
  test('agree in both modes', async () => {
    const x = f32([1, 2, 3]);
    const expected = [
      [2, 1, 0],
      [0, 0, Math.round(Math.cos(3) * 1e4) / 1e4],
      [1, 1, 1],
    ];
    for (const jac of [jacobian, jacrev, jacfwd]) expect(await rounded(jac(f)(x))).toEqual(expected);
    expect(await rounded(jit(jacobian(f))(x))).toEqual(expected);
  });
  test('have the shape output then input', () => {
    const g = (x: NDArray) => x.matmul(jnp.ones([3, 4]));
    expect(jacrev(g)(jnp.ones([2, 3])).shape).toEqual([2, 4, 2, 3]);
    expect(jacfwd(g)(jnp.ones([2, 3])).shape).toEqual([2, 4, 2, 3]);
  });
  test('of trees are trees', async () => {
    const h = (p: { a: NDArray; b: NDArray }) => p.a.mul(p.a).mul(p.b).sum();
    const result = hessian(h)({ a: f32(2), b: f32(5) });
    expect([await result.a.a.item(), await result.a.b.item(), await result.b.a.item(), await result.b.b.item()]).toEqual([10, 4, 4, 0]);
    expect(await rounded(hessian((x: NDArray) => x.pow(3).sum())(f32([1, 2])))).toEqual([
      [6, 0],
      [0, 12],
    ]);
  });
});

describe('control flow', () => {
  test('scan carries, stacks, walks backwards, and takes trees and keys', async () => {
    const [last, all] = lax.scan((c: NDArray, x: { v: NDArray }) => [c.add(x.v), { c }], f32(0), { v: f32([1, 2, 3]) });
    expect([await last.item(), await all.c.toArray()]).toEqual([6, [0, 1, 3]]);
    const [, reversed] = lax.scan((c: NDArray, x: NDArray) => [c.add(x), c], f32(0), f32([1, 2, 3]), { reverse: true });
    expect(await reversed.toArray()).toEqual([5, 3, 0]);
    const keys = new KeyArray(jnp.arange(4, { dtype: 'uint32' }).reshape(2, 2));
    const [, words] = lax.scan((c: NDArray, key: KeyArray) => [c, key.words.sum()], f32(0), keys);
    expect(await words.toArray()).toEqual([1, 5]);
    const [count] = lax.scan((c: NDArray) => [c.add(1), null], jnp.array(0, 'int32'), null, { length: 5 });
    expect(await count.item()).toBe(5);
    expect(await lax.scan((c: NDArray, x: NDArray) => [c, x], f32(1), jnp.zeros([0, 2]))[1].toArray()).toEqual([]);
  });
  test('a carry that changes its form is refused', () => {
    expect(() => lax.scan((c: NDArray) => [c.astype('int32'), null], f32(1), null, { length: 2 })).toThrow(
      /float32\[\] at first and int32\[\] after/,
    );
    expect(() => lax.scan((c: NDArray) => c, f32(1), null, { length: 2 })).toThrow(/\[carry, y\]/);
    expect(() => lax.scan((c: NDArray) => [c, c], f32(1), null)).toThrow(/length/);
    expect(() =>
      lax.cond(
        true,
        () => f32(1),
        () => f32([1]),
      ),
    ).toThrow(/float32\[\] when true, float32\[1\] when false/);
  });
  test('cond runs one branch, and uses values from outside', async () => {
    const outside = f32(10);
    const f = jit((x: NDArray) =>
      lax.cond(
        x.gt(0),
        (y: NDArray) => y.mul(outside),
        () => jnp.sin(outside),
        x,
      ),
    );
    expect(await f(f32(2)).item()).toBe(20);
    expect(await f(f32(-2)).item()).toBeCloseTo(Math.sin(10), 6);
    expect(await grad((x: NDArray) => f(x))(f32(2)).item()).toBe(10);
    expect(
      await grad((w: NDArray) =>
        lax.cond(
          w.lt(0),
          () => w,
          () => w.mul(w),
        ),
      )(f32(4)).item(),
    ).toBe(8);
  });
  test('switch chooses among branches, clamps, and differentiates the one taken', async () => {
    const branches = [(x: NDArray) => x.mul(2), (x: NDArray) => x.mul(x), (x: NDArray) => jnp.sin(x)];
    const f = jit((i: NDArray, x: NDArray) => lax.switch(i, branches, x));
    const at = (i: number): NDArray => jnp.array(i, 'int32');
    for (const [i, value, slope] of [
      [-5, 6, 2],
      [0, 6, 2],
      [1, 9, 6],
      [2, Math.sin(3), Math.cos(3)],
      [9, Math.sin(3), Math.cos(3)],
    ] as const) {
      expect(await f(at(i), f32(3)).item()).toBeCloseTo(value, 5);
      expect(await grad((x: NDArray) => f(at(i), x))(f32(3)).item()).toBeCloseTo(slope, 5);
    }
    const each = vmap((i: NDArray) => lax.switch(i, branches, f32(3)))(jnp.array([1, 0], 'int32')) as NDArray;
    expect(await each.toArray()).toEqual([9, 6]);
    expect(() => lax.switch(f32(1), branches, f32(1))).toThrow(/integer scalar/);
  });
  test('foriLoop counts with numbers and with arrays', async () => {
    const body = (i: NDArray, x: NDArray) => x.add(i);
    expect(await lax.foriLoop(2, 5, body, jnp.array(0, 'int32')).item()).toBe(9);
    expect(await lax.foriLoop(jnp.array(2, 'int32'), jnp.array(5, 'int32'), body, jnp.array(0, 'int32')).item()).toBe(9);
  });
  test('a jitted training loop by scan gives what a loop gives', async () => {
    const step = (w: NDArray, x: NDArray) => w.sub(grad((v: NDArray) => jnp.square(v.mul(x).sub(1)).sum())(w).mul(0.1));
    const xs = f32([
      [1, 2],
      [0.5, 1],
      [2, 1],
    ]);
    const [scanned] = jit((w: NDArray) => lax.scan((c: NDArray, x: NDArray) => [step(c, x), null], w, xs))(f32([0.3, 0.4]));
    let w = f32([0.3, 0.4]);
    for (let i = 0; i < 3; i++) w = step(w, xs.get(i));
    expect(await scanned.toArray()).toEqual(await w.toArray());
  });
});

test('erfInv undoes erf, and has its derivative', async () => {
  const x = f32([-0.9, -0.3, 0, 0.5, 0.99]);
  const back = ops.apply('erf', [ops.apply('erfInv', [x])]);
  const [found, given] = [await back.data(), await x.data()];
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(given[i]!, 6);
  });
  const slope = grad((v: NDArray) => ops.apply('erfInv', [v]))(f32(0));
  expect(await slope.item()).toBeCloseTo(Math.sqrt(Math.PI) / 2, 6);
  expect(await ops.apply('erfInv', [f32([1, -1])]).toArray()).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
});

describe('updates that combine', () => {
  const gradients = (combine: 'mul' | 'max', x: number[], at: number[], u: number[]) =>
    grad(
      (operand: NDArray, updates: NDArray) => {
        const params = { axis: 0, batchDims: 0, combine };
        return ops.scatter(operand, jnp.array(at, 'int32'), updates, params).sum();
      },
      { argnums: [0, 1] },
    )(f32(x), f32(u)).map((g: NDArray) => g.toArray());

  test('multiply: each is worth the rest, also where something is 0', async () => {
    expect(await Promise.all(gradients('mul', [2, 5], [0, 0], [0, 3]))).toEqual([
      [0, 1],
      [6, 0],
    ]);
    expect(await Promise.all(gradients('mul', [2, 5], [0, 0], [0, 0]))).toEqual([
      [0, 1],
      [0, 0],
    ]);
    expect(await Promise.all(gradients('mul', [0, 5], [0, 9], [4, 3]))).toEqual([
      [4, 1],
      [0, 0],
    ]);
  });

  test('keep an extremum: all that reach it share the gradient', async () => {
    expect(await Promise.all(gradients('max', [1, 2, 7], [0, 0, 1, 9], [4, 4, 2, 5]))).toEqual([
      [0, 0.5, 1],
      [0.5, 0.5, 0.5, 0],
    ]);
  });
});
