import { type DeviceDType, sizeOf } from '#linnet/core';
import type { NDArray } from '../array';
import { type Aval, makeAval } from '../aval';
import { checkDType, type DTypeClass } from './elementwise';
import * as lax from './lax';
import type { LoweringContext } from './lowering';
import { extremum } from './mathWgsl';
import { definePrimitive, type Primitive } from './primitive';

type Axes = { readonly axes: readonly number[] };

interface ReduceDefinition {
  readonly name: lax.ReduceName;
  readonly accepts: DTypeClass;
  readonly identity: (dtype: string) => number;
  readonly combine: (a: string, b: string, context: LoweringContext<any>) => string;
  readonly jvp?: Primitive<Axes>['jvp'];
  readonly transpose?: Primitive<Axes>['transpose'];
}

/** The axes that are left of `rank` when `axes` are reduced. */
export const keptAxes = (rank: number, axes: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));

function defineReduce({ name, accepts, identity, combine, jvp, transpose }: ReduceDefinition): void {
  definePrimitive<Axes>({
    name,
    abstract: ([x], { axes }) => {
      checkDType(name, x!, accepts);
      return [
        makeAval(
          keptAxes(x!.shape.length, axes).map((axis) => x!.shape[axis]!),
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
    gpu: { kind: 'reduce', identity, combine },
  });
}

/** A result spread back over the axes that were reduced. */
const spreadBack = (x: NDArray, aval: Pick<Aval, 'shape'>, axes: readonly number[]): NDArray =>
  lax.broadcastInDim(x, aval.shape, keptAxes(aval.shape.length, axes));

defineReduce({
  name: 'reduceSum',
  accepts: 'number',
  identity: () => 0,
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
  combine: (a, b, context) => extremum('max', a, b, context),
  jvp: extremumJvp,
});

defineReduce({
  name: 'reduceMin',
  accepts: 'any',
  identity: (dtype) => HIGHEST[dtype] ?? Number.POSITIVE_INFINITY,
  combine: (a, b, context) => extremum('min', a, b, context),
  jvp: extremumJvp,
});

defineReduce({
  name: 'reduceProd',
  accepts: 'number',
  identity: () => 1,
  combine: (a, b) => `(${a} * ${b})`,
  jvp: ([x], [t], { axes }) => [t && lax.reduceSum(lax.mul(t, productOfOthers(x!, axes)), axes)],
});

/** For each element the product of the others in its row, without dividing (elements may be 0): products from both ends. */
function productOfOthers(x: NDArray, axes: readonly number[]): NDArray {
  const free = keptAxes(x.ndim, axes);
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

const logical = (name: 'reduceAnd' | 'reduceOr', identity: number, operator: string): void =>
  defineReduce({
    name,
    accepts: 'integerOrBool',
    identity: (dtype) => (dtype === 'bool' ? identity : identity === 1 ? (dtype === 'int32' ? -1 : 2 ** 32 - 1) : 0),
    combine: (a, b, { inputs }) => `(${a} ${inputs[0]!.dtype === 'bool' ? operator + operator : operator} ${b})`,
  });
logical('reduceAnd', 1, '&');
logical('reduceOr', 0, '|');
