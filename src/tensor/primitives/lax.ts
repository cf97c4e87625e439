import { type DeviceDType, type Shape, shapesEqual } from '#linnet/core';
import { LiteralArray, type NDArray } from '../array';
import { bind } from '../trace/bind';
import { type Params, primitiveNamed } from './primitive';

/**
 * The primitives as functions, for rules and for the ops above: no promotion, no broadcasting (but scalars known on the host, `[]`
 * literals, go with any shape in elementwise ones). Found by name, so that families can use each other.
 */
export const applyAll = (name: string, inputs: readonly NDArray[], params?: Params): readonly NDArray[] =>
  bind(primitiveNamed(name), inputs, params);

export const apply = (name: string, inputs: readonly NDArray[], params?: Params): NDArray => applyAll(name, inputs, params)[0]!;

type Unary = (x: NDArray) => NDArray;
type Binary = (x: NDArray, y: NDArray) => NDArray;
const unary =
  (name: string): Unary =>
  (x) =>
    apply(name, [x]);
const binary =
  (name: string): Binary =>
  (x, y) =>
    apply(name, [x, y]);

export const neg = unary('neg');
export const exp = unary('exp');
export const log = unary('log');
export const sin = unary('sin');
export const cos = unary('cos');
export const sqrt = unary('sqrt');
export const rsqrt = unary('rsqrt');
export const sign = unary('sign');
export const not = unary('not');
export const stopGradient = unary('stopGradient');

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
export const pow = binary('pow');
export const max = binary('max');
export const min = binary('min');
export const and = binary('and');
export const or = binary('or');
export const eq = binary('eq');
export const ne = binary('ne');
export const lt = binary('lt');
export const le = binary('le');
export const ge = binary('ge');

/** Elementwise choice; all three of one shape (literals go with any). */
export const select = (condition: NDArray, onTrue: NDArray, onFalse: NDArray): NDArray => apply('select', [condition, onTrue, onFalse]);

/** `x` as `dtype`, strong; `x` itself when it is that already. */
export const cast = (x: NDArray, dtype: DeviceDType): NDArray => {
  if (x.dtype === dtype && !x.weakType) return x;
  if (x instanceof LiteralArray && isExactCast(x, dtype)) return new LiteralArray(x.value, dtype);
  return apply('cast', [x], { dtype });
};

const isExactCast = (x: LiteralArray, dtype: DeviceDType): boolean =>
  dtype === 'float32' || x.dtype === dtype || (dtype === 'int32' && Number.isInteger(x.value) && Math.abs(x.value) < 2 ** 31);

/** The scalar `value` in the dtype of `x`, known on the host. */
export const scalarLike = (x: NDArray, value: number): LiteralArray => new LiteralArray(value, x.dtype, x.weakType);

/** `x` spread to `shape`: its axis i becomes axis `axes[i]`; axes of length 1 are repeated. */
export const broadcastInDim = (x: NDArray, shape: Shape, axes: readonly number[]): NDArray =>
  shapesEqual(x.shape, shape) ? x : apply('broadcastInDim', [x], { shape, axes });

/** An array of `shape` with `value` everywhere. */
export const full = (shape: Shape, value: number, dtype: DeviceDType): NDArray => broadcastInDim(new LiteralArray(value, dtype), shape, []);

export const zerosLike = (x: NDArray): NDArray => full(x.shape, 0, x.dtype as DeviceDType);

export const reshape = (x: NDArray, shape: Shape): NDArray => (shapesEqual(x.shape, shape) ? x : apply('reshape', [x], { shape }));

export const transpose = (x: NDArray, permutation: readonly number[]): NDArray =>
  permutation.every((axis, i) => axis === i) ? x : apply('transpose', [x], { permutation });

/** `x[starts:limits:strides]` per axis; strides are positive. */
export const slice = (x: NDArray, starts: readonly number[], limits: readonly number[], strides?: readonly number[]): NDArray =>
  apply('slice', [x], { starts, limits, strides: strides ?? starts.map(() => 1) });

