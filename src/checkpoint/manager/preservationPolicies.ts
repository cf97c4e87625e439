import { LinnetError } from '#linnet/core';
import type { CheckpointInfo, Metrics } from './checkpointInfo';

/** Says which steps stay. Asked after every save; a step that it does not preserve is deleted. */
export interface PreservationPolicy {
  /** One answer for each of `checkpoints`, which come in the order in which they were saved. */
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[];
}

/** All but the last `count` true answers become false; null changes nothing. */
function keepLast(answers: boolean[], count: number | null): boolean[] {
  if (count === null) return answers;
  let rest = answers.filter(Boolean).length - count;
  return answers.map((answer) => answer && rest-- <= 0);
}

function checkInterval(interval: number): void {
  if (Number.isSafeInteger(interval) && interval > 0) return;
  throw new LinnetError('InvalidArgumentError', `A policy's interval must be an integer above 0, but is ${interval}.`);
}

/** Keeps every step. */
export class PreserveAll implements PreservationPolicy {
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[] {
    return checkpoints.map(() => true);
  }
}

/** Keeps the `n` steps saved last; null keeps all. */
export class LatestN implements PreservationPolicy {
  readonly n: number | null;
  constructor(n: number | null = null) {
    this.n = n;
  }
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[] {
    const { n } = this;
    return checkpoints.map((_, i) => n === null || i >= checkpoints.length - n);
  }
}

/** Keeps the steps of the last `seconds`, and whatever was saved after the first of them. */
export class LatestDuration implements PreservationPolicy {
  readonly seconds: number;
  readonly #now: () => number;
  /** `now` gives the time in milliseconds since 1970. */
  constructor(seconds: number, now: () => number = Date.now) {
    this.seconds = seconds;
    this.#now = now;
  }
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[] {
    const oldest = this.#now() - this.seconds * 1000;
    const first = checkpoints.findIndex(({ timeMs }) => timeMs >= oldest);
    return checkpoints.map((_, i) => first >= 0 && i >= first);
  }
}

/** Keeps the first step, and then each that comes at least `seconds` after the one kept before it. */
export class EveryNSeconds implements PreservationPolicy {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[] {
    let last = Number.NEGATIVE_INFINITY;
    return checkpoints.map(({ timeMs }) => {
      if (timeMs - last < this.seconds * 1000) return false;
      last = timeMs;
      return true;
    });
  }
}

/** Keeps multiples of `interval`; with `exactInterval: false` the first step and then each at least `interval` after the one before. */
export class EveryNSteps implements PreservationPolicy {
  readonly interval: number;
  readonly exactInterval: boolean;
  readonly maxToKeep: number | null;
  constructor(interval: number, options: { exactInterval?: boolean; maxToKeep?: number | null } = {}) {
    checkInterval(interval);
    this.interval = interval;
    this.exactInterval = options.exactInterval ?? true;
    this.maxToKeep = options.maxToKeep ?? null;
  }
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[] {
    let last = Number.NEGATIVE_INFINITY;
    const answers = checkpoints.map(({ step }) => {
      if (this.exactInterval) return step % this.interval === 0;
      if (step - last < this.interval) return false;
      last = step;
      return true;
    });
    return keepLast(answers, this.maxToKeep);
  }
}

/** Keeps, for every multiple of `interval`, the step nearest to it (of two, the later), and always the last step. */
export class EveryNStepsClosest implements PreservationPolicy {
  readonly interval: number;
  readonly maxToKeep: number | null;
  constructor(interval: number, options: { maxToKeep?: number | null } = {}) {
    checkInterval(interval);
    this.interval = interval;
    this.maxToKeep = options.maxToKeep ?? null;
  }
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[] {
    const nearest = new Map<number, { index: number; distance: number }>();
    checkpoints.forEach(({ step }, index) => {
      const multiple = this.#nearestMultiple(step);
      const distance = Math.abs(step - multiple * this.interval);
      const best = nearest.get(multiple);
      if (best === undefined || distance <= best.distance) nearest.set(multiple, { index, distance });
    });
    const kept = new Set([...nearest.values()].map(({ index }) => index).concat(checkpoints.length - 1));
    return keepLast(
      checkpoints.map((_, i) => kept.has(i)),
      this.maxToKeep,
    );
  }

  /** Halfway belongs to the even multiple, as Python rounds. */
  #nearestMultiple(step: number): number {
    const lower = Math.floor(step / this.interval);
    const rest = step - lower * this.interval;
    if (rest * 2 !== this.interval) return rest * 2 < this.interval ? lower : lower + 1;
    return lower % 2 === 0 ? lower : lower + 1;
  }
}

/** Keeps the steps that are named. */
export class CustomSteps implements PreservationPolicy {
  readonly steps: ReadonlySet<number>;
  constructor(steps: Iterable<number>) {
    this.steps = new Set(steps);
  }
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[] {
    return checkpoints.map(({ step }) => this.steps.has(step));
  }
}

/** How the best steps are found. */
export interface BestNOptions {
  /** The number by which steps are ranked. */
  readonly getMetricFn: (metrics: Metrics) => number;
  /** True: the lowest are best. Default false. */
  readonly reverse?: boolean;
  /** How many are kept; null keeps all. */
  readonly n?: number | null;
  /** Whether steps without metrics stay beside the best. Default true. */
  readonly keepCheckpointsWithoutMetrics?: boolean;
}

/** Keeps the `n` steps with the best metric; of equal ones those saved later. */
export class BestN implements PreservationPolicy {
  readonly #options: BestNOptions;
  constructor(options: BestNOptions) {
    this.#options = options;
  }
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[] {
    const { getMetricFn, reverse = false, n = null, keepCheckpointsWithoutMetrics = true } = this.#options;
    if (n === null || checkpoints.length <= n) return checkpoints.map(() => true);
    if (n === 0) return checkpoints.map(() => false);
    const ranked = checkpoints
      .flatMap(({ metrics }, index) => (metrics === null ? [] : [{ index, value: getMetricFn(metrics) }]))
      .sort((a, b) => (reverse ? b.value - a.value : a.value - b.value));
    const best = new Set(ranked.slice(-n).map(({ index }) => index));
    return checkpoints.map(({ metrics }, i) => best.has(i) || (metrics === null && keepCheckpointsWithoutMetrics));
  }
}

/** Keeps what any of `policies` keeps. */
export class AnyPreservationPolicy implements PreservationPolicy {
  readonly policies: readonly PreservationPolicy[];
  constructor(policies: readonly PreservationPolicy[]) {
    this.policies = policies;
  }
  shouldPreserve(checkpoints: readonly CheckpointInfo[]): boolean[] {
    const answers = this.policies.map((policy) => policy.shouldPreserve(checkpoints));
    return checkpoints.map((_, i) => answers.some((answer) => answer[i]));
  }
}
