import { flatten, unflatten } from '#linnet/core';
import * as optax from '#linnet/optim';
import { jnp, type Array as NDArray, nn, valueAndGrad } from '#linnet/tensor';

/** A net and how it is trained: what may differ between two training steps. */
export interface TrainingStep {
  readonly rule: optax.GradientTransformation;
  readonly activation?: (x: NDArray) => NDArray;
  readonly loss?: (outputs: NDArray, targets: NDArray) => NDArray;
  /** More results, computed from the gradients. */
  readonly statistics?: (grads: readonly NDArray[]) => NDArray[];
}

const crossEntropy = (outputs: NDArray, targets: NDArray): NDArray =>
  nn
    .logSoftmax(outputs)
    .mul(targets)
    .sum()
    .mul(-1 / outputs.shape[0]!);

/** Shapes of kernels and biases of a net of layer sizes `dims`. */
export const parameterShapes = (dims: readonly number[]): number[][] => dims.slice(1).flatMap((n, i) => [[dims[i]!, n], [n]]);

/**
 * One step on a flat list of arrays: parameters, leaves of the optimiser's state, inputs, targets. Gives the first two anew, the loss
 * before, and statistics. `state` is the optimiser's state in any values, for its structure.
 */
export function stepOf({ rule, activation = nn.relu, loss = crossEntropy, statistics }: TrainingStep, layers: number, state: unknown) {
  const { structure, leaves } = flatten(state);
  return (...arrays: NDArray[]): NDArray[] => {
    const params = arrays.slice(0, 2 * layers);
    const old = unflatten(structure, arrays.slice(2 * layers, 2 * layers + leaves.length));
    const [x, y] = arrays.slice(-2) as [NDArray, NDArray];
    const forward = (ps: NDArray[]): NDArray => {
      let h = x;
      for (let i = 0; i < ps.length; i += 2) {
        h = jnp.matmul(h, ps[i]!).add(ps[i + 1]!);
        if (i + 2 < ps.length) h = activation(h);
      }
      return loss(h, y);
    };
    const [value, grads] = valueAndGrad(forward)(params) as [NDArray, NDArray[]];
    const [updates, next] = rule.update(grads, old, params);
    const moved = optax.applyUpdates(params, updates) as NDArray[];
    return [...moved, ...(flatten(next).leaves as NDArray[]), value, ...(statistics?.(grads) ?? [])];
  };
}

const norm = (x: NDArray): NDArray => jnp.sqrt(jnp.square(x).sum());
const squares = (outputs: NDArray, targets: NDArray): NDArray => jnp.square(outputs.sub(targets)).mean();

/** Training steps by name, with dispatches of 784-256-128-10 on one batch: other nets than an MLP with Adam get the same treatment. */
export const TRAINING_STEPS: Readonly<Record<string, TrainingStep & { readonly dispatches: number }>> = {
  adam: { rule: optax.adam(1e-3), dispatches: 8 },
  'adam, tanh': { rule: optax.adam(1e-3), activation: jnp.tanh, dispatches: 8 },
  'adam, gelu': { rule: optax.adam(1e-3), activation: nn.gelu, dispatches: 8 },
  'adam, squared error': { rule: optax.adam(1e-3), loss: squares, dispatches: 7 },
  adamw: { rule: optax.adamw(1e-3), dispatches: 8 },
  sgd: { rule: optax.sgd(1e-2), dispatches: 7 },
  momentum: { rule: optax.sgd(1e-2, { momentum: 0.9 }), dispatches: 7 },
  rmsprop: { rule: optax.rmsprop(1e-3), dispatches: 7 },
  lion: { rule: optax.lion(1e-3), dispatches: 7 },
  lamb: { rule: optax.lamb(1e-3), dispatches: 10 },
  'clip by value': { rule: optax.chain(optax.clip(0.01), optax.adam(1e-3)), dispatches: 8 },
  'clip by global norm': { rule: optax.chain(optax.clipByGlobalNorm(0.1), optax.adam(1e-3)), dispatches: 12 },
  accumulation: { rule: new optax.MultiSteps(optax.adam(1e-3), 2), dispatches: 10 },
  'norms of gradients': { rule: optax.adam(1e-3), statistics: (grads) => grads.map(norm), dispatches: 10 },
  'means and extrema of gradients': {
    rule: optax.adam(1e-3),
    statistics: (grads) => grads.flatMap((g) => [g.mean(), jnp.abs(g).max()]),
    dispatches: 10,
  },
};
