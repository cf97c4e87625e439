import { type DeviceDType, formatShape, LinnetError, shapesEqual } from '#linnet/core';
import type { NDArray } from '../array';
import { type Aval, formatAval, makeAval } from '../aval';
import { withBatchAxis } from './elementwise';
import { checkIndices, gatheredShape } from './gather';
import type { ScatterParams } from './lax';
import * as lax from './lax';
import { definePrimitive } from './primitive';
import { extremumTangent, productTangent } from './scatterTangents';

definePrimitive<ScatterParams>({
  name: 'scatter',
  abstract: ([operand, indices, updates], params) => {
    checkIndices('scatter', operand!, indices!, params);
    const expected = gatheredShape(operand!, indices!, params);
    if (!shapesEqual(expected, updates!.shape) || operand!.dtype !== updates!.dtype) {
      throw new LinnetError(
        'ShapeError',
        `scatter into ${formatAval(operand!)} at ${formatAval(indices!)} takes updates ${operand!.dtype}${formatShape(expected)}, but got ${formatAval(updates!)}.`,
      );
    }
    return [makeAval(operand!.shape, operand!.dtype)];
  },
  jvp: ([operand, indices, updates], [t, , u], params) => {
    if (!t && !u) return [null];
    const scatter = { operand: operand!, indices: indices!, updates: updates!, params };
    if (params.combine === 'mul') return [productTangent(scatter, t ?? null, u ?? null)];
    if (params.combine !== 'add' && params.combine !== 'set') return [extremumTangent(scatter, t ?? null, u ?? null)];
    return [lax.scatter(t ?? lax.zerosLike(operand!), indices!, u ?? lax.zerosLike(updates!), params)];
  },
  transpose: ([ct], [operand, indices, updates], params, [, , updatesAval]) => {
    const read = (x: NDArray): NDArray => lax.gather(x, indices!, { axis: params.axis, batchDims: params.batchDims, mode: 'fill' });
    if (params.combine === 'add') return [operand === undefined ? ct! : null, null, updates === undefined ? read(ct!) : null];
    const zeros = lax.full(updatesAval!.shape, 0, updatesAval!.dtype as DeviceDType);
    return [
      operand === undefined ? lax.scatter(ct!, indices!, zeros, params) : null,
      null,
      updates === undefined ? keepWinners(read(ct!), indices!, params, ct!.aval) : null,
    ];
  },
  batch: (inputs, axes, params, size) => {
    const [operand, indices, updates] = inputs.map((input, i) => withBatchAxis(input, axes[i]!, size)) as [NDArray, NDArray, NDArray];
    const batched = { ...params, axis: params.axis + 1, batchDims: params.batchDims + 1 };
    return { outputs: [lax.scatter(operand, indices, updates, batched)], axes: [0] };
  },
  gpu: { kind: 'kernel', kernel: 'scatter' },
});

/** Cotangents of updates that were overwritten by a later one at the same place are zero. */
function keepWinners(ct: NDArray, indices: NDArray, { axis, batchDims }: ScatterParams, operand: Aval): NDArray {
  const batch = operand.shape.slice(0, batchDims);
  const flat = lax.reshape(indices, [...batch, indices.shape.slice(batchDims).reduce((a, b) => a * b, 1)]);
  const order = lax.iota(flat.shape, batchDims, 'int32');
  const nobody = lax.full([...batch, operand.shape[axis]!], -1, 'int32');
  const place = { axis: batchDims, batchDims };
  const lastWriter = lax.scatter(nobody, flat, order, { ...place, combine: 'set' });
  const won = lax.eq(lax.gather(lastWriter, flat, { ...place, mode: 'clip' }), order);
  const indexRank = indices.ndim - batchDims;
  const axes = [...Array(batchDims).keys(), ...Array.from({ length: indexRank }, (_, i) => axis + i)];
  const mask = lax.broadcastInDim(lax.reshape(won, indices.shape), ct.shape, axes);
  return lax.select(mask, ct, lax.scalarLike(ct, 0));
}
