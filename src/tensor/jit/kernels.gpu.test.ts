import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostArray } from '#linnet/core';
import { openWebGpu, type WatchedBackend } from '../../testing/device';
import type { NDArray } from '../array';
import type { Aval } from '../aval';
import { decodeElements } from '../elements';
import { interpret } from '../interpret';
import '../primitives/unary';
import '../primitives/binary';
import '../primitives/select';
import '../primitives/views';
import '../primitives/concatenate';
import '../primitives/iota';
import '../primitives/reduce';
import '../primitives/argReduce';
import '../primitives/dot';
import * as lax from '../primitives/lax';
import { traceProgram } from '../trace/builder';
import { createWebGpuBackend } from './webgpuBackend';

let gpu: WatchedBackend;
beforeAll(async () => {
  gpu = await openWebGpu(createWebGpuBackend);
});
afterAll(() => {
  expect(gpu.complaints).toEqual([]);
  gpu.backend.dispose();
});

/** Numbers in [-2, 2) from a fixed generator. */
function numbers(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 30 - 2;
  });
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const f32 = (shape: number[], values: Float32Array = numbers(size(shape), size(shape) + 3)): HostArray => ({
  dtype: 'float32',
  shape,
  data: new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength),
});
const i32 = (shape: number[], values: number[]): HostArray => ({
  dtype: 'int32',
  shape,
  data: new Uint8Array(Int32Array.from(values).buffer),
});

/** Runs `f` on both backends and compares every element. */
async function check(f: (...xs: NDArray[]) => NDArray | readonly NDArray[], inputs: HostArray[], tolerance = 2e-6): Promise<void> {
  const avals = inputs.map((x): Aval => ({ shape: x.shape, dtype: x.dtype as Aval['dtype'], weakType: false }));
  const { program } = traceProgram((xs) => [f(...xs)].flat() as NDArray[], avals);
  const expected = interpret(program, inputs);
  const { backend } = gpu;
  const executable = backend.compile(program);
  const buffers = inputs.map((x) => backend.fromHost(x));
  const outputs = executable.run(buffers);
  await executable.ready;
  for (const [index, output] of outputs.entries()) {
    const actual = decodeElements(await backend.toHost(output));
    const wanted = decodeElements(expected[index]!);
    expect(actual.length).toBe(wanted.length);
    for (let i = 0; i < wanted.length; i++) {
      const [a, e] = [actual[i]!, wanted[i]!];
      const close = Object.is(a, e) || a === e || Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e));
      if (!close) expect.fail(`output ${index}, element ${i}: ${a}, expected ${e}\n${executable.explain().text}`);
    }
    output.release();
  }
  for (const buffer of buffers) buffer.release();
}

