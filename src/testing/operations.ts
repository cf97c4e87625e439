import { jnp, lax, type Array as NDArray, nn, primitiveOps as ops } from '#linnet/tensor';

type Fun = (...xs: NDArray[]) => NDArray;
/** A differentiable operation with shapes to try it on. */
export interface Operation {
  readonly name: string;
  readonly f: Fun;
  readonly shapes: readonly (readonly number[])[];
  /** Where inputs are drawn from; away from kinks and poles. */
  readonly range?: readonly [number, number];
}

const unary = (name: string, range: readonly [number, number] = [-1.5, 1.5]): Operation => ({
  name,
  f: (x) => ops.apply(name, [x!]),
  shapes: [[2, 3]],
  range,
});
const binary = (name: string, range: readonly [number, number] = [0.5, 2]): Operation => ({
  name,
  f: (x, y) => ops.apply(name, [x!, y!]),
  shapes: [
    [2, 3],
    [2, 3],
  ],
  range,
});
const rows = (values: number[]): NDArray => jnp.array(values, 'int32');
const convCase = (
  name: string,
  spatial: number[],
  window: number[],
  options: Parameters<typeof lax.conv>[2],
  channels = 4,
  features = 6,
): Operation => ({
  name: `conv ${name}`,
  f: (x, k) => lax.conv(x!, k!, options),
  shapes: [
    [2, ...spatial, channels],
    [...window, channels / (options?.groups ?? 1), features],
  ],
});

