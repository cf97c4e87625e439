/** Device time of one submission that is aimed for, ms: pause, the page and other tabs stay alive. */
const TARGET_MS = 16;
/** Steps of the first submission: as far as the first evaluation. */
const FIRST = 25;
/** How many times larger than anything measured a submission may be. */
const GROWTH = 5;
/** How fast measurements are forgotten: a device that got slower is believed after some of them. */
const FORGETTING = 1.02;
/** Submissions after which a size that was not used again counts no more: it may have met a disturbance. */
const STALE = 20;

/**
 * How many steps fit into one submission. Every submission costs time of its own, much of it waiting, so the cost of a step is how much
 * longer larger submissions take, not the time of one divided by its steps. Times are the fastest lately: what slows a device down
 * now and then (pictures, other tabs) is no reason for smaller submissions, which would only make the rest slower.
 */
export class Pace {
  readonly #fastest = new Map<number, number>();
  readonly #lastUse = new Map<number, number>();
  #count = 0;

  /** A submission of `steps` steps took `ms`. */
  add(steps: number, ms: number): void {
    const known = this.#fastest.get(steps) ?? Number.POSITIVE_INFINITY;
    this.#fastest.set(steps, Math.min(ms, known * FORGETTING));
    this.#lastUse.set(steps, ++this.#count);
    this.#forget();
  }

  /** Drops what was measured long ago, but keeps a smaller size to compare with. */
  #forget(): void {
    const largest = Math.max(...this.#fastest.keys());
    for (const [size, use] of this.#lastUse) {
      if (this.#count - use <= STALE || (size < largest && this.#fastest.size <= 2)) continue;
      this.#lastUse.delete(size);
      this.#fastest.delete(size);
    }
  }

  /** Steps that the next submission should have at most. */
  get wanted(): number {
    if (this.#fastest.size === 0) return FIRST;
    const sizes = [...this.#fastest.keys()];
    const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
    const least = this.#fastest.get(smallest)!;
    const most = this.#fastest.get(largest)!;
    // Of one size alone nobody knows which part of its time is steps.
    const msPerStep = smallest === largest ? most / largest : Math.max(0, most - least) / (largest - smallest);
    return Math.max(1, Math.min(TARGET_MS / msPerStep, GROWTH * largest));
  }
}
