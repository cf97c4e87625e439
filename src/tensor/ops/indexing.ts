import { LinnetError, normalizeAxis, type Shape, sizeOf } from '#linnet/core';
import { isArray, LiteralArray, type NDArray } from '../array';
import { KeyArray, throughKeys } from '../keyArray';
import * as lax from '../primitives/lax';
import { type ArrayLike, asArray, promoteDTypes, spread, spreadAll } from './convert';
import { where } from './elementwise';
import { expandDims, moveaxis, ravel, reshape } from './shapes';

/** Part of an axis, as Python's `start:stop:step`; steps may be negative. */
export interface Slice {
  readonly start?: number | null;
  readonly stop?: number | null;
  readonly step?: number | null;
}

/** What may stand between the brackets, per axis: a number, an integer array, a slice, `null` (a new axis), or '...' (all axes between). */
export type Index = number | NDArray | Slice | null | '...';

/** What an index out of range reads: the nearest element ('clip'), or a value that stands out ('fill'). */
export type IndexMode = 'clip' | 'fill';

const asIndices = (x: ArrayLike | readonly number[]): NDArray => {
  if (Array.isArray(x))
    return lax.concatenate(
      x.map((value) => lax.full([1], value, 'int32')),
      0,
    );
  const array = asArray(x as ArrayLike);
  if (array.dtype === 'int32') return array;
  if (array instanceof LiteralArray) return new LiteralArray(Math.trunc(array.value), 'int32');
  if (array.dtype === 'uint32') return lax.cast(array, 'int32');
  throw new LinnetError('DTypeError', `Indices must be integers, not ${array.toString()}.`);
};

/** Negative indices count from the end. */
function wrap(indices: NDArray, length: number): NDArray {
  if (indices instanceof LiteralArray) return new LiteralArray(indices.value < 0 ? indices.value + length : indices.value, 'int32');
  return lax.select(lax.lt(indices, lax.scalarLike(indices, 0)), lax.add(indices, lax.scalarLike(indices, length)), indices);
}

/** Elements of `x` at `indices` along `axis` (flattened if none is given). Out of range, with 'fill', the default: NaN, or the smallest int32, the largest uint32, true; with 'clip' the nearest element, the first one for negative indices. */
export function take(
  x: ArrayLike,
  indices: ArrayLike | readonly number[],
  options: number | null | { axis?: number | null; mode?: IndexMode } = null,
): NDArray {
  const { axis = null, mode = 'fill' } = typeof options === 'object' && options !== null ? options : { axis: options };
  const array = axis === null ? ravel(x) : asArray(x);
  const along = normalizeAxis(axis ?? 0, array.ndim);
  const given = asIndices(indices);
  const places = mode === 'clip' ? given : wrap(given, array.shape[along]!);
  return throughKeys(array, (values) => gatherFilled(values, places, along, 0, mode));
}

/** What JAX reads at indices out of range. */
const FILL: Readonly<Record<string, number>> = { int32: -(2 ** 31), uint32: 2 ** 32 - 1, bool: 1 };

/** A gather that fills as JAX does. */
function gatherFilled(x: NDArray, indices: NDArray, axis: number, batchDims: number, mode: IndexMode): NDArray {
  const gathered = lax.gather(x, indices, { axis, batchDims, mode });
  if (mode === 'clip') return gathered;
  const inside = lax.and(lax.ge(indices, lax.scalarLike(indices, 0)), lax.lt(indices, lax.scalarLike(indices, x.shape[axis]!)));
  const places = Array.from({ length: indices.ndim - batchDims }, (_, i) => axis + i);
  const spreadInside =
    inside instanceof LiteralArray ? inside : lax.broadcastInDim(inside, gathered.shape, [...Array(batchDims).keys(), ...places]);
  return lax.select(spreadInside, gathered, lax.scalarLike(gathered, FILL[x.dtype] ?? Number.NaN));
}

/** One element per index along `axis`, the other axes going together: `out[i][j] = x[i][indices[i][j]]` for axis 1. */
export function takeAlongAxis(x: ArrayLike, indices: ArrayLike, options: number | { axis?: number; mode?: IndexMode } = -1): NDArray {
  const { axis = -1, mode = 'fill' } = typeof options === 'number' ? { axis: options } : options;
  const array = asArray(x);
  const along = normalizeAxis(axis, array.ndim);
  const index = asIndices(indices);
  const others = array.shape.map((dim, i) => (i === along ? null : Math.max(dim, index.shape[i]!)));
  const [last, lastIndex] = [array, index].map((part) =>
    moveaxis(
      spread(
        part,
        part.shape.map((dim, i) => others[i] ?? dim),
      ),
      along,
      -1,
    ),
  ) as [NDArray, NDArray];
  const picked = gatherFilled(last, wrap(lastIndex, array.shape[along]!), array.ndim - 1, array.ndim - 1, mode);
  return moveaxis(picked, -1, along);
}

