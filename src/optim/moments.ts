import { mapTree } from '#linnet/core';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { biasCorrection, divideBy, increment, movingAverage, oneMinus, squared, zeroCount, zerosLike } from './arithmetic';
import { type GradientTransformation, type Numeric, OptaxState } from './transformation';

/** Count of updates and the first two moments of the gradients. Also the state of Adamax. */
export class ScaleByAdamState extends OptaxState {
  constructor(
    readonly count: JaxArray,
    readonly mu: unknown,
    readonly nu: unknown,
  ) {
    super();
  }
}

/** Count of updates and the first moment. */
export class ScaleByLionState extends OptaxState {
  constructor(
    readonly count: JaxArray,
    readonly mu: unknown,
  ) {
    super();
  }
}

export interface AdamOptions {
  /** Decay of the mean of gradients, 0.9. */
  readonly b1?: Numeric;
  /** Decay of the mean of squared gradients, 0.999. */
  readonly b2?: Numeric;
  /** Added outside the root, 1e-8. */
  readonly eps?: Numeric;
  /** Added inside the root, 0. */
  readonly epsRoot?: Numeric;
  readonly nesterov?: boolean;
}

/** Adam's rescaling (Kingma & Ba 2014); `nesterov` makes it Dozat's. */
export function scaleByAdam({ b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false }: AdamOptions = {}): GradientTransformation {
  return {
    init: (params) => new ScaleByAdamState(zeroCount(), zerosLike(params), zerosLike(params)),
    update(grads, state) {
      const old = state as ScaleByAdamState;
      const mu = movingAverage(grads, old.mu, b1);
      const nu = movingAverage(grads, old.nu, b2, squared);
      const count = increment(old.count);
      const mean = nesterov ? nesterovMean(grads, mu, b1, count) : divideBy(mu, biasCorrection(b1, count));
      const variance = divideBy(nu, biasCorrection(b2, count));
      const scaled = mapTree((m: JaxArray, v: JaxArray) => m.div(jnp.sqrt(v.add(epsRoot)).add(eps)), mean, variance);
      return [scaled, new ScaleByAdamState(count, mu, nu)];
    },
  };
}

/** The mean as it will stand one step later: bias-corrected for the next count, mixed with the present gradient. */
function nesterovMean(grads: unknown, mu: unknown, b1: Numeric, count: JaxArray): unknown {
  const ahead = divideBy(mu, biasCorrection(b1, increment(count)));
  const present = divideBy(grads, biasCorrection(b1, count));
  return mapTree((m: JaxArray, g: JaxArray) => m.mul(b1).add(g.mul(oneMinus(b1))), ahead, present);
}

/** Adamax's rescaling: an infinity norm in place of the second moment. */
export function scaleByAdamax({ b1 = 0.9, b2 = 0.999, eps = 1e-8 }: AdamOptions = {}): GradientTransformation {
  return {
    init: (params) => new ScaleByAdamState(zeroCount(), zerosLike(params), zerosLike(params)),
    update(grads, state) {
      const old = state as ScaleByAdamState;
      const count = increment(old.count);
      const mu = movingAverage(grads, old.mu, b1);
      const nu = mapTree((g: JaxArray, n: JaxArray) => jnp.maximum(jnp.abs(g).add(eps), n.mul(b2)), grads, old.nu);
      const scaled = mapTree((m: JaxArray, n: JaxArray) => m.div(n), divideBy(mu, biasCorrection(b1, count)), nu);
      return [scaled, new ScaleByAdamState(count, mu, nu)];
    },
  };
}

/** Lion's rule: the sign of a mix of mean and gradient (Chen et al. 2023). */
export function scaleByLion({ b1 = 0.9, b2 = 0.99 }: { readonly b1?: Numeric; readonly b2?: Numeric } = {}): GradientTransformation {
  return {
    init: (params) => new ScaleByLionState(zeroCount(), zerosLike(params)),
    update(grads, state) {
      const old = state as ScaleByLionState;
      const direction = mapTree((mixed: JaxArray) => jnp.sign(mixed), movingAverage(grads, old.mu, b1));
      return [direction, new ScaleByLionState(increment(old.count), movingAverage(grads, old.mu, b2))];
    },
  };
}
