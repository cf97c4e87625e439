import { LinnetError } from '#linnet/core';
import { formatAval, makeAval } from '../aval';
import { withBatchAxis } from './elementwise';
import * as lax from './lax';
import { definePrimitive } from './primitive';

definePrimitive<{ axis: number }>({
  name: 'concatenate',
  abstract: (inputs, { axis }) => {
    const [first] = inputs;
    for (const input of inputs) {
      const fits = input.shape.length === first!.shape.length && input.shape.every((dim, i) => i === axis || dim === first!.shape[i]);
      if (!fits || input.dtype !== first!.dtype) {
        throw new LinnetError(
          'ShapeError',
          `Cannot join ${formatAval(first!)} and ${formatAval(input)} along axis ${axis}: the other axes and the dtypes must be the same.`,
        );
      }
    }
    const length = inputs.reduce((sum, input) => sum + input.shape[axis]!, 0);
    return [makeAval(first!.shape.with(axis, length), first!.dtype)];
  },
  jvp: (primals, tangents, { axis }) => {
    if (tangents.every((t) => t === null)) return [null];
    return [
      lax.concatenate(
        primals.map((x, i) => tangents[i] ?? lax.zerosLike(x)),
        axis,
      ),
    ];
  },
  transpose: ([ct], inputs, { axis }, avals) => {
    let start = 0;
    return avals.map((aval, i) => {
      const from = start;
      start += aval.shape[axis]!;
      return inputs[i] === undefined ? lax.sliceAxis(ct!, axis, from, start) : null;
    });
  },
  batch: (inputs, axes, { axis }, size) => ({
    outputs: [
      lax.concatenate(
        inputs.map((input, i) => withBatchAxis(input, axes[i]!, size)),
        axis + 1,
      ),
    ],
    axes: [0],
  }),
  gpu: {
    kind: 'indexed',
    value: (coordinates, read, { params, inputs }) => {
      const { axis } = params;
      const c = coordinates[axis]!;
      const parts = inputs.map((input, i) => ({ i, length: input.shape[axis]! })).filter(({ length }) => length > 0);
      let start = 0;
      let expression = '';
      for (const { i, length } of parts) {
        const local = start === 0 ? `min(${c}, ${length - 1}u)` : `clamp(${c}, ${start}u, ${start + length - 1}u) - ${start}u`;
        const value = read(i, coordinates.with(axis, `(${local})`));
        expression = expression === '' ? value : `select(${expression}, ${value}, ${c} >= ${start}u)`;
        start += length;
      }
      return expression;
    },
  },
});
