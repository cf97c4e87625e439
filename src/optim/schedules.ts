import { LinnetError } from '#linnet/core';
import { type Array as JaxArray, jnp } from '#linnet/tensor';

/** A hyperparameter as a function of the number of updates done so far: a float32 scalar. */
export type Schedule = (count: number | JaxArray) => JaxArray;

/** A schedule from a rule on the count as a float32 scalar. */
const onCount =
  (rule: (count: JaxArray) => JaxArray): Schedule =>
  (count) =>
    rule(jnp.asarray(count).astype('float32'));

/** Counts beyond 2^24 are no longer exact in float32; schedules are constant long before. */
const fraction = (count: JaxArray, begin: number, steps: number): JaxArray => jnp.clip(count.sub(begin).div(steps), 0, 1);

function positive(name: string, value: number): void {
  if (!(value > 0)) throw new LinnetError('InvalidArgumentError', `${name} is ${value}; it must be above 0.`);
}

/** Always `value`. */
export const constantSchedule = (value: number): Schedule => onCount((count) => jnp.fullLike(count, value));

/** From `initValue` to `endValue` along a power of the remaining share of `transitionSteps`. */
export function polynomialSchedule(
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  transitionBegin = 0,
): Schedule {
  if (transitionSteps <= 0) return constantSchedule(initValue);
  return onCount((count) => {
    const left = fraction(count, transitionBegin, transitionSteps).neg().add(1);
    const share = power === 1 ? left : jnp.power(left, power);
    return share.mul(initValue - endValue).add(endValue);
  });
}

/** From `initValue` to `endValue` along a straight line. */
export const linearSchedule = (initValue: number, endValue: number, transitionSteps: number, transitionBegin = 0): Schedule =>
  polynomialSchedule(initValue, endValue, 1, transitionSteps, transitionBegin);

/** Down a cosine from `initValue` to `alpha * initValue` over `decaySteps`. */
export function cosineDecaySchedule(initValue: number, decaySteps: number, alpha = 0, exponent = 1): Schedule {
  positive('decaySteps', decaySteps);
  return onCount((count) => {
    const cosine = jnp
      .cos(fraction(count, 0, decaySteps).mul(Math.PI))
      .add(1)
      .mul(0.5);
    const decayed = exponent === 1 ? cosine : jnp.power(cosine, exponent);
    return decayed
      .mul(1 - alpha)
      .add(alpha)
      .mul(initValue);
  });
}

export interface ExponentialOptions {
  /** Updates before the decay starts, 0. */
  readonly transitionBegin?: number;
  /** Decays in steps, not continuously. */
  readonly staircase?: boolean;
  /** Where the decay stops: a lower bound for rates below 1, an upper bound above. */
  readonly endValue?: number;
}

/** `initValue * decayRate ^ (count / transitionSteps)`. */
export function exponentialDecay(
  initValue: number,
  transitionSteps: number,
  decayRate: number,
  options: ExponentialOptions = {},
): Schedule {
  const { transitionBegin = 0, staircase = false, endValue } = options;
  positive('transitionSteps', transitionSteps);
  if (decayRate === 0) return constantSchedule(initValue);
  return onCount((count) => {
    const since = count.sub(transitionBegin);
    const periods = staircase ? jnp.floor(since.div(transitionSteps)) : since.div(transitionSteps);
    const decayed = jnp.where(jnp.lessEqual(since, 0), initValue, jnp.power(decayRate, periods).mul(initValue));
    if (endValue === undefined) return decayed;
    return decayRate < 1 ? jnp.maximum(decayed, endValue) : jnp.minimum(decayed, endValue);
  });
}

type Boundaries = Readonly<Record<number, number>>;
const sorted = (boundaries: Boundaries): [number, number][] =>
  Object.entries(boundaries)
    .map(([at, factor]): [number, number] => [Number(at), factor])
    .sort((a, b) => a[0] - b[0]);