/** `x[start:limit]` along one axis. */
export const sliceAxis = (x: NDArray, axis: number, start: number, limit: number): NDArray =>
  slice(
    x,
    x.shape.map((_, i) => (i === axis ? start : 0)),
    x.shape.map((dim, i) => (i === axis ? limit : dim)),
  );

/** Adds `low`/`high` elements around and `interior` between elements per axis; negative low/high crop. */
export const pad = (x: NDArray, value: NDArray, padding: readonly (readonly [number, number, number])[]): NDArray =>
  apply('pad', [x, value], {
    low: padding.map((p) => p[0]),
    high: padding.map((p) => p[1]),
    interior: padding.map((p) => p[2]),
  });

export const reverse = (x: NDArray, axes: readonly number[]): NDArray => (axes.length === 0 ? x : apply('reverse', [x], { axes }));

export const concatenate = (parts: readonly NDArray[], axis: number): NDArray =>
  parts.length === 1 ? parts[0]! : apply('concatenate', parts, { axis });

/** 0, 1, 2, ... along `axis` of an array of `shape`. */
export const iota = (shape: Shape, axis: number, dtype: DeviceDType): NDArray => apply('iota', [], { shape, axis, dtype });

export type ReduceName = 'reduceSum' | 'reduceMax' | 'reduceMin' | 'reduceProd' | 'reduceAnd' | 'reduceOr';
export const reduce = (name: ReduceName, x: NDArray, axes: readonly number[]): NDArray =>
  axes.length === 0 ? x : apply(name, [x], { axes });
export const reduceSum = (x: NDArray, axes: readonly number[]): NDArray => reduce('reduceSum', x, axes);

export interface DotDimensions {
  /** Axes summed over, of lhs and rhs, pairwise. */
  readonly contracting: readonly [readonly number[], readonly number[]];
  /** Axes that lhs and rhs share, pairwise; they come first in the result. */
  readonly batch: readonly [readonly number[], readonly number[]];
}
/** The general product of two arrays: batch axes, then free axes of lhs, then of rhs. */
export const dotGeneral = (lhs: NDArray, rhs: NDArray, { contracting, batch }: DotDimensions): NDArray =>
  apply('dotGeneral', [lhs, rhs], { contracting, batch });

export type OutOfBounds = 'clip' | 'fill';
export interface GatherParams extends Params {
  /** The axis of the operand that indices count along. */
  readonly axis: number;
  /** Leading axes that operand and indices share. */
  readonly batchDims: number;
  /** What an index outside 0..n-1 reads: the nearest element, or 0. */
  readonly mode: OutOfBounds;
}
export const gather = (operand: NDArray, indices: NDArray, params: GatherParams): NDArray => apply('gather', [operand, indices], params);

export type ScatterCombine = 'set' | 'add' | 'mul' | 'min' | 'max';
export interface ScatterParams extends Params {
  readonly axis: number;
  readonly batchDims: number;
  readonly combine: ScatterCombine;
}
/** `operand` with `updates` combined in at `indices`, in order; indices outside are dropped. Shapes as of `gather`. */
export const scatter = (operand: NDArray, indices: NDArray, updates: NDArray, params: ScatterParams): NDArray =>
  apply('scatter', [operand, indices, updates], params);

/** All operands in the order that sorts the first along `axis`: stable, ascending, NaN last. */
export const sort = (operands: readonly NDArray[], axis: number): readonly NDArray[] => applyAll('sort', operands, { axis });

/** `x` with its axis `from` moved to `to`. */
export function moveAxis(x: NDArray, from: number, to: number): NDArray {
  const order = x.shape.map((_, i) => i).filter((axis) => axis !== from);
  order.splice(to, 0, from);
  return transpose(x, order);
}
