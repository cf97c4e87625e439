import { LinnetError, normalizeAxis, type Shape, sizeOf } from '#linnet/core';
import { jnp, NDArray } from '#linnet/tensor';
import { gumbel, uniform } from './floats';
import { permutation, randint } from './integers';

/** Indices drawn with probabilities softmax(logits) along `axis`. `shape` is a batch shape that ends in the logits' own. */
export function categorical(
  key: NDArray,
  logits: NDArray,
  { axis = -1, shape }: { readonly axis?: number; readonly shape?: Shape } = {},
): NDArray {
  const line = normalizeAxis(axis, logits.ndim) - logits.ndim;
  const batch = logits.shape.filter((_, i) => i !== logits.ndim + line);
  const outer = (shape ?? batch).slice(0, (shape ?? batch).length - batch.length);
  return jnp.argmax(gumbel(key, [...outer, ...logits.shape]).add(logits), line);
}

export interface ChoiceOptions {
  /** Whether an element may come twice; true. */
  readonly replace?: boolean;
  /** Probability of each element along `axis`. */
  readonly p?: NDArray;
  readonly axis?: number;
}

/** Random elements of `a` along `axis` (of `0 … a-1` for a number). */
export function choice(key: NDArray, a: number | NDArray, shape: Shape = [], options: ChoiceOptions = {}): NDArray {
  const { replace = true, p, axis = 0 } = options;
  const inputs = typeof a === 'number' ? a : a.shape.at(axis)!;
  const draws = sizeOf(shape);
  if (!replace && draws > inputs) {
    throw new LinnetError('InvalidArgumentError', `choice cannot take ${draws} elements of ${inputs} without replacement.`);
  }
  if (p !== undefined && (p.ndim !== 1 || p.shape[0] !== inputs)) {
    throw new LinnetError(
      'ShapeError',
      `choice needs one probability for each of ${inputs} elements; p has the shape [${p.shape.join(', ')}].`,
    );
  }
  const indices = chosen(key, inputs, shape, replace, p);
  return a instanceof NDArray ? jnp.take(a, indices, axis) : indices;
}

function chosen(key: NDArray, inputs: number, shape: Shape, replace: boolean, p: NDArray | undefined): NDArray {
  if (replace) return p === undefined ? randint(key, shape, 0, inputs) : byCumulative(key, p, shape);
  const order = p === undefined ? permutation(key, inputs) : jnp.argsort(gumbel(key, [inputs]).add(jnp.log(p)).neg());
  return jnp.take(order, jnp.arange(sizeOf(shape), { dtype: 'int32' }), 0).reshape([...shape]);
}

/** The first index whose cumulative probability reaches a uniform sample: how many stay below it. */
function byCumulative(key: NDArray, p: NDArray, shape: Shape): NDArray {
  const cumulative = jnp.cumsum(p);
  const total = jnp.take(cumulative, p.size - 1, 0);
  const targets = uniform(key, shape).neg().add(1).mul(total);
  const below = jnp.less(cumulative, targets.reshape([...shape, 1]));
  return jnp.sum(below.astype('int32'), -1);
}
