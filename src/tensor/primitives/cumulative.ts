import type { NDArray } from '../array';
import { jvpFlat } from '../autodiff/linearize';
import { makeAval } from '../aval';
import { checkDType } from './elementwise';
import * as lax from './lax';
import { definePrimitive, type Primitive } from './primitive';

type CumulativeParams = { readonly axis: number; readonly reverse: boolean };

interface CumulativeDefinition {
  readonly name: 'cumsum' | 'cumprod' | 'cummax' | 'cummin';
  readonly jvp: Primitive<CumulativeParams>['jvp'];
  readonly transpose?: Primitive<CumulativeParams>['transpose'];
}

const cumulate = (name: string, x: NDArray, params: CumulativeParams): NDArray => lax.apply(name, [x], params);

function defineCumulative({ name, jvp, transpose }: CumulativeDefinition): void {
  definePrimitive<CumulativeParams>({
    name,
    abstract: ([x]) => {
      checkDType(name, x!, 'number');
      return [makeAval(x!.shape, x!.dtype)];
    },
    ...(jvp && { jvp }),
    ...(transpose && { transpose }),
    batch: ([x], [batchAxis], { axis, reverse }) => ({
      outputs: [cumulate(name, lax.moveAxis(x!, batchAxis!, 0), { axis: axis + 1, reverse })],
      axes: [0],
    }),
    gpu: { kind: 'kernel', kernel: 'cumulative' },
  });
}

/** The same results by log2(n) elementwise steps, each differentiable: x[i] combined with x[i - 2^k]. */
function byDoubling(combine: (a: NDArray, b: NDArray) => NDArray, identity: number) {
  return (x: NDArray, { axis, reverse }: CumulativeParams): NDArray => {
    let result = x;
    for (let shift = 1; shift < x.shape[axis]!; shift *= 2) {
      const amount = reverse ? -shift : shift;
      const shifted = lax.pad(
        result,
        lax.scalarLike(x, identity),
        x.shape.map((_, i) => (i === axis ? [amount, -amount, 0] : [0, 0, 0])),
      );
      result = combine(result, shifted);
    }
    return result;
  };
}

/** Derivative of the doubling form, which has the same values. */
const doublingJvp =
  (combine: (a: NDArray, b: NDArray) => NDArray, identity: number): Primitive<CumulativeParams>['jvp'] =>
  ([x], [t], params) => {
    if (!t) return [null];
    const form = byDoubling(combine, identity);
    return jvpFlat(([y]) => [form(y!, params)], [x!], [t]).tangents;
  };

defineCumulative({
  name: 'cumsum',
  jvp: (_primals, [t], params) => [t && cumulate('cumsum', t, params)],
  transpose: ([ct], _inputs, { axis, reverse }) => [cumulate('cumsum', ct!, { axis, reverse: !reverse })],
});
defineCumulative({ name: 'cumprod', jvp: doublingJvp(lax.mul, 1) });
defineCumulative({
  name: 'cummax',
  jvp: doublingJvp(lax.max, Number.NEGATIVE_INFINITY),
});
defineCumulative({
  name: 'cummin',
  jvp: doublingJvp(lax.min, Number.POSITIVE_INFINITY),
});
