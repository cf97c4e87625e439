/** Weight of the past per step in the smoothed line: the last fifty steps or so. */
const SMOOTHING = 0.98;
/** Buckets kept; when full, neighbours merge, so drawing costs the same at step 1,000 and at step 1,000,000. */
const MAX_BUCKETS = 1024;

/** Debiased exponential moving average: constant input stays constant, a value never changes once given, NaN is passed over. */
export class DebiasedAverage {
  readonly #decay: number;
  #sum = 0;
  #weight = 0;

  constructor(decay: number) {
    this.#decay = decay;
  }

  /** Takes the next value, the mean of `steps` steps, and returns the average up to it; NaN until the first finite one. */
  push(value: number, steps = 1): number {
    if (Number.isFinite(value)) {
      const decay = this.#decay ** steps;
      this.#sum = decay * this.#sum + (1 - decay) * value;
      this.#weight = decay * this.#weight + (1 - decay);
    }
    return this.#weight === 0 ? Number.NaN : this.#sum / this.#weight;
  }
}

/** What is kept of `1 << level` neighbouring points: nothing is averaged away. */
interface Bucket {
  firstStep: number;
  lastStep: number;
  low: number;
  high: number;
  smooth: number;
  test: number;
  accuracy: number;
}

/** A line chart's data: `steps` ascending; NaN where a line has no point. */
export interface DrawnSeries {
  readonly steps: Float64Array;
  readonly raw: Float64Array;
  readonly smooth: Float64Array;
  readonly test: Float64Array;
}

const lower = (a: number, b: number): number => (Number.isNaN(a) || b < a ? b : a);
const higher = (a: number, b: number): number => (Number.isNaN(a) || b > a ? b : a);
const later = (a: number, b: number): number => (Number.isNaN(b) ? a : b);

function merge(a: Bucket, b: Bucket): Bucket {
  return {
    firstStep: a.firstStep,
    lastStep: b.lastStep,
    low: lower(a.low, b.low),
    high: higher(a.high, b.high),
    smooth: later(a.smooth, b.smooth),
    test: later(a.test, b.test),
    accuracy: later(a.accuracy, b.accuracy),
  };
}

/**
 * The losses of one run, thinned as they come: bounded memory, lowest and highest raw value of every stretch kept, smoothed points
 * thinned but never moved.
 */
export class LossSeries {
  #buckets: Bucket[] = [];
  #perBucket = 1;
  #inLast = 0;
  #average = new DebiasedAverage(SMOOTHING);

  get isEmpty(): boolean {
    return this.#buckets.length === 0;
  }

  get lastStep(): number {
    return this.#buckets.at(-1)?.lastStep ?? 0;
  }

  clear(): void {
    this.#buckets = [];
    this.#perBucket = 1;
    this.#inLast = 0;
    this.#average = new DebiasedAverage(SMOOTHING);
  }

  /** Adds one point. Steps come in order; for one that is known already only its evaluation on the test set is taken. */
  push(step: number, trainLoss: number, testLoss: number, testAccuracy: number): void {
    if (!this.isEmpty && step <= this.lastStep) {
      const known = this.#buckets.findLast(({ firstStep }) => firstStep <= step);
      if (known !== undefined) {
        known.test = later(known.test, testLoss);
        known.accuracy = later(known.accuracy, testAccuracy);
      }
      return;
    }
    const bucket: Bucket = {
      firstStep: step,
      lastStep: step,
      low: trainLoss,
      high: trainLoss,
      smooth: this.#average.push(trainLoss, Math.max(1, step - this.lastStep)),
      test: testLoss,
      accuracy: testAccuracy,
    };
    if (this.#inLast > 0 && this.#inLast < this.#perBucket) {
      this.#buckets[this.#buckets.length - 1] = merge(this.#buckets.at(-1)!, bucket);
      this.#inLast += 1;
    } else {
      if (this.#buckets.length === MAX_BUCKETS) this.#halve();
      this.#buckets.push(bucket);
      this.#inLast = 1;
    }
  }

  #halve(): void {
    const halved: Bucket[] = [];
    for (let i = 0; i < this.#buckets.length; i += 2) halved.push(merge(this.#buckets[i]!, this.#buckets[i + 1]!));
    this.#buckets = halved;
    this.#perBucket *= 2;
  }

  /** The lines to draw: a bucket of several points gives its lowest and its highest. */
  draw(): DrawnSeries {
    const pair = this.#perBucket > 1;
    const length = this.#buckets.length * (pair ? 2 : 1);
    const drawn = {
      steps: new Float64Array(length),
      raw: new Float64Array(length),
      smooth: new Float64Array(length).fill(Number.NaN),
      test: new Float64Array(length).fill(Number.NaN),
    };
    this.#buckets.forEach((bucket, i) => {
      const last = pair ? 2 * i + 1 : i;
      if (pair) {
        drawn.steps[2 * i] = bucket.firstStep;
        drawn.raw[2 * i] = bucket.high;
      }
      drawn.steps[last] = pair && bucket.lastStep === bucket.firstStep ? bucket.lastStep + 1e-6 : bucket.lastStep;
      drawn.raw[last] = bucket.low;
      drawn.smooth[last] = bucket.smooth;
      drawn.test[last] = bucket.test;
    });
    return drawn;
  }

  /** At most `count` rows spread evenly over the run, the newest last, for the chart's table. */
  rows(count: number): { step: number; trainLoss: number; testLoss: number; testAccuracy: number }[] {
    const every = Math.max(1, Math.ceil(this.#buckets.length / count));
    return this.#buckets
      .filter((_, i) => (this.#buckets.length - 1 - i) % every === 0)
      .map(({ lastStep, smooth, test, accuracy }) => ({ step: lastStep, trainLoss: smooth, testLoss: test, testAccuracy: accuracy }));
  }

  /** At most `count` evaluations on the test set, spread evenly over those there are, the newest last. */
  tests(count: number): { readonly step: number; readonly testLoss: number }[] {
    const tested = this.#buckets.filter(({ test }) => !Number.isNaN(test));
    const every = Math.max(1, Math.ceil(tested.length / count));
    return tested.filter((_, i) => (tested.length - 1 - i) % every === 0).map(({ lastStep, test }) => ({ step: lastStep, testLoss: test }));
  }

  /** Values at the last point at or before `step`, or null. */
  at(step: number): { step: number; trainLoss: number; testLoss: number; testAccuracy: number } | null {
    const bucket = this.#buckets.findLast((candidate) => candidate.firstStep <= step);
    return bucket === undefined
      ? null
      : { step: bucket.lastStep, trainLoss: bucket.smooth, testLoss: bucket.test, testAccuracy: bucket.accuracy };
  }
}
