import { LinnetError, sizeOf } from '#linnet/core';
import type { NDArray } from '../array';
import { formatAval, makeAval } from '../aval';
import { allocate, elementsOf, toHostArray } from '../elements';
import { withBatchAxis } from './elementwise';
import * as lax from './lax';
import { definePrimitive } from './primitive';

/** Ascending, NaN after everything else; equal elements keep their order. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1);

definePrimitive<{ axis: number }>({
  name: 'sort',
  abstract: (inputs) => {
    const [keys] = inputs;
    for (const input of inputs) {
      if (input.shape.length !== keys!.shape.length || input.shape.some((dim, i) => dim !== keys!.shape[i])) {
        throw new LinnetError(
          'ShapeError',
          `sort moves operands of one shape together, but got ${formatAval(keys!)} and ${formatAval(input)}.`,
        );
      }
    }
    return inputs.map((input) => makeAval(input.shape, input.dtype));
  },
  jvp: (primals, tangents, { axis }) => {
    const [keys] = primals as [NDArray];
    const order = lax.sort([keys, lax.iota(keys.shape, axis, 'int32')], axis)[1]!;
    return tangents.map((t) => t && alongAxis(t, order, axis));
  },
  batch: (inputs, axes, { axis }, size) => {
    const outputs = lax.sort(
      inputs.map((input, i) => withBatchAxis(input, axes[i]!, size)),
      axis + 1,
    );
    return { outputs, axes: outputs.map(() => 0) };
  },
  cpu: (inputs, { axis }, outputs) => {
    const sources = inputs.map(elementsOf);
    const results = outputs.map((output) => allocate(output.shape, output.dtype));
    const { shape } = inputs[0]!;
    const length = shape[axis]!;
    const inner = sizeOf(shape.slice(axis + 1));
    const keys = sources[0]!;
    for (let line = 0; line < keys.length / length; line++) {
      const start = Math.floor(line / inner) * length * inner + (line % inner);
      const order = Array.from({ length }, (_, i) => start + i * inner).sort((i, j) => compare(keys[i]!, keys[j]!));
      results.forEach((out, n) => {
        for (let i = 0; i < length; i++) out[start + i * inner] = sources[n]![order[i]!]!;
      });
    }
    return results.map((out, i) => toHostArray(out, outputs[i]!.shape, outputs[i]!.dtype));
  },
  gpu: { kind: 'kernel', kernel: 'sort' },
});

/** `x` read at `order` along `axis`, line by line. */
function alongAxis(x: NDArray, order: NDArray, axis: number): NDArray {
  const last = x.ndim - 1;
  const [values, index] = [lax.moveAxis(x, axis, last), lax.moveAxis(order, axis, last)];
  return lax.moveAxis(lax.gather(values, index, { axis: last, batchDims: last, mode: 'clip' }), last, axis);
}
