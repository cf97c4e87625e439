import { formatShape, LinnetError } from '#linnet/core';
import type { NDArray } from '../array';
import { formatAval, makeAval } from '../aval';
import { checkDType } from './elementwise';
import type { DotDimensions } from './lax';
import * as lax from './lax';
import { definePrimitive, type Params } from './primitive';

/** Which axes are summed over and which are shared. */
export type DotParams = DotDimensions & Params;

const freeAxes = (rank: number, ...used: (readonly number[])[]): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !used.some((axes) => axes.includes(axis)));

/** Axes of lhs and rhs that appear once, and the sizes of each group. */
export function splitAxes(side: 0 | 1, shape: readonly number[], { contracting, batch }: DotDimensions) {
  const free = freeAxes(shape.length, contracting[side], batch[side]);
  const sizes = (axes: readonly number[]): number[] => axes.map((axis) => shape[axis]!);
  return { free, batch: sizes(batch[side]), contracted: sizes(contracting[side]), freeSizes: sizes(free) };
}

definePrimitive<DotParams>({
  name: 'dotGeneral',
  abstract: ([lhs, rhs], params) => {
    const l = splitAxes(0, lhs!.shape, params);
    const r = splitAxes(1, rhs!.shape, params);
    const agree = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((n, i) => n === b[i]);
    if (!agree(l.batch, r.batch) || !agree(l.contracted, r.contracted)) {
      throw new LinnetError(
        'ShapeError',
        `Cannot multiply ${formatAval(lhs!)} by ${formatAval(rhs!)}: summing over axes ${formatShape(params.contracting[0])} of the first (lengths ${formatShape(l.contracted)}) and ${formatShape(params.contracting[1])} of the second (${formatShape(r.contracted)})` +
          `${l.batch.length > 0 ? `, sharing ${formatShape(l.batch)} and ${formatShape(r.batch)}` : ''}; these must be the same.`,
      );
    }
    checkDType('dotGeneral', lhs!, 'number');
    if (lhs!.dtype !== rhs!.dtype) {
      throw new LinnetError('DTypeError', `dotGeneral takes operands of one dtype, but got ${formatAval(lhs!)} and ${formatAval(rhs!)}.`);
    }
    return [makeAval([...l.batch, ...l.freeSizes, ...r.freeSizes], lhs!.dtype, lhs!.weakType && rhs!.weakType)];
  },
  jvp: ([lhs, rhs], [t, u], params) => {
    const left = t && lax.dotGeneral(t, rhs!, params);
    const right = u && lax.dotGeneral(lhs!, u, params);
    return [left && right ? lax.add(left, right) : (left ?? right)];
  },
  transpose: ([ct], [lhs, rhs], params, [lhsAval, rhsAval]) => [
    lhs === undefined ? transposeLhs(ct!, rhs!, params, lhsAval!.shape.length) : null,
    rhs === undefined ? transposeLhs(swapFree(ct!, lhsAval!.shape, params), lhs!, swapSides(params), rhsAval!.shape.length) : null,
  ],
  batch: ([lhs, rhs], [lhsAxis, rhsAxis], params) => batchDot([lhs!, rhs!], [lhsAxis!, rhsAxis!], params),
  gpu: { kind: 'contraction' },
});

const swapSides = ({ contracting, batch }: DotDimensions): DotDimensions => ({
  contracting: [contracting[1], contracting[0]],
  batch: [batch[1], batch[0]],
});

/** A cotangent [batch, lhs free, rhs free] as [batch, rhs free, lhs free]. */
function swapFree(ct: NDArray, lhsShape: readonly number[], { contracting, batch }: DotDimensions): NDArray {
  const shared = batch[0].length;
  const middle = shared + lhsShape.length - shared - contracting[0].length;
  const axes = ct.shape.map((_, axis) => axis);
  return lax.transpose(ct, [...axes.slice(0, shared), ...axes.slice(middle), ...axes.slice(shared, middle)]);
}

/** Cotangent of lhs: ct times rhs over rhs's free axes, its axes put back in lhs's order. */
function transposeLhs(ct: NDArray, rhs: NDArray, params: DotDimensions, lhsRank: number): NDArray {
  const { contracting, batch } = params;
  const lhsFree = freeAxes(lhsRank, contracting[0], batch[0]);
  const rhsFree = freeAxes(rhs.ndim, contracting[1], batch[1]);
  const shared = batch[0].map((_, i) => i);
  const ctRhsFree = rhsFree.map((_, i) => shared.length + lhsFree.length + i);
  const product = lax.dotGeneral(ct, rhs, { contracting: [ctRhsFree, rhsFree], batch: [shared, batch[1]] });
  // The product's axes: batch, lhs free, then rhs's contracted axes in the order they have in rhs.
  const contractedInRhsOrder = [...contracting[1]].sort((a, b) => a - b);
  const lhsContracted = contractedInRhsOrder.map((axis) => contracting[0][contracting[1].indexOf(axis)]!);
  const order = [...batch[0], ...lhsFree, ...lhsContracted];
  return lax.transpose(
    product,
    order.map((_, axis) => order.indexOf(axis)),
  );
}

function batchDot(
  [lhs, rhs]: [NDArray, NDArray],
  [lhsAxis, rhsAxis]: [number | null, number | null],
  { contracting, batch }: DotDimensions,
) {
  const past = (axes: readonly number[], inserted: number | null): number[] =>
    axes.map((axis) => (inserted !== null && axis >= inserted ? axis + 1 : axis));
  const newContracting = [past(contracting[0], lhsAxis), past(contracting[1], rhsAxis)] as const;
  const oldBatch = [past(batch[0], lhsAxis), past(batch[1], rhsAxis)] as const;
  if (lhsAxis !== null && rhsAxis !== null) {
    const output = lax.dotGeneral(lhs, rhs, {
      contracting: newContracting,
      batch: [
        [lhsAxis, ...oldBatch[0]],
        [rhsAxis, ...oldBatch[1]],
      ],
    });
    return { outputs: [output], axes: [0] };
  }
  // Only one side is batched: its batch axis is one more free axis, no copies of the other side.
  const output = lax.dotGeneral(lhs, rhs, { contracting: newContracting, batch: oldBatch });
  const lhsFree = freeAxes(lhs.ndim, newContracting[0], oldBatch[0]);
  const shared = batch[0].length;
  if (lhsAxis !== null) return { outputs: [output], axes: [shared + lhsFree.indexOf(lhsAxis)] };
  const rhsFree = freeAxes(rhs.ndim, newContracting[1], oldBatch[1]);
  return { outputs: [output], axes: [shared + lhsFree.length + rhsFree.indexOf(rhsAxis!)] };
}