describe('elementwise kernels', () => {
  it('computes chains with literals and views', async () => {
    await check((x, y) => lax.mul(lax.add(x, y), lax.scalarLike(x, 3)), [f32([7, 5]), f32([7, 5])]);
    await check((x) => lax.exp(lax.transpose(x, [1, 0])), [f32([7, 5])], 1e-5);
    await check((x) => lax.reshape(lax.transpose(x, [1, 0, 2]), [6, 10]), [f32([3, 4, 5])]);
    await check((x) => lax.broadcastInDim(x, [3, 5, 4], [1]), [f32([5])]);
    await check((x) => lax.slice(x, [1, 2], [6, 5], [2, 1]), [f32([7, 5])]);
    await check((x) => lax.reverse(x, [1]), [f32([3, 5])]);
    await check(
      (x) =>
        lax.pad(x, lax.scalarLike(x, 9), [
          [1, 2, 1],
          [-1, 0, 0],
        ]),
      [f32([3, 5])],
    );
    await check((x, y) => lax.concatenate([x, y, x], 1), [f32([3, 5]), f32([3, 2])]);
    await check(() => lax.iota([4, 3], 0, 'int32'), []);
  });
  it('keeps NaN, infinities and bools', async () => {
    const odd = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1, -1);
    const other = Float32Array.of(1, Number.NaN, 2, 0, Number.NaN, -1);
    for (const op of [lax.max, lax.min, lax.eq, lax.ne, lax.lt, lax.ge, lax.add, lax.mul])
      await check((x, y) => op(x, y), [f32([6], odd), f32([6], other)]);
    for (const op of [lax.exp, lax.log, lax.sqrt, lax.sign, lax.neg]) await check((x) => op(x), [f32([6], odd)]);
    await check((x, y) => lax.select(lax.lt(x, y), x, y), [f32([33]), f32([33], numbers(33, 8))]);
    await check((x) => [lax.reduce('reduceMax', x, [0]), lax.reduce('reduceMin', x, [0])], [f32([6], odd)]);
  });
  it('takes scalars, empty arrays, and more than 65535 workgroups', async () => {
    await check((x) => lax.add(x, lax.scalarLike(x, 1)), [f32([])]);
    await check((x) => lax.add(x, lax.scalarLike(x, 1)), [f32([0, 3])]);
    await check((x) => lax.neg(x), [f32([65535 * 64 + 77])]);
  });
});

describe('reductions', () => {
  it('reduces any axes', async () => {
    for (const axes of [[0], [1], [2], [0, 2], [0, 1, 2], [1, 2]]) await check((x) => lax.reduceSum(x, axes), [f32([3, 4, 5])]);
    await check((x) => lax.reduceSum(x, [1]), [f32([3, 0])]);
    await check((x) => lax.reduce('reduceProd', x, [0]), [i32([5], [1, -2, 3, 4, 5])]);
  });
  it('cuts long rows', async () => {
    for (const n of [1023, 1025, 5000, 100_003]) await check((x) => lax.reduceSum(x, [0]), [f32([n])], 2e-5);
    await check((x) => lax.reduceSum(lax.mul(x, x), [0, 1]), [f32([77, 131])], 2e-5);
    await check((x) => lax.reduce('reduceMax', x, [1]), [f32([3, 4001])]);
    await check((x) => lax.reduceSum(x, [0]), [f32([4001, 3])], 2e-5);
  });
  it('fuses a softmax into one kernel', async () => {
    const softmax = (x: NDArray): NDArray => {
      const rows = (r: NDArray): NDArray => lax.broadcastInDim(r, x.shape, [0]);
      const e = lax.exp(lax.sub(x, rows(lax.reduce('reduceMax', x, [1]))));
      return lax.div(e, rows(lax.reduceSum(e, [1])));
    };
    await check(softmax, [f32([37, 10])], 1e-5);
    const { program } = traceProgram(([x]) => [softmax(x!)], [{ shape: [37, 10], dtype: 'float32', weakType: false }]);
    expect(gpu.backend.compile(program).explain().dispatches).toBe(1);
  });
});

