import fc from 'fast-check';
import { type HostArray, sizeOf } from '#linnet/core';
import { jnp, lax, type Array as NDArray, nn, primitiveOps as ops, toHostArray } from '#linnet/tensor';

/** A random program: a function of float32 arrays, described by its steps, with inputs to run it on. */
export interface RandomProgram {
  readonly steps: readonly string[];
  readonly inputs: readonly HostArray[];
  /** Records or runs the program; the results are the values that nobody else uses, one at least. */
  readonly run: (...inputs: NDArray[]) => NDArray[];
  /** The same values as one smooth scalar, for gradients. */
  readonly loss: (...inputs: NDArray[]) => NDArray;
}

interface Step {
  readonly name: string;
  readonly apply: (x: NDArray, y: NDArray, n: number) => NDArray;
  /** False for steps whose derivative jumps (ties, kinks). */
  readonly smooth?: boolean;
}

const axisOf = (x: NDArray, n: number): number => n % Math.max(1, x.ndim);
const withAxis = (x: NDArray, f: (x: NDArray, axis: number) => NDArray, n: number): NDArray =>
  x.ndim === 0 ? x.mul(0.5) : f(x, axisOf(x, n));
/** `y` made to broadcast against `x`: the mean over all axes that do not fit. */
function fitted(x: NDArray, y: NDArray): NDArray {
  const shorter = y.ndim <= x.ndim && y.shape.every((dim, i) => dim === 1 || dim === x.shape[x.ndim - y.ndim + i]);
  return shorter ? y : jnp.mean(y);
}

/** Every step keeps values moderate, so that chains of twelve neither overflow nor amplify rounding much. */
export const STEPS: readonly Step[] = [
  { name: 'add', apply: (x, y) => x.add(fitted(x, y)) },
  { name: 'sub', apply: (x, y) => fitted(x, y).sub(x) },
  { name: 'mul', apply: (x, y) => x.mul(jnp.tanh(fitted(x, y))) },
  { name: 'div', apply: (x, y) => x.div(fitted(x, y).mul(fitted(x, y)).add(1.5)) },
  { name: 'max', apply: (x, y) => jnp.maximum(x, fitted(x, y)), smooth: false },
  { name: 'min', apply: (x) => jnp.minimum(x, 0.25), smooth: false },
  { name: 'neg', apply: (x) => x.neg() },
  { name: 'tanh', apply: (x) => jnp.tanh(x) },
  { name: 'exp', apply: (x) => jnp.exp(jnp.tanh(x)) },
  { name: 'log1p', apply: (x) => jnp.log1p(x.mul(x)) },
  { name: 'sin', apply: (x) => jnp.sin(x) },
  { name: 'logistic', apply: (x) => nn.sigmoid(x) },
  { name: 'sqrt', apply: (x) => jnp.sqrt(x.mul(x).add(0.5)) },
  { name: 'gelu', apply: (x) => nn.gelu(x) },
  { name: 'relu', apply: (x) => nn.relu(x), smooth: false },
  { name: 'select', apply: (x, y) => jnp.where(x.gt(0.1), x, fitted(x, y).mul(0.5)), smooth: false },
  { name: 'square', apply: (x) => jnp.square(jnp.tanh(x)) },
  { name: 'scalar', apply: (x, _y, n) => x.mul(0.25 * n - 1).add(0.125) },
  { name: 'sum', apply: (x, _y, n) => withAxis(x, (v, axis) => v.mean({ axis, keepdims: n % 2 === 0 }), n) },
  { name: 'sumAll', apply: (x) => x.mean() },
  {
    name: 'reduceMax',
    apply: (x, _y, n) => withAxis(x, (v, axis) => (v.shape[axis] === 0 ? v : v.max({ axis, keepdims: true })), n),
    smooth: false,
  },
  { name: 'softmax', apply: (x, _y, n) => withAxis(x, (v, axis) => (v.shape[axis] === 0 ? v : nn.softmax(v, axis)), n) },
  { name: 'matmul', apply: (x) => (x.ndim === 2 ? jnp.matmul(x, x.T).div(Math.max(1, x.shape[1]!)) : x) },
  { name: 'matmulTransposed', apply: (x) => (x.ndim === 2 ? jnp.matmul(x.T, x).div(Math.max(1, x.shape[0]!)) : x) },
  { name: 'outer', apply: (x) => (x.ndim === 1 ? jnp.outer(x, x) : x) },
  { name: 'transpose', apply: (x) => x.T },
  { name: 'ravel', apply: (x) => x.ravel() },
  { name: 'reshape', apply: (x) => (x.ndim === 2 ? x.reshape(x.shape[1]!, x.shape[0]!) : x) },
  { name: 'reverse', apply: (x, _y, n) => withAxis(x, (v, axis) => jnp.flip(v, axis), n) },
  { name: 'slice', apply: (x, _y, n) => withAxis(x, (v, axis) => ops.sliceAxis(v, axis, 0, Math.ceil(v.shape[axis]! / 2)), n) },
  { name: 'strided', apply: (x, _y, n) => (x.ndim === 0 ? x : x.get({ start: n % 2, step: 2 })) },
  {
    name: 'pad',
    apply: (x, _y, n) => (x.ndim === 0 ? x : jnp.pad(x, [[n % 3, 1] as const, ...x.shape.slice(1).map(() => [0, 0] as const)])),
  },
  { name: 'concatenate', apply: (x, _y, n) => withAxis(x, (v, axis) => jnp.concatenate([v, v.mul(0.5)], axis), n) },
  { name: 'broadcast', apply: (x) => (x.ndim < 3 ? jnp.broadcastTo(x, [2, ...x.shape]) : x) },
  { name: 'cumsum', apply: (x, _y, n) => withAxis(x, (v, axis) => v.cumsum(axis).div(Math.max(1, v.shape[axis]!)), n) },
  { name: 'sort', apply: (x, _y, n) => withAxis(x, (v, axis) => v.sort(axis), n), smooth: false },
  {
    name: 'gather',
    apply: (x, _y, n) =>
      withAxis(x, (v, axis) => (v.shape[axis] === 0 ? v : jnp.take(v, jnp.array([0, n % v.shape[axis]!, 0], 'int32'), axis)), n),
  },
  {
    name: 'scatterAdd',
    apply: (x, _y, n) => (x.ndim === 0 || x.shape[0] === 0 ? x : x.at(jnp.array([0, n % x.shape[0]!, 0], 'int32')).add(0.25)),
  },
  { name: 'cast', apply: (x) => x.add(x.mul(3).astype('int32').astype('float32').mul(0.125)), smooth: false },
  { name: 'iota', apply: (x) => (x.ndim === 0 ? x : x.mul(jnp.cos(ops.iota(x.shape, 0, 'float32')))) },
  {
    name: 'argmax',
    apply: (x, _y, n) =>
      withAxis(x, (v, axis) => (v.shape[axis] === 0 ? v : v.argmax({ axis, keepdims: true }).astype('float32').mul(0.1).add(v)), n),
    smooth: false,
  },
  { name: 'stopGradient', apply: (x) => lax.stopGradient(x).mul(0.5).add(x), smooth: false },
];

