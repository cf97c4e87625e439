import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostArray, hostArraysEqual } from '#linnet/core';
import { openWebGpu, type WatchedBackend } from '../../testing/device';
import { avalOf, checkAgainstReference, f32, i32, numbers } from '../../testing/kernelCheck';
import type { NDArray } from '../array';
import type { CompileOptions } from '../backend';
import '../primitives';
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

const check = (
  f: (...xs: NDArray[]) => NDArray | readonly NDArray[],
  inputs: HostArray[],
  tolerance?: number,
  options?: CompileOptions,
): Promise<void> => checkAgainstReference(gpu.backend, f, inputs, tolerance, options);

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
  it('joins more arrays than a kernel can bind', async () => {
    const parts = Array.from({ length: 25 }, (_, i) => f32([1 + (i % 3), 4], numbers(12, i + 1).slice(0, 4 * (1 + (i % 3)))));
    await check((...xs) => lax.concatenate(xs, 0), parts);
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
  it('keeps NaN when it is multiplied by 0, divides 0, or is divided by an infinity', async () => {
    const odd = f32([6], [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 2]);
    for (const value of [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      await check(
        (x) => {
          const literal = lax.scalarLike(x, value);
          const results = [lax.mul(x, literal), lax.mul(literal, x), lax.div(x, literal), lax.div(literal, x)];
          // The sign of zeros shows in what 1 divided by them is.
          return [...results, ...results.map((result) => lax.div(lax.scalarLike(x, 1), result))];
        },
        [odd],
        0,
      );
    }
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
  it('shares rows in workgroups on GPUs, to the same bits', async () => {
    const gpuLike = createWebGpuBackend(gpu.device, { facts: { software: false, maxWorkgroupsPerDimension: 8 } });
    const softmax = (x: NDArray): NDArray => {
      const rows = (r: NDArray): NDArray => lax.broadcastInDim(r, x.shape, [0]);
      const e = lax.exp(lax.sub(x, rows(lax.reduce('reduceMax', x, [1]))));
      return lax.div(e, rows(lax.reduceSum(e, [1])));
    };
    const columns = (x: NDArray): NDArray[] => [lax.reduceSum(x, [0]), lax.reduce('reduceAnd', lax.lt(x, lax.scalarLike(x, 1.9)), [0])];
    for (const f of [softmax, columns] as ((x: NDArray) => NDArray | NDArray[])[]) {
      const input = f32(f === softmax ? [37, 301] : [301, 37]);
      await check(f, [input], 2e-5);
      await checkAgainstReference(gpuLike, f, [input], 2e-5);
      const { program } = traceProgram(([x]) => [f(x!)].flat(), [avalOf(input)]);
      const donate = [true];
      const [one, two] = await Promise.all(
        [gpu.backend, gpuLike].map(async (backend) => {
          const outputs = backend.compile(program, { donate }).run([backend.fromHost(input)], { donate });
          const arrays = await Promise.all(outputs.map((output) => backend.toHost(output)));
          for (const output of outputs) output.release();
          return arrays;
        }),
      );
      for (const [i, array] of one!.entries()) expect(hostArraysEqual(array, two![i]!)).toBe(true);
    }
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
  it('cuts a long k in parts where there are few outputs', async () => {
    for (const [m, k, n] of [
      [1, 100_003, 1],
      [3, 4096, 5],
      [2, 2051, 10],
    ] as const) {
      await check(dot, [f32([m, k]), f32([k, n])], 2e-4);
      await check((x, y) => dot(lax.transpose(x, [1, 0]), lax.transpose(y, [1, 0])), [f32([k, m]), f32([n, k])], 2e-4);
    }
    const batched = (x: NDArray, y: NDArray): NDArray => lax.dotGeneral(x, y, { contracting: [[1], [1]], batch: [[2], [0]] });
    await check(batched, [f32([2, 3000, 3]), f32([3, 3000, 2])], 2e-4);
    const { program } = traceProgram(
      ([x, y]) => [dot(x!, y!)],
      [[1, 8192] as const, [8192, 4] as const].map((shape) => ({ shape, dtype: 'float32', weakType: false })),
    );
    expect(gpu.backend.compile(program).explain().dispatches).toBe(2);
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
    'erfc',
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
  const seq = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));
  it('finds extrema', async () => {
    await check((x) => lax.apply('argmax', [x], { axis: 1 }), [f32([5, 9])]);
    await check((x) => lax.apply('argmin', [x], { axis: 0 }), [f32([5, 9])]);
    await check((x) => lax.apply('argmax', [x], { axis: 0 }), [f32([4], [1, Number.NaN, 3, Number.NaN])]);
  });
  it('sorts, stable, with NaN last, by merging runs when long', async () => {
    await check((x) => lax.sort([x], 0), [f32([9], [3, Number.NaN, -1, 0, 3, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -0, 2])]);
    for (const n of [1, 255, 256, 257, 512, 700, 1300]) {
      await check(
        (x, y) => lax.sort([x, y], 0),
        [
          i32(
            [n],
            seq(n, (i) => (i * 7919) % 13),
          ),
          i32(
            [n],
            seq(n, (i) => i),
          ),
        ],
      );
    }
    await check(
      (x, y) => lax.sort([x, y], 1),
      [
        f32([3, 300, 2]),
        i32(
          [3, 300, 2],
          seq(1800, (i) => i),
        ),
      ],
    );
  });
  it('accumulates along an axis', async () => {
    for (const name of ['cumsum', 'cumprod', 'cummax', 'cummin']) {
      for (const reverse of [false, true]) await check((x) => lax.apply(name, [x], { axis: 1, reverse }), [f32([3, 11, 2])], 1e-5);
    }
  });
  it('accumulates along few long lines in parts side by side', async () => {
    const odd = Float32Array.from({ length: 1031 }, (_, i) => (i === 700 ? Number.NaN : Math.sin(i)));
    for (const reverse of [false, true]) {
      for (const shape of [[1031], [2, 1200, 3], [70_001]]) {
        const params = { axis: shape.length === 1 ? 0 : 1, reverse };
        await check((x) => lax.apply('cumsum', [x], params), [f32(shape)], 1e-4);
        await check((x) => lax.apply('cummax', [x], params), [f32(shape)]);
      }
      await check(
        (x) => lax.apply('cumprod', [x], { axis: 0, reverse }),
        [
          f32(
            [1300],
            seq(1300, (i) => 1 + Math.sin(i) / 50),
          ),
        ],
        1e-4,
      );
      await check((x) => lax.apply('cummin', [x], { axis: 0, reverse }), [f32([1031], odd)]);
      await check(
        (x) => [lax.apply('cumsum', [x], { axis: 0, reverse }), lax.apply('cummin', [x], { axis: 0, reverse })],
        [
          i32(
            [2053],
            seq(2053, (i) => (i * 7919) % 211),
          ),
        ],
      );
    }
  });
  it('gathers and scatters', async () => {
    const indices = i32([6], [4, 0, 4, 9, -1, 2]);
    for (const mode of ['clip', 'fill'] as const) {
      await check((x, at) => lax.gather(x, at, { axis: 1, batchDims: 0, mode }), [f32([3, 5, 2]), indices]);
    }
    for (const combine of ['set', 'add', 'mul', 'min', 'max'] as const) {
      await check((x, at, u) => lax.scatter(x, at, u, { axis: 1, batchDims: 0, combine }), [f32([3, 5, 2]), indices, f32([3, 6, 2])]);
      await check(
        (x, at, u) => lax.scatter(x, at, u, { axis: 1, batchDims: 1, combine }),
        [f32([2, 5]), i32([2, 3], [4, 0, 4, 9, -1, 2]), f32([2, 3])],
      );
    }
    await check(
      (x, at, u) => lax.scatter(x, at, u, { axis: 0, batchDims: 0, combine: 'add' }),
      [
        f32([5000, 3]),
        i32(
          [40],
          seq(40, (i) => (i * i) % 17),
        ),
        f32([40, 3]),
      ],
    );
  });
  it('convolves', async () => {
    const geometry = {
      strides: [1, 1],
      padding: [
        [1, 1],
        [0, 2],
      ],
      lhsDilation: [1, 1],
      rhsDilation: [1, 1],
      groups: 1,
    };
    const conv = (params: object) => (x: NDArray, y: NDArray) => lax.apply('conv', [x, y], params as Record<string, unknown>);
    await check(conv(geometry), [f32([2, 5, 6, 3]), f32([3, 3, 3, 4])], 1e-5);
    await check(conv({ ...geometry, strides: [2, 1], rhsDilation: [1, 2] }), [f32([2, 7, 6, 3]), f32([2, 2, 3, 4])], 1e-5);
    await check(
      conv({
        ...geometry,
        lhsDilation: [2, 3],
        padding: [
          [1, 0],
          [-1, 1],
        ],
      }),
      [f32([1, 4, 3, 2]), f32([3, 2, 2, 3])],
      1e-5,
    );
    // The gradient of a kernel: a window as large as an image, its sum cut into parts.
    await check(conv({ ...geometry, padding: geometry.strides.map(() => [1, 1]) }), [f32([2, 17, 17, 12]), f32([17, 17, 12, 3])], 2e-4);
    await check(conv({ ...geometry, groups: 2 }), [f32([1, 4, 4, 4]), f32([2, 2, 2, 6])], 1e-5);
  });
});

describe('control flow', () => {
  const scalar = { shape: [], dtype: 'float32', weakType: false } as const;
  it('chooses between branches', async () => {
    const branch = (f: (x: NDArray) => NDArray) => traceProgram(([x]) => [f(x!)], [{ ...scalar, shape: [3] }]).program;
    const branches = [branch((x) => lax.neg(x)), branch((x) => lax.mul(x, x))];
    for (const side of [0, 1]) {
      await check((x) => lax.applyAll('cond', [lax.full([], side, 'bool'), x], { branches }), [f32([3])]);
      await check((x, y) => lax.applyAll('cond', [lax.lt(y, lax.scalarLike(y, side)), x], { branches }), [f32([3]), f32([], [0.5])]);
    }
  });
  /** carry, row -> carry * c + row, row + carry; with the carries swapped as well. */
  const body = traceProgram(
    ([c, a, b, row]) => [lax.add(lax.mul(b!, c!), row!), a!, lax.add(row!, a!)],
    [
      { ...scalar, shape: [4] },
      { ...scalar, shape: [4] },
      { ...scalar, shape: [4] },
      { ...scalar, shape: [4] },
    ],
  ).program;
  it('scans forwards and backwards, in both schedules', async () => {
    for (const schedule of ['replay', 'single'] as const) {
      for (const [length, reverse] of [
        [0, false],
        [1, false],
        [7, false],
        [7, true],
      ] as const) {
        const params = { body, length, reverse, numConsts: 1, numCarry: 2 };
        await check(
          (c, a, b, rows) => lax.applyAll('scan', [c, a, b, rows], params),
          [f32([4]), f32([4]), f32([4], [1, 2, 3, 4]), f32([length, 4])],
          1e-5,
          { schedule },
        );
        await check((c, a, rows) => lax.applyAll('scan', [c, a, a, rows], params), [f32([4]), f32([4]), f32([length, 4])], 1e-5, {
          schedule,
        });
      }
    }
  });
  it('begins with carries that are computed, and keeps them from what comes after', async () => {
    for (const schedule of ['replay', 'single'] as const) {
      const params = { body, length: 7, reverse: false, numConsts: 1, numCarry: 2 };
      const inputs = [f32([4]), f32([4]), f32([7, 4])];
      await check((c, a, rows) => lax.neg(lax.applyAll('scan', [c, lax.add(a, c), lax.sub(a, c), rows], params)[0]!), inputs, 1e-5, {
        schedule,
      });
    }
  });
  it('walks rows and carries without elements', async () => {
    const empty = { ...scalar, shape: [0] };
    const { program } = traceProgram(([c, row]) => [lax.add(c!, lax.reduceSum(row!, [0])), row!], [scalar, empty]);
    const params = { body: program, length: 3, reverse: false, numConsts: 0, numCarry: 1 };
    for (const schedule of ['replay', 'single'] as const)
      await check((c, rows) => lax.applyAll('scan', [c, rows], params), [f32([]), f32([3, 0])], 0, { schedule });
  });
  it('loops while a condition holds', async () => {
    const cond = traceProgram(([limit, x]) => [lax.lt(x!, limit!)], [scalar, scalar]).program;
    const next = traceProgram(([factor, x]) => [lax.mul(x!, factor!)], [scalar, scalar]).program;
    const params = { cond, body: next, numCondConsts: 1, numBodyConsts: 1 };
    for (const start of [1, 500]) {
      await check(
        (limit, factor, x) => lax.applyAll('whileLoop', [limit, factor, x], params),
        [f32([], [100]), f32([], [3]), f32([], [start])],
      );
    }
  });
  it('nests loops', async () => {
    const inner = { body, length: 3, reverse: false, numConsts: 1, numCarry: 2 };
    const outer = traceProgram(
      ([a, rows]) => {
        const [x, y, stacked] = lax.applyAll('scan', [a!, a!, a!, rows!], inner);
        return [lax.add(x!, y!), stacked!];
      },
      [
        { ...scalar, shape: [4] },
        { ...scalar, shape: [3, 4] },
      ],
    ).program;
    for (const schedule of ['replay', 'single'] as const)
      await check(
        (a, rows) => lax.applyAll('scan', [a, rows], { body: outer, length: 5, reverse: false, numConsts: 0, numCarry: 1 }),
        [f32([4]), f32([5, 3, 4])],
        1e-4,
        { schedule },
      );
  });
});
