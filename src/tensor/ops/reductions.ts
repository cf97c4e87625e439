import { type DeviceDType, normalizeAxis, sizeOf } from '#linnet/core';
import type { NDArray } from '../array';
import * as lax from '../primitives/lax';
import { type ArrayLike, asArray, asFloat, promoteDTypes } from './convert';
import {
  abs,
  add,
  asBool,
  divide,
  equal,
  isnan,
  lessEqual,
  log,
  logicalAnd,
  logicalOr,
  multiply,
  sqrt,
  square,
  subtract,
  where,
} from './elementwise';
import { type Axis, axisOptions, type ReduceOptions, reducedAxes } from './options';

/** A reduction's axes put back with length 1. */
function keepDims(x: NDArray, result: NDArray, axes: readonly number[], keepdims: boolean | undefined): NDArray {
  if (!keepdims) return result;
  return lax.reshape(
    result,
    x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
  );
}

type ReduceArgument = Axis | ReduceOptions;

interface Fill {
  readonly [dtype: string]: number;
}

/** A reduction over `axis`, of numbers of the array's own dtype (bool counts as int32 where `countsBool`). */
function reducer(name: lax.ReduceName, countsBool: boolean, neutral: (dtype: string) => number) {
  return (x: ArrayLike, argument?: ReduceArgument): NDArray => {
    const { axis, keepdims, dtype, where: mask } = axisOptions<ReduceOptions>(argument);
    let array = asArray(x);
    if (dtype !== undefined) array = lax.cast(array, dtype);
    else if (countsBool && array.dtype === 'bool') array = lax.cast(array, 'int32');
    if (mask !== undefined) array = where(mask as NDArray, array, lax.scalarLike(array, neutral(array.dtype)));
    const axes = reducedAxes(axis, array.ndim);
    return keepDims(array, lax.reduce(name, array, axes), axes, keepdims);
  };
}

const LOWEST: Fill = { int32: -(2 ** 31), uint32: 0, bool: 0 };
const HIGHEST: Fill = { int32: 2 ** 31 - 1, uint32: 2 ** 32 - 1, bool: 1 };

export const sum = reducer('reduceSum', true, () => 0);
export const prod = reducer('reduceProd', true, () => 1);
export const max = reducer('reduceMax', false, (dtype) => LOWEST[dtype] ?? Number.NEGATIVE_INFINITY);
export const min = reducer('reduceMin', false, (dtype) => HIGHEST[dtype] ?? Number.POSITIVE_INFINITY);
const allOf = reducer('reduceAnd', false, () => 1);
const anyOf = reducer('reduceOr', false, () => 0);
export const all = (x: ArrayLike, argument?: ReduceArgument): NDArray => allOf(asBool(x), argument);
export const any = (x: ArrayLike, argument?: ReduceArgument): NDArray => anyOf(asBool(x), argument);
export const countNonzero = (x: ArrayLike, argument?: ReduceArgument): NDArray => sum(asBool(x), argument);
export const ptp = (x: ArrayLike, argument?: ReduceArgument): NDArray => subtract(max(x, argument), min(x, argument));

/** Number of elements that go into each result. */
const countOf = (x: NDArray, axis: Axis | undefined): number => sizeOf(reducedAxes(axis, x.ndim).map((a) => x.shape[a]!));

export function mean(x: ArrayLike, argument?: ReduceArgument): NDArray {
  const options = axisOptions<ReduceOptions>(argument);
  const array = asFloat(x, 'jnp.mean');
  if (options.where !== undefined) {
    const count = sum(lax.cast(asBool(where(options.where as NDArray, onesLike(array), 0)), 'int32'), { ...options, where: undefined });
    return divide(sum(array, options), count);
  }
  const total = sum(array, options);
  return lax.div(total, lax.scalarLike(total, countOf(array, options.axis)));
}
const onesLike = (x: NDArray): NDArray => lax.full(x.shape, 1, x.dtype as DeviceDType);

export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the number of elements in the divisor; 0 by default. */
  readonly ddof?: number;
}

export function variance(x: ArrayLike, argument?: Axis | VarianceOptions): NDArray {
  const { ddof = 0, ...options } = axisOptions<VarianceOptions>(argument);
  const array = asFloat(x, 'jnp.var');
  const deviation = subtract(array, mean(array, { ...options, keepdims: true }));
  const total = sum(square(deviation), options);
  return lax.div(total, lax.scalarLike(total, Math.max(0, countOf(array, options.axis) - ddof)));
}
export const std = (x: ArrayLike, argument?: Axis | VarianceOptions): NDArray => sqrt(variance(x, argument));

/** Weighted mean; without weights the mean. */
export function average(x: ArrayLike, options: { axis?: number | null; weights?: ArrayLike } = {}): NDArray {
  const { axis = null, weights } = options;
  return weights === undefined
    ? mean(x, axis)
    : divide(sum(multiply(x, weights), axis), sum(asArray(weights), asArray(weights).ndim === 1 ? null : axis));
}

