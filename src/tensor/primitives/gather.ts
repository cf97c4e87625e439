import { type DeviceDType, LinnetError } from '#linnet/core';
import type { NDArray } from '../array';
import { type Aval, formatAval, makeAval } from '../aval';
import { withBatchAxis } from './elementwise';
import type { GatherParams } from './lax';
import * as lax from './lax';
import { WGSL_ZERO } from './mathWgsl';
import { definePrimitive } from './primitive';

/** Refuses index arrays that are not int32 or do not share the batch axes. */
export function checkIndices(
  name: string,
  operand: Aval,
  indices: Aval,
  { axis, batchDims }: Pick<GatherParams, 'axis' | 'batchDims'>,
): void {
  const shares = operand.shape.slice(0, batchDims).every((dim, i) => dim === indices.shape[i]);
  if (indices.dtype === 'int32' && shares && axis >= batchDims && axis < operand.shape.length) return;
  throw new LinnetError(
    'ShapeError',
    `${name} along axis ${axis} of ${formatAval(operand)} with ${batchDims} shared axes does not go with indices ${formatAval(indices)}; int32 indices with the same leading axes are needed.`,
  );
}

/** Shape of what `gather` reads, and of what `scatter` writes: [batch, before, ...indices, after]. */
export const gatheredShape = (operand: Aval, indices: Aval, { axis, batchDims }: Pick<GatherParams, 'axis' | 'batchDims'>): number[] => [
  ...operand.shape.slice(0, axis),
  ...indices.shape.slice(batchDims),
  ...operand.shape.slice(axis + 1),
];

/** Indices moved into range. */
const clampTo = (indices: NDArray, length: number): NDArray =>
  lax.min(lax.max(indices, lax.scalarLike(indices, 0)), lax.scalarLike(indices, Math.max(0, length - 1)));

definePrimitive<GatherParams>({
  name: 'gather',
  abstract: ([operand, indices], params) => {
    checkIndices('gather', operand!, indices!, params);
    return [makeAval(gatheredShape(operand!, indices!, params), operand!.dtype)];
  },
  jvp: ([, indices], [t], params) => [t && lax.gather(t, indices!, params)],
  transpose: ([ct], [, indices], { axis, batchDims, mode }, [operand]) => {
    const safe = mode === 'clip' ? clampTo(indices!, operand!.shape[axis]!) : indices!;
    const zeros = lax.full(operand!.shape, 0, operand!.dtype as DeviceDType);
    return [lax.scatter(zeros, safe, ct!, { axis, batchDims, combine: 'add' }), null];
  },
  batch: ([operand, indices], [axis, indexAxis], params, size) => {
    const { batchDims } = params;
    if (indexAxis === null) {
      const moved = lax.moveAxis(operand!, axis!, batchDims);
      return { outputs: [lax.gather(moved, indices!, { ...params, axis: params.axis + 1 })], axes: [batchDims] };
    }
    if (axis === null) {
      return { outputs: [lax.gather(operand!, lax.moveAxis(indices!, indexAxis!, batchDims), params)], axes: [params.axis] };
    }
    const [x, i] = [withBatchAxis(operand!, axis!, size), withBatchAxis(indices!, indexAxis!, size)];
    return { outputs: [lax.gather(x, i, { ...params, axis: params.axis + 1, batchDims: batchDims + 1 })], axes: [0] };
  },
  gpu: {
    kind: 'indexed',
    value: (coordinates, read, { params, inputs, outputs }) => {
      const { axis, batchDims, mode } = params as GatherParams;
      const indexRank = inputs[1]!.shape.length - batchDims;
      const length = inputs[0]!.shape[axis]!;
      const index = read(1, [...coordinates.slice(0, batchDims), ...coordinates.slice(axis, axis + indexRank)]);
      const at = `u32(clamp(${index}, 0i, ${Math.max(0, length - 1)}i))`;
      const value = read(0, [...coordinates.slice(0, axis), at, ...coordinates.slice(axis + indexRank)]);
      if (mode === 'clip') return value;
      return `select(${WGSL_ZERO[outputs[0]!.dtype]}, ${value}, (${index} >= 0i) & (${index} < ${length}i))`;
    },
  },
});
