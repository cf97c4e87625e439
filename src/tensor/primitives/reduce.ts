import { type DeviceDType, type HostArray, sizeOf, stridesOf } from '#linnet/core';
import type { NDArray } from '../array';
import { type Aval, makeAval } from '../aval';
import { allocate, type Elements, elementsOf, toHostArray } from '../elements';
import { checkDType, type DTypeClass } from './elementwise';
import * as lax from './lax';
import type { LoweringContext } from './lowering';
import { extremum } from './mathWgsl';
import { definePrimitive, type Primitive } from './primitive';
import { copyStrided } from './strided';

type Axes = { readonly axes: readonly number[] };

interface ReduceDefinition {
  readonly name: lax.ReduceName;
  readonly accepts: DTypeClass;
  readonly identity: (dtype: string) => number;
  readonly fold: (row: Elements, start: number, end: number) => number;
  readonly combine: (a: string, b: string, context: LoweringContext<any>) => string;
  readonly jvp?: Primitive<Axes>['jvp'];
  readonly transpose?: Primitive<Axes>['transpose'];
}

const kept = (rank: number, axes: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));

/** The elements with the reduced axes last, so that each result is a fold over one run of them. */
function reducedLast(x: HostArray, axes: readonly number[]): Elements {
  const source = elementsOf(x);
  const order = [...kept(x.shape.length, axes), ...axes];
  if (order.every((axis, i) => axis === i)) return source;
  const strides = stridesOf(x.shape);
  const out = allocate(x.shape, x.dtype);
  copyStrided(
    source,
    out,
    order.map((axis) => x.shape[axis]!),
    order.map((axis) => strides[axis]!),
    0,
  );
  return out;
}

function defineReduce({ name, accepts, identity, fold, combine, jvp, transpose }: ReduceDefinition): void {
  definePrimitive<Axes>({
    name,
    abstract: ([x], { axes }) => {
      checkDType(name, x!, accepts);
      return [
        makeAval(
          kept(x!.shape.length, axes).map((axis) => x!.shape[axis]!),
          x!.dtype,
          x!.weakType,
        ),
      ];
    },
    ...(jvp && { jvp }),
    ...(transpose && { transpose }),
    batch: ([x], [axis], { axes }) => ({
      outputs: [
        lax.reduce(
          name,
          lax.moveAxis(x!, axis!, 0),
          axes.map((a) => a + 1),
        ),
      ],
      axes: [0],
    }),
    cpu: ([x], { axes }, [output]) => {
      const rows = reducedLast(x!, axes);
      const out = allocate(output!.shape, output!.dtype);
      const length = sizeOf(axes.map((axis) => x!.shape[axis]!));
      for (let i = 0; i < out.length; i++) out[i] = length === 0 ? identity(x!.dtype) : fold(rows, i * length, (i + 1) * length);
      return [toHostArray(out, output!.shape, output!.dtype)];
    },
    gpu: { kind: 'reduce', identity, combine },
  });
}

/** A result spread back over the axes that were reduced. */
const spreadBack = (x: NDArray, aval: Pick<Aval, 'shape'>, axes: readonly number[]): NDArray =>
  lax.broadcastInDim(x, aval.shape, kept(aval.shape.length, axes));

defineReduce({
  name: 'reduceSum',
  accepts: 'number',
  identity: () => 0,
  // The sum runs in double precision and is rounded once: the exact side of comparisons.
  fold: (row, start, end) => {
    let sum = 0;
    for (let i = start; i < end; i++) sum += row[i]!;
    return sum;
  },
  combine: (a, b) => `(${a} + ${b})`,
  jvp: (_primals, [t], { axes }) => [t && lax.reduceSum(t, axes)],
  transpose: ([ct], _inputs, { axes }, [x]) => [spreadBack(ct!, x!, axes)],
});