/** `initValue`, multiplied by a factor at each boundary: `{ step: factor }`. */
export function piecewiseConstantSchedule(initValue: number, boundariesAndScales: Boundaries = {}): Schedule {
  const steps = sorted(boundariesAndScales);
  return onCount((count) =>
    steps.reduce((value, [at, factor]) => value.mul(jnp.where(jnp.greaterEqual(count, at), factor, 1)), jnp.fullLike(count, initValue)),
  );
}

/** Between the values that the factors lead to at each boundary, along lines or half cosines. */
export function piecewiseInterpolateSchedule(type: 'linear' | 'cosine', initValue: number, boundariesAndScales: Boundaries = {}): Schedule {
  const points: [number, number][] = [[0, initValue]];
  for (const [at, factor] of sorted(boundariesAndScales)) points.push([at, points.at(-1)![1] * factor]);
  const blend = (share: JaxArray): JaxArray => (type === 'linear' ? share : jnp.cos(share.mul(Math.PI)).neg().add(1).mul(0.5));
  return onCount((count) => {
    let value = jnp.fullLike(count, points.at(-1)![1]);
    for (let i = points.length - 2; i >= 0; i--) {
      const [[from, a], [to, b]] = [points[i]!, points[i + 1]!];
      const inside = blend(fraction(count, from, Math.max(1, to - from)))
        .mul(b - a)
        .add(a);
      value = jnp.where(jnp.less(count, to), inside, value);
    }
    return value;
  });
}

/** Up to `peakValue` and down to a value near zero along lines, in one cycle. */
export function linearOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  { pctStart = 0.3, pctFinal = 0.85, divFactor = 25, finalDivFactor = 1e4 } = {},
): Schedule {
  positive('transitionSteps', transitionSteps);
  return piecewiseInterpolateSchedule('linear', peakValue / divFactor, {
    [Math.trunc(pctStart * transitionSteps)]: divFactor,
    [Math.trunc(pctFinal * transitionSteps)]: 1 / divFactor,
    [transitionSteps]: 1 / finalDivFactor,
  });
}

/** Up to `peakValue` and down to a value near zero along half cosines, in one cycle. */
export function cosineOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = {},
): Schedule {
  positive('transitionSteps', transitionSteps);
  return piecewiseInterpolateSchedule('cosine', peakValue / divFactor, {
    [Math.trunc(pctStart * transitionSteps)]: divFactor,
    [Math.trunc(transitionSteps)]: 1 / (divFactor * finalDivFactor),
  });
}

/** One schedule after another; each starts counting at its boundary. */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  if (schedules.length !== boundaries.length + 1) {
    throw new LinnetError(
      'InvalidArgumentError',
      `${schedules.length} schedules need ${schedules.length - 1} boundaries; ${boundaries.length} were given.`,
    );
  }
  return onCount((count) =>
    boundaries.reduce(
      (value, boundary, i) => jnp.where(jnp.less(count, boundary), value, schedules[i + 1]!(count.sub(boundary))),
      schedules[0]!(count),
    ),
  );
}

/** A straight rise to `peakValue` in `warmupSteps`, then a cosine down to `endValue` until `decaySteps` (which counts the rise). */
export function warmupCosineDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  decaySteps: number,
  endValue = 0,
  exponent = 1,
): Schedule {
  const alpha = peakValue === 0 ? 0 : endValue / peakValue;
  return joinSchedules(
    [linearSchedule(initValue, peakValue, warmupSteps), cosineDecaySchedule(peakValue, decaySteps - warmupSteps, alpha, exponent)],
    [warmupSteps],
  );
}

/** A straight rise to `peakValue` in `warmupSteps`, then exponential decay. */
export function warmupExponentialDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  transitionSteps: number,
  decayRate: number,
  options: ExponentialOptions = {},
): Schedule {
  return joinSchedules(
    [linearSchedule(initValue, peakValue, warmupSteps), exponentialDecay(peakValue, transitionSteps, decayRate, options)],
    [warmupSteps],
  );
}
