import { beforeAll, describe, expect, test } from 'vitest';
import { drawNumbers, OPERATIONS } from '../../testing/operations';
import { worstDifference } from '../../testing/programs';
import { allPrimitives, grad, init, jit, jnp, jvp, lax, type Array as NDArray, primitiveOps as ops, vmap } from '../index';

beforeAll(() => init({ backend: 'cpu' }));

const SIZE = 3;
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** An array with the batch at `axis` (null: one for all), and its examples. */
function makeBatch(
  shape: readonly number[],
  axis: number | null,
  range: readonly [number, number],
  seed: number,
): { batch: NDArray; examples: NDArray[] } {
  const one = (i: number): NDArray => jnp.array(Float32Array.from(drawNumbers(sizeOf(shape), range, seed + i))).reshape(shape);
  const examples = Array.from({ length: SIZE }, (_, i) => (axis === null ? one(0) : one(i)));
  return { batch: axis === null ? examples[0]! : jnp.stack(examples, axis), examples };
}

describe('every operation on batches does what a loop does', () => {
  test.each(OPERATIONS)('$name', async ({ f, shapes, range = [-1.5, 1.5] }) => {
    const patterns = [
      shapes.map(() => 0),
      shapes.map((shape) => shape.length),
      ...(shapes.length > 1
        ? [shapes.map((_, i) => (i === 0 ? 0 : null)), shapes.map((_, i) => (i === shapes.length - 1 ? 0 : null))]
        : []),
    ];
    for (const inAxes of patterns) {
      const made = shapes.map((shape, i) => makeBatch(shape, inAxes[i]!, range, 10 * i + 1));
      const batched = vmap(f, { inAxes })(...made.map(({ batch }) => batch)) as NDArray;
      const loop = jnp.stack(Array.from({ length: SIZE }, (_, i) => f(...made.map(({ examples }) => examples[i]!))));
      expect(batched.shape).toEqual(loop.shape);
      expect(worstDifference(await batched.data(), await loop.data())).toBeLessThan(1e-5);
    }
  });

  test('and every primitive has a batching rule', () => {
    const without = allPrimitives().filter(({ name, batch }) => batch === undefined && name !== 'iota');
    expect(without.map(({ name }) => name)).toEqual([]);
  });
});

describe('vmap', () => {
  const x = () => jnp.arange(12, { dtype: 'float32' }).reshape(3, 4);

  test('maps trees, keeps null axes, and puts the batch where asked', async () => {
    const f = (tree: { a: NDArray; b: NDArray }, scale: NDArray) => ({ sum: tree.a.add(tree.b).mul(scale) });
    const result = vmap(f, { inAxes: [{ a: 0, b: 1 }, null], outAxes: 1 })({ a: x(), b: x().T }, 2);
    expect(result.sum.shape).toEqual([4, 3]);
    expect(await result.sum.T.toArray()).toEqual([
      [0, 4, 8, 12],
      [16, 20, 24, 28],
      [32, 36, 40, 44],
    ]);
  });

  test('nests, and goes with grad and jit in any order', async () => {
    const f = (a: NDArray) => jnp.sin(a).sum();
    const expected = await jnp.cos(x()).data();
    for (const g of [vmap(grad(f)), jit(vmap(grad(f))), vmap(jit(grad(f))), vmap(vmap(grad((a: NDArray) => jnp.sin(a))))]) {
      expect(worstDifference(await g(x()).data(), expected)).toBeLessThan(1e-6);
    }
    const total = grad((a: NDArray) => vmap(f)(a).sum());
    expect(worstDifference(await total(x()).data(), expected)).toBeLessThan(1e-6);
    const [, tangent] = jvp(vmap(f), [x()], [jnp.onesLike(x())]);
    expect(worstDifference(await tangent.data(), await jnp.cos(x()).sum(1).data())).toBeLessThan(1e-6);
  });

  test('of cond with a predicate for each example, and of whileLoop with as many steps as each needs', async () => {
    const v = jnp.array([-2, 0.5, 3]);
    const branch = (a: NDArray) =>
      lax.cond(
        a.gt(0),
        (b: NDArray) => b.mul(10),
        (b: NDArray) => b.neg(),
        a,
      );
    expect(await vmap(branch)(v).toArray()).toEqual([2, 5, 30]);
    const double = (a: NDArray) =>
      lax.whileLoop(
        (b: NDArray) => b.lt(4),
        (b: NDArray) => b.mul(2),
        a,
      );
    expect(await vmap(double)(jnp.array([1, 3, 5])).toArray()).toEqual([4, 6, 5]);
  });

  test('of indices: gather, scatter, argmax, sort with values', async () => {
    const rows = jnp.array([
      [3, 1, 2],
      [0, 5, 4],
    ]);
    const index = jnp.array(
      [
        [2, 0],
        [1, 1],
      ],
      'int32',
    );
    expect(await vmap((r: NDArray, i: NDArray) => jnp.take(r, i))(rows, index).toArray()).toEqual([
      [2, 3],
      [5, 5],
    ]);
    expect(await vmap((i: NDArray) => jnp.take(rows, i, 1))(index).toArray()).toEqual([
      [
        [2, 3],
        [4, 0],
      ],
      [
        [1, 1],
        [5, 5],
      ],
    ]);
    expect(await vmap((r: NDArray, i: NDArray) => r.at(i).add(1))(rows, index).toArray()).toEqual([
      [4, 1, 3],
      [0, 7, 4],
    ]);
    expect(await vmap((r: NDArray) => r.argmax())(rows).toArray()).toEqual([0, 1]);
    expect(await vmap((r: NDArray) => ops.sort([r, ops.iota([3], 0, 'int32')], 0)[1]!)(rows).toArray()).toEqual([
      [1, 2, 0],
      [0, 2, 1],
    ]);
  });

  test('refuses axes of different lengths, nothing to map, and a null outAxes for what differs', () => {
    expect(() => vmap((a: NDArray, b: NDArray) => a.sum().add(b.sum()))(x(), jnp.ones([2]))).toThrow(/different lengths: 3 and 2/);
    expect(() => vmap((a: NDArray) => a, { inAxes: null })(x())).toThrow(/nothing to map over/);
    expect(() => vmap((a: NDArray) => a, { outAxes: null })(x())).toThrow(/differs between examples/);
  });
});

test('scalars of all examples, and one for each, go with any shape', async () => {
  const x = jnp
    .array([
      [5, -3, 7],
      [-8, 2, -1],
    ])
    .astype('int32');
  const divisor = jnp.array([3, -3]).astype('int32');
  expect(await (vmap((row: NDArray) => row.mod(4))(x) as NDArray).toArray()).toEqual([
    [1, 1, 3],
    [0, 2, 3],
  ]);
  expect(await (vmap((row: NDArray, by: NDArray) => row.mod(by))(x, divisor) as NDArray).toArray()).toEqual([
    [2, 0, 1],
    [-2, -1, -1],
  ]);
  const either = vmap((row: NDArray, by: NDArray) => ops.add(row, by))(x, divisor) as NDArray;
  expect(await either.toArray()).toEqual([
    [8, 0, 10],
    [-11, -1, -4],
  ]);
});