/** `x[...]` in Python: one index per axis, from the front. */
export function get(x: ArrayLike, ...indices: Index[]): NDArray {
  const array = asArray(x);
  const plan = planIndex(array.shape, indices);
  if (array instanceof KeyArray) return new KeyArray(readPlan(array.words, { ...plan, slices: [...plan.slices, [0, 2, 1]] }, 1));
  return readPlan(array, plan, 0);
}

/** An index taken apart: a basic slice of every axis, arrays on some, axes dropped, and axes put in. */
interface IndexPlan {
  /** start, stop, step (positive), per axis; numbers are slices of length 1. */
  readonly slices: readonly (readonly [number, number, number])[];
  readonly reversed: readonly number[];
  /** Axes indexed by arrays. */
  readonly arrays: readonly (readonly [number, NDArray])[];
  readonly dropped: readonly number[];
  /** Places of new axes, counted in the axes kept before them. */
  readonly added: readonly number[];
}

function planIndex(shape: Shape, indices: readonly Index[]): IndexPlan {
  const consumed = indices.filter((index) => index !== null && index !== '...').length;
  if (consumed > shape.length) {
    throw new LinnetError('ShapeError', `${consumed} indices were given for an array of shape [${shape}] with ${shape.length} axes.`);
  }
  const filler = new Array<Index>(shape.length - consumed).fill({});
  const dots = indices.indexOf('...');
  const full = dots < 0 ? [...indices, ...filler] : [...indices.slice(0, dots), ...filler, ...indices.slice(dots + 1)];
  const slices: [number, number, number][] = [];
  const [reversed, dropped, added]: [number[], number[], number[]] = [[], [], []];
  const arrays: [number, NDArray][] = [];
  let kept = 0;
  for (const index of full) {
    const axis = slices.length;
    if (index === null) {
      added.push(kept + added.length);
      continue;
    }
    const length = shape[axis]!;
    if (typeof index === 'number') {
      const at = checkIndex(index, length, axis);
      slices.push([at, at + 1, 1]);
      dropped.push(axis);
      continue;
    }
    kept++;
    if (isArray(index)) {
      slices.push([0, length, 1]);
      arrays.push([axis, wrap(asIndices(index), length)]);
    } else {
      const { range, isReversed } = resolveSlice(index as Slice, length);
      slices.push(range);
      if (isReversed) reversed.push(axis);
    }
  }
  return { slices, reversed, arrays, dropped, added };
}

function checkIndex(index: number, length: number, axis: number): number {
  const at = index < 0 ? index + length : index;
  if (Number.isInteger(index) && at >= 0 && at < length) return at;
  throw new LinnetError('ShapeError', `Index ${index} is out of range for axis ${axis} of length ${length}.`);
}

/** Python's slice rules; a negative step is a positive one of the same elements, then reversed. */
function resolveSlice({ start, stop, step }: Slice, length: number): { range: [number, number, number]; isReversed: boolean } {
  const by = step ?? 1;
  if (!Number.isInteger(by) || by === 0)
    throw new LinnetError('InvalidArgumentError', `A slice step must be a whole number but 0, not ${by}.`);
  const bound = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value < 0 ? value + length : value));
  if (by > 0) {
    const from = bound(start ?? 0, 0, length);
    return { range: [from, Math.max(from, bound(stop ?? length, 0, length)), by], isReversed: false };
  }
  const from = start === undefined || start === null ? length - 1 : bound(start, -1, length - 1);
  const to = stop === undefined || stop === null ? -1 : bound(stop, -1, length - 1);
  const count = Math.max(0, Math.ceil((from - to) / -by));
  const first = from + (count - 1) * by;
  return { range: count === 0 ? [0, 0, -by] : [first, from + 1, -by], isReversed: true };
}

function readPlan(x: NDArray, plan: IndexPlan, keptTail: number): NDArray {
  const { slices, reversed, arrays, dropped, added } = plan;
  const isWhole = slices.every(([start, stop, step], axis) => start === 0 && stop === x.shape[axis] && step === 1);
  const sliced = isWhole
    ? x
    : lax.slice(
        x,
        slices.map((s) => s[0]),
        slices.map((s) => s[1]),
        slices.map((s) => s[2]),
      );
  const turned = lax.reverse(sliced, reversed);
  const axes = turned.shape.map((_, axis) => axis).filter((axis) => !dropped.includes(axis));
  let result = lax.reshape(
    turned,
    axes.map((axis) => turned.shape[axis]!),
  );
  if (arrays.length > 0) {
    const places = arrays.map(([axis]) => axes.indexOf(axis));
    result = gatherAxes(
      result,
      places,
      arrays.map(([, index]) => index),
    );
  }
  return added.length === 0
    ? result
    : expandDims(
        result,
        added.map((place) => Math.min(place, result.ndim - keptTail + added.length)),
      );
}

