import type { MetricsChunk } from '#linnet/core';

/** One evaluation on the test set. */
export interface TestResult {
  readonly loss: number;
  /** Share of rows right; NaN for regression. */
  readonly accuracy: number;
}

/** How often points are kept, by how far the run is: `[up to step, every so many steps]`. The chart needs no more, and a save stays small. */
const TRAIN_SPACING = [
  [100, 1],
  [1_000, 5],
  [10_000, 25],
  [Number.POSITIVE_INFINITY, 100],
] as const;
const TEST_SPACING = [
  [1_000, 25],
  [10_000, 100],
  [Number.POSITIVE_INFINITY, 1_000],
] as const;

const spacingAt = (table: readonly (readonly [number, number])[], step: number): number => table.find(([limit]) => step <= limit)![1];

/** Whether the history keeps the mean training loss at `step`. */
export const isTrainPoint = (step: number): boolean => step % spacingAt(TRAIN_SPACING, step) === 0;
/** Whether the test set is evaluated at `step`: a function of the step alone, so that resumed runs keep the same history. */
export const isTestPoint = (step: number): boolean => step % spacingAt(TEST_SPACING, step) === 0;

/** Steps from `step` to the next evaluation on the test set. */
export function stepsToTestPoint(step: number): number {
  const every = spacingAt(TEST_SPACING, step + 1);
  return every - (step % every);
}

/** The history as it is saved: numbers as JSON keeps them. Non-finite values are null. */
export interface SavedMetrics {
  readonly steps: readonly number[];
  readonly trainLoss: readonly (number | null)[];
  readonly testLoss: readonly (number | null)[];
  readonly testAccuracy: readonly (number | null)[];
  /** Losses since the last point. */
  readonly pending: readonly (number | null)[];
}

interface Point {
  readonly step: number;
  readonly trainLoss: number;
  testLoss: number;
  testAccuracy: number;
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
const numberOrNaN = (value: number | null): number => value ?? Number.NaN;

/**
 * The metrics of a run in step order. A point holds the mean training loss since the point before it and, where one was made, the
 * evaluation on the test set.
 */
export class Metrics {
  #points: Point[] = [];
  #pending: number[] = [];
  #sent = 0;
  #lastStep = 0;

  /** The last step whose loss is known. */
  get step(): number {
    return this.#lastStep;
  }

  /** Adds the losses of the steps after `step`; `losses[0]` is what step `step + 1` trained on. */
  addLosses(losses: ArrayLike<number>): void {
    for (let i = 0; i < losses.length; i++) {
      this.#pending.push(losses[i]!);
      this.#lastStep++;
      if (isTrainPoint(this.#lastStep)) this.#close();
    }
  }

  #close(): void {
    if (this.#pending.length === 0) return;
    const mean = this.#pending.reduce((sum, loss) => sum + loss, 0) / this.#pending.length;
    this.#points.push({ step: this.#lastStep, trainLoss: Math.fround(mean), testLoss: Number.NaN, testAccuracy: Number.NaN });
    this.#pending = [];
  }

  /** Adds an evaluation at the step whose losses were added last, or before the first step. */
  addTest({ loss, accuracy }: TestResult): void {
    let point = this.#points.at(-1);
    if (point?.step !== this.#lastStep) {
      point = { step: this.#lastStep, trainLoss: Number.NaN, testLoss: Number.NaN, testAccuracy: Number.NaN };
      this.#points.push(point);
    }
    point.testLoss = loss;
    point.testAccuracy = accuracy;
  }

  /** The newest values that are known; null where there is none. */
  latest(): { trainLoss: number | null; testLoss: number | null; testAccuracy: number | null } {
    const last = (pick: (point: Point) => number): number | null => {
      const point = this.#points.findLast((candidate) => !Number.isNaN(pick(candidate)));
      return point === undefined ? null : pick(point);
    };
    return { trainLoss: last((p) => p.trainLoss), testLoss: last((p) => p.testLoss), testAccuracy: last((p) => p.testAccuracy) };
  }

  /** The first step with the lowest test loss, and the last that was evaluated; null before the first evaluation. */
  bestTest(): { readonly step: number; readonly lastStep: number } | null {
    const tested = this.#points.filter(({ testLoss }) => !Number.isNaN(testLoss));
    const [first] = tested;
    if (first === undefined) return null;
    const best = tested.reduce((a, b) => (b.testLoss < a.testLoss ? b : a), first);
    return { step: best.step, lastStep: tested.at(-1)!.step };
  }

  /** Points that were not given out yet; null when there is none. The last one waits for its evaluation, so that each is given once. */
  takeNew(run: string): MetricsChunk | null {
    const last = this.#points.at(-1);
    const isWaiting = last !== undefined && isTestPoint(last.step) && Number.isNaN(last.testLoss);
    const end = this.#points.length - Number(isWaiting);
    if (end <= this.#sent) return null;
    const chunk = this.#chunk(run, this.#points.slice(this.#sent, end));
    this.#sent = end;
    return chunk;
  }

  /** Back to an earlier history of the same run, which stood at `step`. What was given out of it is not given again. */
  goBack(saved: SavedMetrics, step: number): void {
    const earlier = Metrics.fromJson(saved, step);
    this.#points = earlier.#points;
    this.#pending = earlier.#pending;
    this.#lastStep = step;
  }

  /** The whole history. */
  all(run: string): MetricsChunk {
    return this.#chunk(run, this.#points);
  }

  #chunk(run: string, points: readonly Point[]): MetricsChunk {
    return {
      run,
      steps: Float64Array.from(points, (p) => p.step),
      trainLoss: Float64Array.from(points, (p) => p.trainLoss),
      testLoss: Float64Array.from(points, (p) => p.testLoss),
      testAccuracy: Float64Array.from(points, (p) => p.testAccuracy),
    };
  }

  toJson(): SavedMetrics {
    return {
      steps: this.#points.map((p) => p.step),
      trainLoss: this.#points.map((p) => finiteOrNull(p.trainLoss)),
      testLoss: this.#points.map((p) => finiteOrNull(p.testLoss)),
      testAccuracy: this.#points.map((p) => finiteOrNull(p.testAccuracy)),
      pending: this.#pending.map(finiteOrNull),
    };
  }

  /** The history of a run that stands at `step`. */
  static fromJson(saved: SavedMetrics, step: number): Metrics {
    const metrics = new Metrics();
    metrics.#lastStep = step;
    metrics.#pending = saved.pending.map(numberOrNaN);
    metrics.#points = saved.steps.map((at, i) => ({
      step: at,
      trainLoss: numberOrNaN(saved.trainLoss[i] ?? null),
      testLoss: numberOrNaN(saved.testLoss[i] ?? null),
      testAccuracy: numberOrNaN(saved.testAccuracy[i] ?? null),
    }));
    return metrics;
  }
}
