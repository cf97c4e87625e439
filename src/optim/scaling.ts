import { mapTree } from '#linnet/core';
import { type Array as JaxArray, jnp, lax } from '#linnet/tensor';
import { biasCorrection, divideBy, increment, movingAverage, squared, zeroCount, zerosLike } from './arithmetic';
import { type GradientTransformation, type Numeric, OptaxState } from './transformation';

/** Running sum of squared gradients. */
export class ScaleByRssState extends OptaxState {
  constructor(readonly sumOfSquares: unknown) {
    super();
  }
}

/** Mean of squared gradients. */
export class ScaleByRmsState extends OptaxState {
  constructor(readonly nu: unknown) {
    super();
  }
}

/** Mean of squared gradients, and how many there were. */
export class ScaleByRmsWithCountState extends OptaxState {
  constructor(
    readonly count: JaxArray,
    readonly nu: unknown,
  ) {
    super();
  }
}

/** Mean of gradients and of their squares. */
export class ScaleByRStdDevState extends OptaxState {
  constructor(
    readonly mu: unknown,
    readonly nu: unknown,
  ) {
    super();
  }
}

/** Mean of gradients and of their squares, and how many there were. */
export class ScaleByRStdDevWithCountState extends OptaxState {
  constructor(
    readonly count: JaxArray,
    readonly mu: unknown,
    readonly nu: unknown,
  ) {
    super();
  }
}

/** Sum of past gradients with decay: momentum. */
export class TraceState extends OptaxState {
  constructor(readonly trace: unknown) {
    super();
  }
}

/** Momentum: `trace = grads + decay * trace`; with `nesterov` the update looks one step ahead. */
export function trace(decay: Numeric, { nesterov = false }: { readonly nesterov?: boolean } = {}): GradientTransformation {
  const follow = (grads: unknown, past: unknown) => mapTree((g: JaxArray, t: JaxArray) => g.add(t.mul(decay)), grads, past);
  return {
    init: (params) => new TraceState(zerosLike(params)),
    update(grads, state) {
      const next = follow(grads, (state as TraceState).trace);
      return [nesterov ? follow(grads, next) : next, new TraceState(next)];
    },
  };
}

/** Divides by the root of the sum of squares (Adagrad, Duchi et al. 2011). Zero where the sum is zero. */
export function scaleByRss({
  initialAccumulatorValue = 0.1,
  eps = 1e-7,
}: {
  readonly initialAccumulatorValue?: Numeric;
  readonly eps?: Numeric;
} = {}): GradientTransformation {
  return {
    init: (params) => new ScaleByRssState(mapTree((p: JaxArray) => jnp.fullLike(p, initialAccumulatorValue), params)),
    update(grads, state) {
      const sums = mapTree((g: JaxArray, s: JaxArray) => squared(g).add(s), grads, (state as ScaleByRssState).sumOfSquares);
      const scaled = mapTree((g: JaxArray, s: JaxArray) => g.mul(jnp.where(jnp.greater(s, 0), lax.rsqrt(s.add(eps)), 0)), grads, sums);
      return [scaled, new ScaleByRssState(sums)];
    },
  };
}

export interface RmsOptions {
  /** Decay of the mean of squared gradients, 0.9. */
  readonly decay?: Numeric;
  /** Keeps the divisor from zero, 1e-8. */
  readonly eps?: Numeric;
  /** First value of the mean of squares, 0. */
  readonly initialScale?: Numeric;
  /** Whether `eps` is added inside the root (default) or outside. */
  readonly epsInSqrt?: boolean;
  /** Whether the means are corrected for starting at zero. */
  readonly biasCorrection?: boolean;
}

/** `g` over the root of the variance `v`, with eps inside or outside the root. */
function overRoot(g: JaxArray, v: JaxArray, eps: Numeric, inside: boolean): JaxArray {
  return inside ? g.mul(lax.rsqrt(v.add(eps))) : g.div(jnp.sqrt(v).add(eps));
}

const filledLike = (tree: unknown, value: Numeric): unknown => mapTree((leaf: JaxArray) => jnp.fullLike(leaf, value), tree);

/** Divides by the root of the mean of squares (RMSProp). */
export function scaleByRms({
  decay = 0.9,
  eps = 1e-8,
  initialScale = 0,
  epsInSqrt = true,
  biasCorrection: corrected = false,
}: RmsOptions = {}): GradientTransformation {
  return {
    init(params) {
      const nu = filledLike(params, initialScale);
      return corrected ? new ScaleByRmsWithCountState(zeroCount(), nu) : new ScaleByRmsState(nu);
    },
    update(grads, state) {
      const nu = movingAverage(grads, (state as ScaleByRmsState).nu, decay, squared);
      const count = corrected ? increment((state as ScaleByRmsWithCountState).count) : undefined;
      const divisor = count === undefined ? nu : divideBy(nu, biasCorrection(decay, count));
      const scaled = mapTree((g: JaxArray, v: JaxArray) => overRoot(g, v, eps, epsInSqrt), grads, divisor);
      return [scaled, count === undefined ? new ScaleByRmsState(nu) : new ScaleByRmsWithCountState(count, nu)];
    },
  };
}

/** Divides by the standard deviation of the gradients (centred RMSProp). */
export function scaleByStddev({
  decay = 0.9,
  eps = 1e-8,
  initialScale = 0,
  epsInSqrt = true,
  biasCorrection: corrected = false,
}: RmsOptions = {}): GradientTransformation {
  return {
    init(params) {
      const [mu, nu] = [zerosLike(params), filledLike(params, initialScale)];
      return corrected ? new ScaleByRStdDevWithCountState(zeroCount(), mu, nu) : new ScaleByRStdDevState(mu, nu);
    },
    update(grads, state) {
      const old = state as ScaleByRStdDevState;
      const mu = movingAverage(grads, old.mu, decay);
      const nu = movingAverage(grads, old.nu, decay, squared);
      const count = corrected ? increment((state as ScaleByRStdDevWithCountState).count) : undefined;
      const fair = (tree: unknown) => (count === undefined ? tree : divideBy(tree, biasCorrection(decay, count)));
      const scaled = mapTree(
        (g: JaxArray, m: JaxArray, v: JaxArray) => overRoot(g, v.sub(squared(m)), eps, epsInSqrt),
        grads,
        fair(mu),
        fair(nu),
      );
      return [scaled, count === undefined ? new ScaleByRStdDevState(mu, nu) : new ScaleByRStdDevWithCountState(count, mu, nu)];
    },
  };
}
