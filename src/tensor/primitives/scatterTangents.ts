import type { NDArray } from '../array';
import type { ScatterParams } from './lax';
import * as lax from './lax';

/** Operands of a scatter. */
interface Scatter {
  readonly operand: NDArray;
  readonly indices: NDArray;
  readonly updates: NDArray;
  readonly params: ScatterParams;
}

const into = ({ indices, params }: Scatter, x: NDArray, updates: NDArray, combine: ScatterParams['combine']): NDArray =>
  lax.scatter(x, indices, updates, { ...params, combine });
/** Elements of `x` at the indices; 0 where an index is outside, as nothing is scattered there. */
const from = ({ indices, params: { axis, batchDims } }: Scatter, x: NDArray): NDArray =>
  lax.gather(x, indices, { axis, batchDims, mode: 'fill' });
const number = (condition: NDArray, like: NDArray): NDArray => lax.select(condition, onesLike(like), lax.zerosLike(like));
const onesLike = (x: NDArray): NDArray => lax.full(x.shape, 1, x.dtype as Parameters<typeof lax.full>[2]);

/**
 * The tangent of a scatter that multiplies. An update is worth the operand times all other updates of its place, also where some of
 * them are 0: then the product of the rest counts, if it is the only 0.
 */
export function productTangent(scatter: Scatter, t: NDArray | null, u: NDArray | null): NDArray {
  const { operand, updates } = scatter;
  let tangent = t && lax.mul(t, into(scatter, onesLike(operand), updates, 'mul'));
  if (u) {
    const zeros = lax.zerosLike(updates);
    const isZero = lax.eq(updates, zeros);
    const nonzero = lax.select(isZero, onesLike(updates), updates);
    const rest = lax.div(from(scatter, into(scatter, operand, nonzero, 'mul')), nonzero);
    const otherZeros = lax.sub(
      from(scatter, into(scatter, lax.zerosLike(operand), number(isZero, updates), 'add')),
      number(isZero, updates),
    );
    const others = lax.select(lax.eq(otherZeros, zeros), rest, zeros);
    const own = into(scatter, lax.zerosLike(operand), lax.mul(u, others), 'add');
    tangent = tangent ? lax.add(tangent, own) : own;
  }
  return tangent!;
}

/** The tangent of a scatter that keeps an extremum: the mean over all that reach it, the operand's element and updates, as in JAX. */
export function extremumTangent(scatter: Scatter, t: NDArray | null, u: NDArray | null): NDArray {
  const { operand, updates, params } = scatter;
  const result = into(scatter, operand, updates, params.combine);
  const isOperand = lax.eq(operand, result);
  const isUpdate = lax.eq(updates, from(scatter, result));
  const reach = into(scatter, number(isOperand, operand), number(isUpdate, updates), 'add');
  const kept = t && lax.select(isOperand, t, lax.zerosLike(operand));
  const given = u && into(scatter, lax.zerosLike(operand), lax.select(isUpdate, u, lax.zerosLike(updates)), 'add');
  return lax.div(kept && given ? lax.add(kept, given) : (kept ?? given)!, reach);
}
