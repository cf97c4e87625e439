import { flatten, mapTree, unflatten } from '#linnet/core';
import { type GradientTransformation, OptaxState } from './transformation';

/** Which leaves a rule applies to: a tree of booleans like the parameters, or a function that makes one of them. */
export type Mask = unknown | ((params: unknown) => unknown);

/** Stands in a tree where a leaf is masked out. A container without children. */
export class MaskedNode extends OptaxState {}

/** State of a masked rule. */
export class MaskedState extends OptaxState {
  constructor(readonly innerState: unknown) {
    super();
  }
}

/** Applies `rule` to the leaves where `mask` is true; the others pass unchanged and have no state. */
export function masked(rule: GradientTransformation, mask: Mask): GradientTransformation {
  const maskOf = (tree: unknown): unknown => (typeof mask === 'function' ? mask(tree) : mask);
  const hide = (flags: unknown, tree: unknown): unknown =>
    tree === undefined ? undefined : mapTree((flag: boolean, leaf: unknown) => (flag ? leaf : new MaskedNode()), flags, tree);
  return {
    init: (params) => new MaskedState(rule.init(hide(maskOf(params), params))),
    update(updates, state, params) {
      const flags = maskOf(updates);
      const [inner, next] = rule.update(hide(flags, updates), (state as MaskedState).innerState, hide(flags, params));
      return [merge(flags, updates, inner), new MaskedState(next)];
    },
  };
}

/** `inner` where the flag is true, `outer` elsewhere. */
function merge(flags: unknown, outer: unknown, inner: unknown): unknown {
  const { leaves, structure } = flatten(outer);
  const chosen = flatten(inner).leaves;
  let next = 0;
  const picks = flatten(flags).leaves.map((flag, i) => (flag ? chosen[next++] : leaves[i]));
  return unflatten(structure, picks);
}