/** Derivative of a maximum: the mean of the tangents where it is attained. */
const extremumJvp: Primitive<Axes>['jvp'] = ([x], [t], { axes }, [y]) => {
  if (!t) return [null];
  const attained = lax.cast(lax.eq(x!, spreadBack(y!, x!, axes)), x!.dtype as DeviceDType);
  return [lax.div(lax.reduceSum(lax.mul(t, attained), axes), lax.reduceSum(attained, axes))];
};

const LOWEST: Record<string, number> = { int32: -(2 ** 31), uint32: 0, bool: 0 };
const HIGHEST: Record<string, number> = { int32: 2 ** 31 - 1, uint32: 2 ** 32 - 1, bool: 1 };

defineReduce({
  name: 'reduceMax',
  accepts: 'any',
  identity: (dtype) => LOWEST[dtype] ?? Number.NEGATIVE_INFINITY,
  fold: (row, start, end) => {
    let best = row[start]!;
    for (let i = start + 1; i < end; i++) if (row[i]! > best || Number.isNaN(row[i]!)) best = row[i]!;
    return best;
  },
  combine: (a, b, context) => extremum('max', a, b, context),
  jvp: extremumJvp,
});

defineReduce({
  name: 'reduceMin',
  accepts: 'any',
  identity: (dtype) => HIGHEST[dtype] ?? Number.POSITIVE_INFINITY,
  fold: (row, start, end) => {
    let best = row[start]!;
    for (let i = start + 1; i < end; i++) if (row[i]! < best || Number.isNaN(row[i]!)) best = row[i]!;
    return best;
  },
  combine: (a, b, context) => extremum('min', a, b, context),
  jvp: extremumJvp,
});

defineReduce({
  name: 'reduceProd',
  accepts: 'number',
  identity: () => 1,
  fold: (row, start, end) => {
    const whole = !(row instanceof Float32Array || row instanceof Float64Array);
    let product = 1;
    for (let i = start; i < end; i++) product = whole ? Math.imul(product, row[i]!) : product * row[i]!;
    return product;
  },
  combine: (a, b) => `(${a} * ${b})`,
  jvp: ([x], [t], { axes }) => [t && lax.reduceSum(lax.mul(t, productOfOthers(x!, axes)), axes)],
});

/** For each element the product of the others in its row, without dividing (elements may be 0): products from both ends. */
function productOfOthers(x: NDArray, axes: readonly number[]): NDArray {
  const free = kept(x.ndim, axes);
  const order = [...free, ...axes];
  const moved = lax.transpose(x, order);
  const length = sizeOf(axes.map((axis) => x.shape[axis]!));
  const rows = lax.reshape(moved, [sizeOf(free.map((axis) => x.shape[axis]!)), length]);
  const one = lax.scalarLike(x, 1);
  const cumulative = (y: NDArray, reverse: boolean): NDArray => lax.apply('cumprod', [y], { axis: 1, reverse });
  const before = lax.pad(cumulative(rows, false), one, [
    [0, 0, 0],
    [1, -1, 0],
  ]);
  const after = lax.pad(cumulative(rows, true), one, [
    [0, 0, 0],
    [-1, 1, 0],
  ]);
  const others = lax.reshape(lax.mul(before, after), moved.shape);
  return lax.transpose(
    others,
    order.map((_, i) => order.indexOf(i)),
  );
}

const logical = (name: 'reduceAnd' | 'reduceOr', identity: number, operator: string, f: (a: number, b: number) => number): void =>
  defineReduce({
    name,
    accepts: 'integerOrBool',
    identity: (dtype) => (dtype === 'bool' ? identity : identity === 1 ? (dtype === 'int32' ? -1 : 2 ** 32 - 1) : 0),
    fold: (row, start, end) => {
      let result = row[start]!;
      for (let i = start + 1; i < end; i++) result = f(result, row[i]!);
      return result;
    },
    combine: (a, b, { inputs }) => `(${a} ${inputs[0]!.dtype === 'bool' ? operator + operator : operator} ${b})`,
  });
logical('reduceAnd', 1, '&', (a, b) => a & b);
logical('reduceOr', 0, '|', (a, b) => a | b);
