import type { DeviceDType, Shape } from '#linnet/core';
import { NDArray } from '../array';
import type { ArrayLike } from './convert';
import * as elementwise from './elementwise';
import { get, type Index, IndexedArray, take } from './indexing';
import { dot, matmul } from './linearAlgebra';
import type { Axis, ReduceOptions } from './options';
import * as reductions from './reductions';
import * as shapes from './shapes';
import { argsort, cumprod, cumsum, sort } from './sorting';

/** Each method is the `jnp` function of that name with the array as first argument. */
const METHODS = {
  add: elementwise.add,
  sub: elementwise.subtract,
  mul: elementwise.multiply,
  div: elementwise.divide,
  floorDiv: elementwise.floorDivide,
  mod: elementwise.remainder,
  pow: elementwise.power,
  neg: elementwise.negative,
  abs: elementwise.abs,
  matmul,
  dot,
  eq: elementwise.equal,
  ne: elementwise.notEqual,
  lt: elementwise.less,
  le: elementwise.lessEqual,
  gt: elementwise.greater,
  ge: elementwise.greaterEqual,
  and: elementwise.bitwiseAnd,
  or: elementwise.bitwiseOr,
  xor: elementwise.bitwiseXor,
  not: elementwise.bitwiseNot,
  astype: elementwise.astype,
  clip: elementwise.clip,
  round: elementwise.round,
  sum: reductions.sum,
  mean: reductions.mean,
  max: reductions.max,
  min: reductions.min,
  prod: reductions.prod,
  var: reductions.variance,
  std: reductions.std,
  all: reductions.all,
  any: reductions.any,
  argmax: reductions.argmax,
  argmin: reductions.argmin,
  reshape: shapes.reshape,
  ravel: shapes.ravel,
  flatten: shapes.ravel,
  squeeze: shapes.squeeze,
  swapaxes: shapes.swapaxes,
  repeat: shapes.repeat,
  take,
  get,
  sort,
  argsort,
  cumsum,
  cumprod,
} as const;

type BinaryMethod = (other: ArrayLike) => NDArray;
type ReduceMethod = (axis?: Axis | ReduceOptions) => NDArray;

/** Operators and common functions as methods of arrays. */
export interface ArrayMethods {
  readonly add: BinaryMethod;
  readonly sub: BinaryMethod;
  readonly mul: BinaryMethod;
  /** True division. */
  readonly div: BinaryMethod;
  readonly floorDiv: BinaryMethod;
  /** Remainder with the sign of the divisor. */
  readonly mod: BinaryMethod;
  readonly pow: BinaryMethod;
  neg(): NDArray;
  abs(): NDArray;
  readonly matmul: BinaryMethod;
  readonly dot: BinaryMethod;
  readonly eq: BinaryMethod;
  readonly ne: BinaryMethod;
  readonly lt: BinaryMethod;
  readonly le: BinaryMethod;
  readonly gt: BinaryMethod;
  readonly ge: BinaryMethod;
  readonly and: BinaryMethod;
  readonly or: BinaryMethod;
  readonly xor: BinaryMethod;
  not(): NDArray;
  astype(dtype: DeviceDType): NDArray;
  clip(min?: ArrayLike | null | { min?: ArrayLike; max?: ArrayLike }, max?: ArrayLike | null): NDArray;
  round(decimals?: number): NDArray;
  readonly sum: ReduceMethod;
  readonly mean: ReduceMethod;
  readonly max: ReduceMethod;
  readonly min: ReduceMethod;
  readonly prod: ReduceMethod;
  var(axis?: Axis | reductions.VarianceOptions): NDArray;
  std(axis?: Axis | reductions.VarianceOptions): NDArray;
  readonly all: ReduceMethod;
  readonly any: ReduceMethod;
  argmax(axis?: number | null | { axis?: number | null; keepdims?: boolean }): NDArray;
  argmin(axis?: number | null | { axis?: number | null; keepdims?: boolean }): NDArray;
  reshape(shape: number | Shape, ...rest: number[]): NDArray;
  ravel(): NDArray;
  flatten(): NDArray;
  squeeze(axis?: Axis): NDArray;
  swapaxes(a: number, b: number): NDArray;
  repeat(count: number, axis?: number | null | { axis?: number | null }): NDArray;
  /** Axes reversed, or in the order given (as a list or one by one). */
  transpose(axes?: number | readonly number[] | null, ...rest: number[]): NDArray;
  /** Axes reversed. */
  readonly T: NDArray;
  take(indices: ArrayLike | readonly number[], axis?: number | null | { axis?: number | null }): NDArray;
  /** `x[...]` in Python: numbers, slices `{ start, stop, step }`, integer arrays, null for a new axis, '...'. */
  get(...indices: Index[]): NDArray;
  /** `x.at[...]` in Python: `.set(v)`, `.add(v)`, `.mul(v)`, `.min(v)`, `.max(v)` give a changed copy, `.get()` reads. */
  at(...indices: Index[]): IndexedArray;
  sort(axis?: number | null): NDArray;
  argsort(axis?: number | null): NDArray;
  cumsum(axis?: number | null): NDArray;
  cumprod(axis?: number | null): NDArray;
}

for (const [name, method] of Object.entries(METHODS)) {
  Object.defineProperty(NDArray.prototype, name, {
    value(this: NDArray, ...args: unknown[]) {
      return (method as (...args: unknown[]) => NDArray)(this, ...args);
    },
    configurable: true,
    writable: true,
  });
}

Object.defineProperties(NDArray.prototype, {
  transpose: {
    value(this: NDArray, axes?: number | readonly number[] | null, ...rest: number[]) {
      return shapes.transpose(this, typeof axes === 'number' ? [axes, ...rest] : axes);
    },
  },
  T: {
    get(this: NDArray) {
      return shapes.transpose(this);
    },
  },
  at: {
    value(this: NDArray, ...indices: Index[]) {
      return new IndexedArray(this, indices);
    },
  },
});
