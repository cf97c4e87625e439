import { LinnetError, mapTree } from '#linnet/core';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { type Mask, masked } from './masked';
import { globalNorm, leafNorm } from './norms';
import { type GradientTransformation, type Numeric, stateless } from './transformation';

/** One rule after another. Its state is the list of theirs, so saved paths carry the position: `1/mu/...`. */
export function chain(...rules: readonly GradientTransformation[]): GradientTransformation {
  return {
    init: (params) => rules.map((rule) => rule.init(params)),
    update(grads, state, params) {
      const states = state as readonly unknown[];
      if (!Array.isArray(states) || states.length !== rules.length) {
        throw new LinnetError(
          'InvalidArgumentError',
          `A chain of ${rules.length} rules was given a state with ${Array.isArray(states) ? states.length : 'no'} parts. Use the state that its own init made.`,
        );
      }
      let updates = grads;
      const next = rules.map((rule, i) => {
        const [out, after] = rule.update(updates, states[i], params);
        updates = out;
        return after;
      });
      return [updates, next];
    },
  };
}

/** Multiplies updates by a constant. */
export const scale = (factor: Numeric): GradientTransformation => stateless((updates) => mapTree((u: JaxArray) => u.mul(factor), updates));

/** Limits every element to [-maxDelta, maxDelta]. */
export const clip = (maxDelta: Numeric): GradientTransformation =>
  stateless((updates) => mapTree((u: JaxArray) => jnp.clip(u, jnp.negative(maxDelta), maxDelta), updates));

/** Scales all updates down together so that their global norm is at most `maxNorm`; untouched below it. */
export function clipByGlobalNorm(maxNorm: Numeric): GradientTransformation {
  return stateless((updates) => {
    const norm = globalNorm(updates);
    const fits = jnp.less(norm, maxNorm);
    return mapTree((u: JaxArray) => jnp.where(fits, u, u.div(norm).mul(maxNorm)), updates);
  });
}

/** Adds `weightDecay` times the parameter to its update, where `mask` says so (everywhere without one). */
export function addDecayedWeights(weightDecay: Numeric, mask?: Mask): GradientTransformation {
  const rule = stateless((updates, params) => {
    needParams('addDecayedWeights', params);
    return mapTree((u: JaxArray, p: JaxArray) => u.add(p.mul(weightDecay)), updates, params);
  });
  return mask === undefined ? rule : masked(rule, mask);
}

export interface TrustRatioOptions {
  /** Least norm counted, 0. */
  readonly minNorm?: number;
  readonly trustCoefficient?: Numeric;
  readonly eps?: Numeric;
}

/** Scales each leaf by the ratio of the norms of parameter and update (You et al. 2019, LAMB). */
export function scaleByTrustRatio({ minNorm = 0, trustCoefficient = 1, eps = 0 }: TrustRatioOptions = {}): GradientTransformation {
  return stateless((updates, params) => {
    needParams('scaleByTrustRatio', params);
    return mapTree(
      (u: JaxArray, p: JaxArray) => {
        const paramNorm = jnp.maximum(leafNorm(p), minNorm);
        const updateNorm = jnp.maximum(leafNorm(u), minNorm);
        const ratio = paramNorm.mul(trustCoefficient).div(updateNorm.add(eps));
        const isZero = jnp.logicalOr(jnp.equal(paramNorm, 0), jnp.equal(updateNorm, 0));
        return u.mul(jnp.where(isZero, 1, ratio));
      },
      updates,
      params,
    );
  });
}

function needParams(rule: string, params: unknown): void {
  if (params === undefined || params === null) {
    throw new LinnetError('InvalidArgumentError', `${rule} looks at the parameters: pass them as the third argument of update.`);
  }
}
