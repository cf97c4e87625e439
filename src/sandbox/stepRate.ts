/** Time over which the rate is taken, ms. */
const WINDOW_MS = 1000;

/** Steps per second over the last second. */
export class StepRate {
  #samples: { readonly ms: number; readonly step: number }[] = [];

  /** The run is at `step` now. */
  add(step: number, ms: number): void {
    this.#samples.push({ ms, step });
    const oldest = this.#samples.findIndex((sample) => ms - sample.ms <= WINDOW_MS);
    // One sample from before the window stays, so that slow steps have a distance to measure.
    this.#samples.splice(0, Math.max(0, oldest - 1));
  }

  get perSecond(): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    return first === undefined || last === undefined || last.ms <= first.ms ? 0 : ((last.step - first.step) * 1000) / (last.ms - first.ms);
  }

  reset(): void {
    this.#samples = [];
  }
}