/** Several array indices go together: their axes become one flat axis, their values one flat index. */
function gatherAxes(x: NDArray, axes: readonly number[], indices: readonly NDArray[]): NDArray {
  const [first] = axes as [number];
  const adjacent = axes.every((axis, i) => axis === first + i);
  const start = adjacent ? first : 0;
  const { flat, index } = flattenAxes(x, axes, indices, start);
  return lax.gather(flat, index, { axis: start, batchDims: 0, mode: 'clip' });
}

function flattenAxes(x: NDArray, axes: readonly number[], indices: readonly NDArray[], start: number): { flat: NDArray; index: NDArray } {
  const lengths = axes.map((axis) => x.shape[axis]!);
  const moved = moveaxis(
    x,
    axes,
    axes.map((_, i) => start + i),
  );
  const flat = reshape(moved, moved.shape.toSpliced(start, axes.length, sizeOf(lengths)));
  const clamped = spreadAll(indices.map((index, i) => clampIndex(index, lengths[i]!)));
  const index = clamped.reduce((sum, next, i) => {
    const scaled = lax.mul(sum, lax.scalarLike(sum, lengths[i]!));
    const [a, b] = spreadAll([scaled, next]) as [NDArray, NDArray];
    return lax.add(a, b);
  });
  return { flat, index };
}

const clampIndex = (index: NDArray, length: number): NDArray =>
  lax.min(lax.max(index, lax.scalarLike(index, 0)), lax.scalarLike(index, Math.max(0, length - 1)));

/** `x.at(...)` as in JAX: reads, or copies with some elements changed. */
export class IndexedArray {
  readonly #array: NDArray;
  readonly #indices: readonly Index[];

  constructor(array: NDArray, indices: readonly Index[]) {
    this.#array = array;
    this.#indices = indices;
  }

  get(): NDArray {
    return get(this.#array, ...this.#indices);
  }
  set(values: ArrayLike): NDArray {
    return this.#update(values, 'set');
  }
  add(values: ArrayLike): NDArray {
    return this.#update(values, 'add');
  }
  mul(values: ArrayLike): NDArray {
    return this.#update(values, 'mul');
  }
  min(values: ArrayLike): NDArray {
    return this.#update(values, 'min');
  }
  max(values: ArrayLike): NDArray {
    return this.#update(values, 'max');
  }

  /** Updates at array indices are one scatter along a flat axis; the other axes are brought to the positions the slices name. */
  #update(values: ArrayLike, combine: lax.ScatterCombine): NDArray {
    const x = this.#array;
    const plan = planIndex(x.shape, this.#indices);
    const updates = lax.cast(asArray(values), x.dtype as 'float32');
    const positions = lax.reshape(lax.iota([x.size], 0, 'int32'), x.shape);
    const flatIndex = readPlan(positions, { ...plan, arrays: plan.arrays.map(([axis, index]) => [axis, index]) }, 0);
    const valid = this.#inside(plan, flatIndex.shape);
    const index = valid === null ? flatIndex : where(valid, flatIndex, -1);
    const spreadUpdates = spread(updates, index.shape);
    const flat = lax.scatter(ravel(x), ravel(index), ravel(spreadUpdates), { axis: 0, batchDims: 0, combine });
    return lax.reshape(flat, x.shape);
  }

  /** Which updates are in range; null when no array index can be outside. */
  #inside(plan: IndexPlan, shape: Shape): NDArray | null {
    if (plan.arrays.length === 0) return null;
    const checks = plan.arrays.map(([axis, index]) =>
      lax.and(lax.ge(index, lax.scalarLike(index, 0)), lax.lt(index, lax.scalarLike(index, this.#array.shape[axis]!))),
    );
    const together = checks.reduce((a, b) => lax.and(...(spreadAll([a, b]) as [NDArray, NDArray])));
    const axes = this.#array.shape.map((_, axis) => axis).filter((axis) => !plan.dropped.includes(axis));
    const places = plan.arrays.map(([axis]) => axes.indexOf(axis));
    const first = places.every((place, i) => place === places[0]! + i) ? places[0]! : 0;
    if (plan.added.length > 0)
      throw new LinnetError('InvalidArgumentError', 'at(...): new axes (null) and array indices cannot be combined in an update.');
    return lax.broadcastInDim(
      together,
      shape,
      together.shape.map((_, i) => first + i),
    );
  }
}

/** Values chosen by an integer array among `choices`. */
export function choose(index: ArrayLike, choices: readonly ArrayLike[]): NDArray {
  const promoted = promoteDTypes(choices, 'jnp.choose');
  const which = asArray(index);
  return promoted.reduce((result, choice, i) => (i === 0 ? choice : where(lax.eq(which, lax.scalarLike(which, i)), choice, result)));
}
