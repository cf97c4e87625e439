import { LinnetError } from '#linnet/core';
import type { NDArray } from '../array';
import { formatAval, makeAval } from '../aval';
import { withBatchAxis } from './elementwise';
import * as lax from './lax';
import { definePrimitive } from './primitive';

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
  gpu: { kind: 'kernel', kernel: 'sort' },
});

/** `x` read at `order` along `axis`, line by line. */
function alongAxis(x: NDArray, order: NDArray, axis: number): NDArray {
  const last = x.ndim - 1;
  const [values, index] = [lax.moveAxis(x, axis, last), lax.moveAxis(order, axis, last)];
  return lax.moveAxis(lax.gather(values, index, { axis: last, batchDims: last, mode: 'clip' }), last, axis);
}
