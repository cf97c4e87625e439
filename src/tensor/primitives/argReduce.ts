import { sizeOf } from '#linnet/core';
import { makeAval } from '../aval';
import { allocate, elementsOf, toHostArray } from '../elements';
import { checkDType } from './elementwise';
import * as lax from './lax';
import { definePrimitive } from './primitive';

/** Index of the first largest (smallest) element along an axis; NaN counts as largest (smallest), as in NumPy. */
function defineArgReduce(name: 'argmax' | 'argmin', wins: (x: number, best: number) => boolean): void {
  definePrimitive<{ axis: number }>({
    name,
    abstract: ([x], { axis }) => {
      checkDType(name, x!, 'any');
      return [makeAval(x!.shape.toSpliced(axis, 1), 'int32')];
    },
    batch: ([x], [batchAxis], { axis }) => ({
      outputs: [lax.apply(name, [lax.moveAxis(x!, batchAxis!, 0)], { axis: axis + 1 })],
      axes: [0],
    }),
    cpu: ([x], { axis }, [output]) => {
      const source = elementsOf(x!);
      const out = allocate(output!.shape, 'int32');
      const length = x!.shape[axis]!;
      const inner = sizeOf(x!.shape.slice(axis + 1));
      for (let i = 0; i < out.length; i++) {
        const start = Math.floor(i / inner) * length * inner + (i % inner);
        let best = 0;
        for (let j = 1; j < length; j++) if (wins(source[start + j * inner]!, source[start + best * inner]!)) best = j;
        out[i] = best;
      }
      return [toHostArray(out, output!.shape, 'int32')];
    },
    gpu: { kind: 'kernel', kernel: 'argReduce' },
  });
}

defineArgReduce('argmax', (x, best) => x > best || (Number.isNaN(x) && !Number.isNaN(best)));
defineArgReduce('argmin', (x, best) => x < best || (Number.isNaN(x) && !Number.isNaN(best)));
