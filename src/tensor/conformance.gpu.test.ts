import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostArray } from '#linnet/core';
import { openWebGpu, type WatchedBackend } from '../testing/device';
import { drawNumbers, OPERATIONS } from '../testing/operations';
import { type RandomProgram, randomProgram, worstDifference } from '../testing/programs';
import { interpret } from './cpu';
import {
  type Aval,
  decodeElements,
  grad,
  type HostConstant,
  jnp,
  lax,
  type Array as NDArray,
  nn,
  primitiveOps as ops,
  toHostArray,
  traceProgram,
  vjp,
  vmap,
} from './index';
import { createWebGpuBackend } from './jit/webgpuBackend';

let gpu: WatchedBackend;
beforeAll(async () => {
  gpu = await openWebGpu(createWebGpuBackend);
});
afterAll(() => {
  expect(gpu.complaints).toEqual([]);
  gpu.backend.dispose();
});

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
type Fun = (...xs: NDArray[]) => NDArray | readonly NDArray[];

/** Results of one traced program on the GPU and on the CPU reference; `donated` inputs may be overwritten on the GPU. */
async function onBoth(f: Fun, inputs: readonly HostArray[], donated = false): Promise<{ gpu: HostArray; cpu: HostArray }[]> {
  const avals = inputs.map(({ shape, dtype }): Aval => ({ shape, dtype: dtype as Aval['dtype'], weakType: false }));
  const { program, constants } = traceProgram((xs) => [f(...xs)].flat() as NDArray[], avals);
  const all = [...constants.map((constant) => (constant as HostConstant).host), ...inputs];
  const expected = interpret(program, all);
  const { backend } = gpu;
  const executable = backend.compile(program);
  const buffers = all.map((input) => backend.fromHost(input));
  const outputs = executable.run(buffers, { donate: buffers.map(() => donated) });
  await executable.ready;
  const found = await Promise.all(outputs.map((output) => backend.toHost(output)));
  for (const buffer of [...(donated ? [] : buffers), ...outputs]) buffer.release();
  return found.map((host, i) => ({ gpu: host, cpu: expected[i]! }));
}

async function expectSame(f: Fun, inputs: readonly HostArray[], tolerance: number, donated = false): Promise<void> {
  for (const [i, result] of (await onBoth(f, inputs, donated)).entries()) {
    expect([result.gpu.shape, result.gpu.dtype], `output ${i}`).toEqual([result.cpu.shape, result.cpu.dtype]);
    expect(worstDifference(decodeElements(result.gpu), decodeElements(result.cpu)), `output ${i}`).toBeLessThanOrEqual(tolerance);
  }
}

const float32 = (shape: readonly number[], values: readonly number[]): HostArray =>
  toHostArray(Float32Array.from(values), shape, 'float32');

describe('the GPU agrees with the CPU reference', { timeout: 60_000 }, () => {
  test.each(OPERATIONS)('on $name and its gradient', async ({ f, shapes, range = [-1.5, 1.5] }) => {
    const inputs = shapes.map((shape, i) => float32(shape, drawNumbers(sizeOf(shape), range, i + 1)));
    await expectSame(f, inputs, 5e-6);
    await expectSame((...xs) => vjp((...ys: NDArray[]) => jnp.sin(f(...ys)), ...xs)[1](jnp.ones(f(...xs).shape)), inputs, 2e-5);
  });

  test('on a gradient that compares and shifts much in one kernel', async () => {
    const loss = (x: NDArray, scale: NDArray): NDArray => {
      const kept = jnp.clip(jnp.where(x.ne(0), x, scale), -16, 16);
      const falling = jnp.clip(jnp.cummin(kept, 1), -16, 16);
      return nn
        .softmax(jnp.clip(kept, -3, 3))
        .mul(kept.cumsum(1))
        .add(jnp.square(falling))
        .sum();
    };
    const inputs = [float32([3, 33, 3], drawNumbers(297, [-4, 4], 1)), float32([3], [1, 2, 3])];
    await expectSame((x, scale) => vmap(grad(loss))(x!, scale!) as NDArray, inputs, 2e-5);
  });

  test('on random programs and their gradients', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(randomProgram({ withEmpty: true, smooth: true }), async ({ inputs, run, loss }) => {
        await expectSame(run, inputs, 2e-5);
        await expectSame((...xs) => grad(loss, { argnums: xs.map((_, i) => i) })(...xs), inputs, 2e-4);
      }),
      { numRuns: 20, seed: 11, interruptAfterTimeLimit: 200_000 },
    );
  });
});

/**
 * A program with a result of the shape of each input, beside its own: computed from that input, or (every other one) only from the
 * others, so that it may take memory that the rest still reads.
 */
