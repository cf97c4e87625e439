import { makeAval } from '../aval';
import { checkDType } from './elementwise';
import * as lax from './lax';
import { definePrimitive } from './primitive';

/** Index of the first largest (smallest) element along an axis; NaN counts as largest (smallest), as in NumPy. */
function defineArgReduce(name: 'argmax' | 'argmin'): void {
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
    gpu: { kind: 'kernel', kernel: 'argReduce' },
  });
}

defineArgReduce('argmax');
defineArgReduce('argmin');