/** At least one use of every differentiable primitive, and the compositions people use. */
export const OPERATIONS: readonly Operation[] = [
  ...['neg', 'exp', 'expm1', 'sin', 'cos', 'tan', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'logistic', 'erf', 'erfc'].map((name) =>
    unary(name),
  ),
  ...['abs', 'log', 'log1p', 'sqrt', 'rsqrt'].map((name) => unary(name, [0.3, 2])),
  ...['asin', 'acos', 'atanh'].map((name) => unary(name, [-0.8, 0.8])),
  unary('acosh', [1.3, 3]),
  ...['add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'atan2', 'rem'].map((name) => binary(name)),
  ...[-2, -1, 0, 1, 2, 3, 7].map(
    (exponent): Operation => ({
      name: `integerPow ${exponent}`,
      f: (x) => ops.apply('integerPow', [x!], { exponent }),
      shapes: [[4]],
      range: [0.5, 1.5],
    }),
  ),
  { name: 'select', f: (x, y) => jnp.where(x!.gt(0), x!.mul(y!), y!.mul(3)), shapes: [[5], [5]] },
  { name: 'cast', f: (x) => x!.astype('float32').mul(x!.gt(0).astype('float32')), shapes: [[5]] },
  { name: 'broadcastInDim', f: (x) => jnp.broadcastTo(x!, [2, 3, 4]), shapes: [[3, 1]] },
  { name: 'reshape and transpose', f: (x) => x!.reshape(4, 3).transpose(1, 0).mul(x!), shapes: [[3, 4]] },
  { name: 'slice with strides', f: (x) => x!.get({ start: 1, stop: 6, step: 2 }, { step: -2 }), shapes: [[7, 5]] },
  {
    name: 'pad, interior',
    f: (x) =>
      ops.pad(x!, ops.scalarLike(x!, 0), [
        [1, 2, 1],
        [0, -1, 0],
      ]),
    shapes: [[3, 4]],
  },
  { name: 'pad, crop with gaps', f: (x) => ops.pad(x!, ops.scalarLike(x!, 0), [[-1, -2, 2]]), shapes: [[5]] },
  { name: 'pad value', f: (x, v) => ops.pad(x!, v!.mul(1.5), [[1, 0, 0]]), shapes: [[3], []] },
  { name: 'reverse', f: (x) => jnp.flip(x!, 1).mul(x!), shapes: [[2, 3]] },
  {
    name: 'concatenate',
    f: (x, y) => jnp.concatenate([x!, y!, x!], 1),
    shapes: [
      [2, 3],
      [2, 2],
    ],
  },
  { name: 'reduceSum', f: (x) => x!.mul(x!).sum([0, 2]), shapes: [[2, 3, 4]] },
  { name: 'reduceMax', f: (x) => x!.max(1), shapes: [[3, 4]] },
  { name: 'reduceMin', f: (x) => x!.min({ axis: 0, keepdims: true }), shapes: [[3, 4]] },
  { name: 'reduceProd', f: (x) => x!.prod([0, 2]), shapes: [[2, 3, 2]] },
  { name: 'reduceProd through zero', f: (x) => x!.mul(jnp.array([0, 1, 1])).prod(), shapes: [[3]] },
  {
    name: 'matmul',
    f: (x, y) => x!.matmul(y!),
    shapes: [
      [3, 4],
      [4, 5],
    ],
  },
  {
    name: 'matmul, batched',
    f: (x, y) => jnp.matmul(x!, y!),
    shapes: [
      [2, 3, 4],
      [4, 2],
    ],
  },
  {
    name: 'einsum, transposed',
    f: (x, y) => jnp.einsum('bkih,bjhk->bhji', x!, y!),
    shapes: [
      [2, 3, 2, 4],
      [2, 5, 4, 3],
    ],
  },
  {
    name: 'tensordot over two axes',
    f: (x, y) =>
      jnp.tensordot(x!, y!, [
        [0, 2],
        [2, 0],
      ]),
    shapes: [
      [2, 3, 4],
      [4, 5, 2],
    ],
  },
  convCase('1-D', [7], [3], { padding: 'SAME' }),
  convCase('strided', [7, 6], [3, 2], { strides: [2, 3], padding: 'SAME' }),
  convCase('valid, dilated kernel', [8, 7], [2, 3], { rhsDilation: 2, padding: 'VALID' }),
  convCase('grouped', [5, 5], [3, 3], { groups: 2, padding: 'SAME' }),
  convCase('transposed', [3, 4], [3, 3], {
    lhsDilation: 2,
    padding: [
      [1, 2],
      [2, 0],
    ],
  }),
  convCase('all of it, negative padding', [9, 8], [3, 2], {
    strides: 2,
    lhsDilation: [2, 1],
    rhsDilation: [1, 2],
    padding: [
      [-1, 2],
      [3, -1],
    ],
    groups: 2,
  }),
  { name: 'gather', f: (x) => jnp.take(x!, rows([2, 0, 2, -1]), 1), shapes: [[2, 3, 2]] },
  {
    name: 'gather along',
    f: (x) =>
      jnp.takeAlongAxis(
        x!,
        jnp.array(
          [
            [0, 2, 1],
            [1, 1, 0],
          ],
          'int32',
        ),
        1,
      ),
    shapes: [[2, 4]],
  },
  {
    name: 'scatter add',
    f: (x, u) => x!.at(rows([1, 3, 1])).add(u!),
    shapes: [
      [4, 2],
      [3, 2],
    ],
  },
  ...(['mul', 'min', 'max'] as const).map(
    (combine): Operation => ({
      name: `scatter ${combine}, twice the same place and once outside`,
      f: (x, y) => ops.scatter(x!, rows([0, 3, 3, 7]), y!, { axis: 0, batchDims: 0, combine }),
      shapes: [
        [5, 2],
        [4, 2],
      ],
    }),
  ),
  {
    name: 'scatter set, twice the same place',
    f: (x, u) => x!.at(rows([1, 3, 1])).set(u!),
    shapes: [
      [4, 2],
      [3, 2],
    ],
  },
  { name: 'set of a slice', f: (x, u) => x!.at({ start: 1, step: 2 }, 0).set(u!), shapes: [[5, 2], [2]] },
  { name: 'sort', f: (x) => x!.sort(0).mul(jnp.arange(4, { dtype: 'float32' }).reshape(4, 1)), shapes: [[4, 2]] },
  { name: 'cumsum', f: (x) => ops.apply('cumsum', [x!.mul(x!)], { axis: 1, reverse: true }), shapes: [[2, 4]] },
  { name: 'cumprod', f: (x) => x!.cumprod(0), shapes: [[5, 2]] },
  { name: 'cummax', f: (x) => jnp.cummax(x!, 0), shapes: [[5]] },
  { name: 'cummin', f: (x) => jnp.cummin(x!, { axis: 0, reverse: true }), shapes: [[5]] },
  {
    name: 'scan',
    f: (h, xs, w) => {
      const [last, all] = lax.scan((carry: NDArray, x: NDArray) => [jnp.tanh(carry.mul(w!).add(x)), carry.mul(x)], h!, xs!);
      return jnp.concatenate([last.reshape(1, 3), all]);
    },
    shapes: [[3], [4, 3], [3]],
  },
  {
    name: 'scan, reverse',
    f: (xs) => lax.scan((carry: NDArray, x: NDArray) => [carry.mul(x), null], jnp.ones([]), xs!, { reverse: true })[0],
    shapes: [[4]],
  },
  {
    name: 'cond',
    f: (x) =>
      lax.cond(
        x!.sum().gt(-100),
        (y: NDArray) => y.mul(y),
        (y: NDArray) => y,
        x!,
      ),
    shapes: [[3]],
  },
  { name: 'foriLoop', f: (x) => lax.foriLoop(0, 3, (_i: NDArray, y: NDArray) => jnp.sin(y).mul(x!), x!), shapes: [[2]] },
  { name: 'gelu', f: (x) => nn.gelu(x!), shapes: [[5]] },
  { name: 'gelu, exact', f: (x) => nn.gelu(x!, false), shapes: [[5]] },
  { name: 'softmax', f: (x) => nn.softmax(x!), shapes: [[2, 4]] },
  { name: 'logSoftmax', f: (x) => nn.logSoftmax(x!), shapes: [[2, 4]] },
  { name: 'logsumexp', f: (x) => nn.logsumexp(x!, 1), shapes: [[2, 4]] },
  { name: 'softplus', f: (x) => nn.softplus(x!), shapes: [[4]] },
  { name: 'elu', f: (x) => nn.elu(x!), shapes: [[4]] },
  { name: 'standardize', f: (x) => nn.standardize(x!), shapes: [[2, 4]] },
  { name: 'norm', f: (x) => jnp.linalg.norm(x!, { axis: 1 }), shapes: [[2, 4]] },
  { name: 'variance', f: (x) => jnp.var(x!, { axis: 0, ddof: 1 }), shapes: [[4, 2]] },
];

/** `size` numbers in a range, the same for the same seed. */
export function drawNumbers(size: number, [low, high]: readonly [number, number], seed: number): number[] {
  let state = seed * 2654435761;
  return Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + (high - low) * (state / 2 ** 32);
  });
}