function updating({ run, inputs }: RandomProgram): Fun {
  return (...xs) => {
    const results = run(...xs);
    const sums = results.filter((result) => result.size > 0).map((result) => jnp.mean(result));
    const total = sums.reduce((a, b) => a.add(b), jnp.zeros([])).mul(0.1);
    const replaced = xs.map((x, i) => {
      const { shape } = inputs[i]!;
      const moved = i % 2 === sums.length % 2 ? x.mul(0.9).add(total) : jnp.broadcastTo(total, shape);
      const like = [...results, ...xs].find((y, j) => j !== results.length + i && String(y.shape) === String(shape));
      const rows = results
        .filter((y) => y.ndim === shape.length + 1)
        .map((y) => [y.mean(0), y.mean(-1)].find((m) => String(m.shape) === String(shape)));
      const reduced = rows.find((row) => row !== undefined);
      return [like, reduced].reduce<NDArray>((sum, y) => (y ? sum.add(y.mul(0.25)) : sum), moved);
    });
    return [...replaced, ...results];
  };
}

describe('inputs that may be overwritten', { timeout: 300_000 }, () => {
  test('in random programs with several results, and in their gradients', async () => {
    await fc.assert(
      fc.asyncProperty(randomProgram({ smooth: true }), async (program) => {
        await expectSame(updating(program), program.inputs, 5e-5, true);
        const all = program.inputs.map((_, i) => i);
        const descended: Fun = (...xs) => (grad(program.loss, { argnums: all })(...xs) as NDArray[]).map((g, i) => xs[i]!.sub(g.mul(0.1)));
        await expectSame(descended, program.inputs, 2e-4, true);
      }),
      { numRuns: 60, seed: 5, interruptAfterTimeLimit: 200_000 },
    );
  });

  const normalized = (x: NDArray, stats: NDArray, bias: NDArray, axis: number): NDArray[] => {
    const mean = x.mean({ axis, keepdims: true });
    const centered = x.sub(mean);
    const scale = jnp.sqrt(jnp.square(centered).mean({ axis, keepdims: true }).add(1e-3));
    const spread = (v: NDArray): NDArray => v.reshape(mean.shape);
    const moved = stats.mul(0.9).add(mean.reshape(stats.shape).mul(0.1));
    // Every row value overwrites an input that the whole domain reads after it.
    return [centered.div(scale).add(spread(bias)).mul(spread(stats)), moved, bias.add(scale.reshape(bias.shape)), x.mul(spread(stats))];
  };
  /** The statistics only: they take the place of values that the normalised rows need after them. */
  const statistics = (x: NDArray, scale: NDArray, bias: NDArray, axis: number): NDArray[] => {
    const mean = x.mean({ axis, keepdims: true });
    const spread = jnp.sqrt(jnp.square(x.sub(mean)).mean({ axis, keepdims: true }).add(1e-3));
    const along = (v: NDArray): NDArray => v.reshape(mean.shape);
    return [x.sub(mean).div(spread).mul(along(scale)).add(along(bias)), mean.reshape(bias.shape), spread.reshape(bias.shape)];
  };
  test.each([
    [4, 3, 0],
    [3, 4, 1],
    [50, 40, 0],
    [40, 50, 1],
    [5, 1, 0],
    [1, 5, 0],
  ])('in normalised rows, [%d, %d] along axis %d', async (rows, columns, axis) => {
    const values = [axis === 0 ? columns : rows];
    const arrays = [[rows, columns], values, values].map((shape, i) => float32(shape, drawNumbers(sizeOf(shape), [-1.5, 1.5], i + 1)));
    for (const f of [normalized, statistics]) await expectSame((x, stats, bias) => f(x!, stats!, bias!, axis), arrays, 5e-6, true);
  });

  test('in the epilogue of a matrix product, and by a loop', async () => {
    const arrays = [[6, 6], [6, 6], [6], [6, 6]].map((shape, i) => float32(shape, drawNumbers(sizeOf(shape), [-1, 1], i + 1)));
    await expectSame(
      (x, w, b, v) => {
        const y = jnp.matmul(x!, w!).add(b!);
        return [v!.mul(0.5).add(y), y.add(v!), w!.sub(y.mul(0.1)), b!.add(y.mean(0)), x!.add(y.mean())];
      },
      arrays,
      5e-6,
      true,
    );
    await expectSame(
      (x, w, b) => {
        const [[z, s], rows] = lax.scan(
          ([c, d]: [NDArray, NDArray], row: NDArray): [[NDArray, NDArray], NDArray] => {
            const y = jnp.matmul(c, w!).mul(0.2).add(d);
            return [[jnp.tanh(y.sub(y.mean({ axis: 0, keepdims: true }))), d.mul(0.5).add(y.mean(0)).add(row)], y.mean(1).add(d)];
          },
          [x!, b!] as [NDArray, NDArray],
          w!,
        ) as unknown as [[NDArray, NDArray], NDArray];
        return [z, s, rows];
      },
      arrays,
      5e-6,
      true,
    );
  });
});