describe('matmul', () => {
  const dot = (x: NDArray, y: NDArray): NDArray => lax.dotGeneral(x, y, { contracting: [[x.ndim - 1], [y.ndim - 2]], batch: [[], []] });
  it('takes any shape', async () => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [1, 7, 1],
      [3, 5, 2],
      [17, 13, 31],
      [64, 64, 64],
      [65, 63, 33],
      [128, 10, 9],
      [7, 0, 3],
      [0, 2, 3],
      [2, 3, 0],
    ] as const) {
      await check(dot, [f32([m, k]), f32([k, n])], 1e-5);
    }
  });
  it('takes transposed operands, batches and several contracted axes', async () => {
    await check((x, y) => dot(lax.transpose(x, [1, 0]), y), [f32([19, 23]), f32([19, 17])], 1e-5);
    await check((x, y) => dot(x, lax.transpose(y, [1, 0])), [f32([19, 23]), f32([17, 23])], 1e-5);
    await check((x, y) => lax.dotGeneral(x, y, { contracting: [[2], [1]], batch: [[0], [0]] }), [f32([3, 5, 7]), f32([3, 7, 4])], 1e-5);
    await check(
      (x, y) =>
        lax.dotGeneral(x, y, {
          contracting: [
            [0, 2],
            [1, 0],
          ],
          batch: [[], []],
        }),
      [f32([3, 5, 7]), f32([7, 3, 4])],
      1e-5,
    );
    await check((x, y) => lax.dotGeneral(x, y, { contracting: [[], []], batch: [[], []] }), [f32([5]), f32([7])]);
    await check((x, y) => dot(lax.add(x, x), lax.slice(y, [1, 0], [6, 4])), [f32([3, 5]), f32([7, 4])], 1e-5);
    await check(dot, [i32([2, 2], [1, 2, 3, 4]), i32([2, 2], [5, 6, 7, -8])]);
  });
  it('takes bias and activation into the kernel', async () => {
    const layer = (x: NDArray, w: NDArray, b: NDArray): NDArray => {
      const z = dot(x, w);
      return lax.max(lax.add(z, lax.broadcastInDim(b, z.shape, [1])), lax.scalarLike(z, 0));
    };
    await check(layer, [f32([33, 20]), f32([20, 70]), f32([70])], 1e-5);
    const { program } = traceProgram(
      (xs) => [layer(xs[0]!, xs[1]!, xs[2]!)],
      [[33, 20], [20, 70], [70]].map((shape) => ({ shape, dtype: 'float32', weakType: false })),
    );
    expect(gpu.backend.compile(program).explain().dispatches).toBe(1);
  });
});

describe('functions', () => {
  const points = Float32Array.from({ length: 401 }, (_, i) => (i - 200) / 20);
  const small = Float32Array.from({ length: 401 }, (_, i) => (i - 200) / 1e5);
  const special = Float32Array.of(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0,
    1,
    -1,
    1e-30,
    3e38,
    -3e38,
    88.7,
    -103,
    0.5,
    2,
  );
  const names = [
    'exp',
    'expm1',
    'log',
    'log1p',
    'sin',
    'cos',
    'tan',
    'asin',
    'acos',
    'atan',
    'sinh',
    'cosh',
    'tanh',
    'asinh',
    'acosh',
    'atanh',
    'logistic',
    'erf',
    'erfInv',
    'rsqrt',
    'sqrt',
  ];
  for (const name of names) {
    it(`${name} is close everywhere`, async () => {
      const limit = ['sin', 'cos', 'tan'].includes(name) ? special.map((x) => (Math.abs(x) > 1e4 && Number.isFinite(x) ? 1 : x)) : special;
      for (const values of [points, small, limit]) await check((x) => lax.apply(name, [x]), [f32([values.length], values)], 1e-6);
    });
  }
  it('pow has the special cases of IEEE', async () => {
    const bases = [0, -0, 1, -1, 2, -2, 0.999, 1e-3, 3.7, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    const exponents = [0, 1, -1, 2, 3, -3, 0.5, -0.5, 1000, 17.25, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    const pairs = bases.flatMap((x) => exponents.map((y) => [x, y] as const));
    const column = (i: 0 | 1): HostArray =>
      f32(
        [pairs.length],
        Float32Array.from(pairs, (pair) => pair[i]),
      );
    await check((x, y) => lax.pow(x, y), [column(0), column(1)], 2e-6);
  });
});

describe('kernels written by hand', () => {
  it('finds extrema', async () => {
    await check((x) => lax.apply('argmax', [x], { axis: 1 }), [f32([5, 9])]);
    await check((x) => lax.apply('argmin', [x], { axis: 0 }), [f32([5, 9])]);
    await check((x) => lax.apply('argmax', [x], { axis: 0 }), [f32([4], Float32Array.of(1, Number.NaN, 3, Number.NaN))]);
  });
});
