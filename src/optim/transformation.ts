import { type TreeContainer, type TreeNode, treeNode } from '#linnet/core';
import type { Array as JaxArray } from '#linnet/tensor';

/** A JS number or an array, as a hyperparameter may be either. */
export type Numeric = number | JaxArray;

/** Maps trees of gradients to trees of updates, keeping state between calls (Optax's GradientTransformation). */
export interface GradientTransformation {
  /** State for parameters of this structure. Reads shapes and dtypes, so it works on abstract parameters too. */
  init(params: unknown): unknown;
  /** Updates for `grads`, and the next state. `params` is needed by rules that look at them, such as weight decay. */
  update(grads: unknown, state: unknown, params?: unknown): [updates: unknown, state: unknown];
}

/** Keys of Optax's named tuples that differ from our property names: the one table between camelCase and Python. */
const PYTHON_NAMES: Readonly<Record<string, string>> = {
  sumOfSquares: 'sum_of_squares',
  innerState: 'inner_state',
  innerOptState: 'inner_opt_state',
  hyperparamsStates: 'hyperparams_states',
  miniStep: 'mini_step',
  gradientStep: 'gradient_step',
  accGrads: 'acc_grads',
  skipState: 'skip_state',
  learningRate: 'learning_rate',
  weightDecay: 'weight_decay',
  epsRoot: 'eps_root',
  initialScale: 'initial_scale',
  initialAccumulatorValue: 'initial_accumulator_value',
};

/** The name Optax gives a property, byte for byte: the key of a saved tree. */
export const pythonName = (name: string): string => PYTHON_NAMES[name] ?? name;

/**
 * Base of the states: a named tuple. Its fields, in the order of declaration, are the children of a tree under Optax's names, so that
 * saved paths are Optax's (`0/mu/...`). A state without fields has no children and leaves no trace in a flat tree.
 */
export abstract class OptaxState implements TreeContainer {
  [treeNode](): TreeNode {
    const names = Object.keys(this);
    const prototype: object = Object.getPrototypeOf(this);
    return {
      keys: names.map(pythonName),
      children: Object.values(this),
      rebuild: (children) => Object.assign(Object.create(prototype), Object.fromEntries(names.map((name, i) => [name, children[i]]))),
      tag: this.constructor,
    };
  }
}

/** State of a rule that remembers nothing. */
export class EmptyState extends OptaxState {}

/** A rule without state, from a function of updates and parameters. */
export function stateless(rule: (updates: unknown, params: unknown) => unknown): GradientTransformation {
  return { init: () => new EmptyState(), update: (updates, state, params) => [rule(updates, params), state] };
}

/** Leaves updates as they are. */
export const identity = (): GradientTransformation => stateless((updates) => updates);