/** Values never grow beyond this many elements. */
const MAX_SIZE = 4096;

const shapeArbitrary = (withEmpty: boolean): fc.Arbitrary<number[]> =>
  fc.array(fc.constantFrom(...(withEmpty ? [0] : []), 1, 2, 3, 5, 7, 8, 13), { maxLength: 3 });

interface Choice {
  readonly step: Step;
  readonly from: number;
  readonly other: number;
  readonly n: number;
}

export interface ProgramOptions {
  /** Only steps with continuous derivatives. */
  readonly smooth?: boolean;
  /** Whether axes of length 0 occur. */
  readonly withEmpty?: boolean;
}

function build(shapes: readonly (readonly number[])[], values: readonly number[], choices: readonly Choice[]): RandomProgram {
  let next = 0;
  const inputs = shapes.map((shape) =>
    toHostArray(
      Float32Array.from({ length: sizeOf(shape) }, () => values[next++ % values.length]!),
      shape,
      'float32',
    ),
  );
  const run = (...arrays: NDArray[]): NDArray[] => {
    const pool = [...arrays];
    const used = new Set<number>();
    for (const { step, from, other, n } of choices) {
      // Recent values are taken more often, so that programs are deep and not only wide.
      const i = Math.max(0, pool.length - 1 - (from % 3));
      const j = other % pool.length;
      const result = step.apply(pool[i]!, pool[j]!, n);
      used.add(i).add(j);
      pool.push(result.size <= MAX_SIZE ? result : result.ravel().get({ stop: MAX_SIZE }));
    }
    return pool.filter((_, i) => i >= arrays.length && !used.has(i));
  };
  const loss = (...arrays: NDArray[]): NDArray =>
    run(...arrays)
      .filter((result) => result.size > 0)
      .reduce((sum, result) => sum.add(jnp.sin(result).mean()), jnp.zeros([]));
  return { steps: choices.map(({ step, from, other, n }) => `${step.name}(${from}, ${other}, ${n})`), inputs, run, loss };
}

/** Programs of 2 to 12 steps on one to three float32 inputs, shrinking towards few steps and small shapes. */
export function randomProgram({ smooth = false, withEmpty = false }: ProgramOptions = {}): fc.Arbitrary<RandomProgram> {
  const steps = STEPS.filter((step) => !smooth || step.smooth !== false);
  const choice = fc.record({ step: fc.constantFrom(...steps), from: fc.nat(7), other: fc.nat(15), n: fc.nat(6) });
  const value = fc.integer({ min: -2000, max: 2000 }).map((n) => n / 1000);
  return fc
    .tuple(
      fc.array(shapeArbitrary(withEmpty), { minLength: 1, maxLength: 3 }),
      fc.array(value, { minLength: 17, maxLength: 64 }),
      fc.array(choice, { minLength: 2, maxLength: 12 }),
    )
    .map(([shapes, values, choices]) => build(shapes, values, choices));
}

/** The largest difference between two lists of numbers, relative to 1 + their size; equal infinities and NaN differ by 0. */
export function worstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) continue;
    const difference = Math.abs(a[i]! - b[i]!) / (1 + Math.abs(b[i]!));
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst;
}