/** Numbers at which implementations like to differ. */
const EDGES = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e-30,
  -1e-30,
  1e30,
  -1e30,
  88,
  -88,
  104,
  -104,
  3e9,
  -3e9,
  2147483648,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const INTEGERS = [0, 1, -1, 2, 3, -7, 31, 32, 65536, 2147483647, -2147483648];
const pairs = (values: readonly number[]): [number[], number[]] => [
  values.flatMap((x) => values.map(() => x)),
  values.flatMap(() => [...values]),
];

describe('at NaN, infinities, zeros and overflow', { timeout: 60_000 }, () => {
  const unary = [
    'neg',
    'abs',
    'sign',
    'floor',
    'ceil',
    'round',
    'trunc',
    'exp',
    'expm1',
    'log',
    'log1p',
    'sqrt',
    'tanh',
    'sinh',
    'cosh',
    'asinh',
    'atan',
    'logistic',
    'erf',
    'erfc',
    'isFinite',
  ];
  test.each(unary)('%s', async (name) => {
    await expectSame((x) => ops.apply(name, [x!]), [float32([EDGES.length], EDGES)], 1e-6);
  });
  const binary = ['add', 'sub', 'mul', 'div', 'max', 'min', 'pow', 'atan2', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'];
  test.each(binary)('%s', async (name) => {
    const [a, b] = pairs(EDGES);
    await expectSame((x, y) => ops.apply(name, [x!, y!]), [float32([a.length], a), float32([b.length], b)], 2e-6);
  });
  test('casts', async () => {
    for (const dtype of ['int32', 'uint32', 'bool'] as const)
      await expectSame((x) => x!.astype(dtype), [float32([EDGES.length], EDGES)], 0);
    const bits = toHostArray(Int32Array.from(INTEGERS), [INTEGERS.length], 'int32');
    for (const dtype of ['float32', 'uint32', 'bool'] as const) await expectSame((x) => x!.astype(dtype), [bits], 0);
    await expectSame((x) => ops.apply('bitcast', [x!], { dtype: 'float32' }), [bits], 0);
  });
  test.each(['int32', 'uint32'] as const)('%s arithmetic', async (dtype) => {
    const [a, b] = pairs(INTEGERS);
    const make = (values: number[]): HostArray =>
      toHostArray(dtype === 'int32' ? Int32Array.from(values) : Uint32Array.from(values), [values.length], dtype);
    const names = [
      'add',
      'sub',
      'mul',
      'div',
      'rem',
      'max',
      'min',
      'and',
      'or',
      'xor',
      'shiftLeft',
      'shiftRightLogical',
      'shiftRightArithmetic',
      'lt',
      'eq',
    ];
    await expectSame((x, y) => names.map((name) => ops.apply(name, [x!, y!])), [make(a), make(b)], 0);
    await expectSame(
      (x) => [ops.neg(x!), ops.sign(x!), ops.not(x!), x!.pow(3), x!.sum(), x!.max(), x!.min(), x!.cumsum(), x!.sort(), x!.argmin()],
      [make(a)],
      0,
    );
  });
  test('reductions, order and choice', async () => {
    const x = float32([4, 6], [...EDGES.slice(0, 22), 5, 5]);
    await expectSame(
      (v) => [
        v!.max(1),
        v!.min(0),
        v!.argmax(1),
        v!.argmin(0),
        v!.sort(1),
        v!.argsort(0),
        jnp.isnan(v!).any(0),
        v!.gt(0).all(1),
        jnp.cummax(v!, 1),
      ],
      [x],
      0,
    );
    await expectSame(
      (v) => [nn.relu(v!), jnp.where(v!.gt(0), v!, 0), jnp.clip(v!, -1, 1), jnp.nanToNum(v!), nn.softplus(v!), nn.logSigmoid(v!)],
      [x],
      1e-6,
    );
  });
  test('axes of length zero, and scalars', async () => {
    const none = float32([0, 3], []);
    await expectSame(
      (v) => [
        v!.sum(0),
        v!.sum(1),
        v!.prod(),
        v!.max(1),
        v!.add(1),
        v!.T,
        jnp.concatenate([v!, jnp.ones([2, 3])]),
        v!.matmul(jnp.ones([3, 2])),
        v!.T.matmul(v!),
      ],
      [none],
      0,
    );
    await expectSame((v) => [v!.add(1), v!.sum(), v!.reshape(1, 1), jnp.exp(v!), v!.gt(0)], [float32([], [2])], 1e-6);
  });
});
