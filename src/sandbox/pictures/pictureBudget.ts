/** Share of the time that pictures may take from training. */
const SHARE = 0.1;
/** Least time between two pictures, ms: one frame; with reduced motion they refresh four times a second. */
const INTERVAL_MS = 16;
const REDUCED_INTERVAL_MS = 250;
/** Of a fine picture that costs more than this, a coarse one is painted while training, ms. */
const FINE_MS = 3;
/** How fast measurements are forgotten: a device that got slower is believed after some of them. */
const FORGETTING = 1.05;

export type Detail = 'fine' | 'coarse';

/**
 * When the next picture is due and how fine it may be, so that training keeps most of the time. Costs are the least lately: what
 * disturbs one picture (another tab, a save) is no reason to paint fewer.
 */
export class PictureBudget {
  readonly #costMs = new Map<Detail, number>();
  #endedMs = Number.NEGATIVE_INFINITY;

  /** A picture was painted: it took `ms` of its own, and ended at `nowMs`. */
  painted(detail: Detail, ms: number, nowMs: number): void {
    this.#costMs.set(detail, Math.min(ms, (this.#costMs.get(detail) ?? Number.POSITIVE_INFINITY) * FORGETTING));
    this.#endedMs = nowMs;
  }

  /** How fine the next picture is to be. */
  detail(isTraining: boolean): Detail {
    return isTraining && (this.#costMs.get('fine') ?? Number.POSITIVE_INFINITY) > FINE_MS ? 'coarse' : 'fine';
  }

  /** When the next picture of this detail may begin, in the clock of `painted`. */
  dueMs(detail: Detail, isTraining: boolean, reducedMotion: boolean): number {
    const pause = isTraining ? (this.#costMs.get(detail) ?? 0) * (1 / SHARE - 1) : 0;
    return this.#endedMs + Math.max(pause, reducedMotion && isTraining ? REDUCED_INTERVAL_MS : INTERVAL_MS);
  }
}