/** log(sum(exp(x))) without overflow; `b` are factors of the terms. */
export function logsumexp(x: ArrayLike, argument?: Axis | (ReduceOptions & { b?: ArrayLike })): NDArray {
  const { axis, keepdims, b, where: mask } = axisOptions<ReduceOptions & { b?: ArrayLike }>(argument);
  let array = asFloat(x, 'logsumexp');
  if (mask !== undefined) array = where(mask as NDArray, array, Number.NEGATIVE_INFINITY);
  const axes = reducedAxes(axis, array.ndim);
  const top = lax.stopGradient(max(array, { axis: axes, keepdims: true }));
  const shift = lax.select(lax.apply('isFinite', [top]), top, lax.scalarLike(top, 0));
  const terms = lax.exp(subtract(array, shift));
  const total = sum(b === undefined ? terms : multiply(terms, b), { axis: axes, keepdims: true });
  const result = add(log(total), shift);
  return keepdims
    ? result
    : lax.reshape(
        result,
        array.shape.filter((_, a) => !axes.includes(a)),
      );
}

function argReducer(name: 'argmax' | 'argmin') {
  return (x: ArrayLike, argument?: number | null | { axis?: number | null; keepdims?: boolean }): NDArray => {
    const { axis, keepdims } = axisOptions<{ axis?: number | null; keepdims?: boolean }>(argument as never);
    const array = asArray(x);
    const isFlat = axis === null || axis === undefined;
    const source = isFlat ? lax.reshape(array, [array.size]) : array;
    const along = isFlat ? 0 : normalizeAxis(axis as number, array.ndim);
    const result = lax.apply(name, [source], { axis: along });
    return keepDims(array, result, isFlat ? array.shape.map((_, a) => a) : [along], keepdims);
  };
}
/** Index of the largest element, the first one at ties; of the flattened array if no axis is given. */
export const argmax = argReducer('argmax');
export const argmin = argReducer('argmin');

const ignoringNan = (reduce: (x: ArrayLike, argument?: ReduceArgument) => NDArray) => {
  return (x: ArrayLike, argument?: ReduceArgument): NDArray => {
    const array = asFloat(x);
    return reduce(array, { ...axisOptions<ReduceOptions>(argument), where: lax.not(isnan(array)) });
  };
};
export const nansum = ignoringNan(sum);
export const nanmean = ignoringNan(mean);
export const nanmax = ignoringNan(max);
export const nanmin = ignoringNan(min);

export interface NormOptions {
  /** 2 by default; 1, Infinity, -Infinity, 0 or any power for vectors; 'fro', 1, Infinity for matrices. */
  readonly ord?: number | 'fro';
  readonly axis?: Axis;
  readonly keepdims?: boolean;
}

/** Vector or Frobenius norm over `axis` (all axes by default). Like `jnp.linalg.norm`. */
export function norm(x: ArrayLike, argument?: number | 'fro' | NormOptions): NDArray {
  const { ord, axis = null, keepdims } = typeof argument === 'object' ? argument : { ord: argument };
  const array = asFloat(x, 'jnp.linalg.norm');
  const options = { axis, keepdims: keepdims ?? false };
  if (ord === undefined || ord === 2 || ord === 'fro') return sqrt(sum(square(array), options));
  if (ord === Number.POSITIVE_INFINITY) return max(abs(array), options);
  if (ord === Number.NEGATIVE_INFINITY) return min(abs(array), options);
  if (ord === 1) return sum(abs(array), options);
  if (ord === 0) return lax.cast(sum(asBool(array), options), 'float32');
  const [magnitude, exponent] = promoteDTypes([abs(array), ord], 'norm') as [NDArray, NDArray];
  const total = sum(lax.pow(magnitude, exponent), options);
  return lax.pow(total, lax.scalarLike(total, 1 / ord));
}

/** Whether all elements agree to within `atol + rtol * |y|`, as a bool array. */
export function allclose(x: ArrayLike, y: ArrayLike, { rtol = 1e-5, atol = 1e-8, equalNan = false } = {}): NDArray {
  return all(isclose(x, y, { rtol, atol, equalNan }));
}
export function isclose(x: ArrayLike, y: ArrayLike, { rtol = 1e-5, atol = 1e-8, equalNan = false } = {}): NDArray {
  const [a, b] = promoteDTypes([x, y], 'jnp.isclose').map((operand) => asFloat(operand)) as [NDArray, NDArray];
  const difference = subtract(a, b);
  const near = lessEqual(abs(difference), add(multiply(abs(b), rtol), atol));
  const result = where(lax.apply('isFinite', [difference]), near, equal(a, b));
  return equalNan ? logicalOr(result, logicalAnd(isnan(a), isnan(b))) : result;
}
/** Whether shapes and all elements are the same, as a bool array. */
export function arrayEqual(x: NDArray, y: NDArray): NDArray {
  const same = x.ndim === y.ndim && x.shape.every((dim, axis) => dim === y.shape[axis]);
  if (!same) return lax.full([], 0, 'bool');
  const [a, b] = promoteDTypes([x, y], 'jnp.arrayEqual') as [NDArray, NDArray];
  return all(lax.eq(a, b));
}
