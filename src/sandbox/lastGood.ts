import { type Health, LOOK_STEPS } from './health';
import { isTestPoint, type Metrics, type SavedMetrics, stepsToTestPoint } from './metrics';
import type { Trainer } from './trainer';
import { disposeTree, type TrainingState } from './trainingState';

/** Steps submitted at once while a way is trained again. */
const CHUNKS = [50, 25, 10, 5, 2, 1] as const;

/** The run as it was at one step. */
interface Foothold {
  readonly step: number;
  readonly state: TrainingState;
  readonly metrics: SavedMetrics;
}

/**
 * The newest state of a run that training is known to have left finite. Small models train thousands of steps from one look at their
 * arrays to the next; from here the way is trained again, bit for bit, to find where the numbers went wrong to the nearest fifty.
 */
export class LastGood {
  readonly #trainer: Trainer;
  readonly #metrics: Metrics;
  readonly #health: Health;
  /** States that are being looked at, by step. */
  readonly #looked = new Map<number, TrainingState>();
  #kept: Foothold | null = null;

  constructor(trainer: Trainer, metrics: Metrics, health: Health) {
    this.#trainer = trainer;
    this.#metrics = metrics;
    this.#health = health;
  }

  /** Training starts, from the present state. Everything submitted must be known. */
  begin(): void {
    this.#keep(this.#trainer.step, this.#trainer.snapshot());
  }

  /** The present state is about to be looked at: holds it until it is confirmed or dropped. */
  hold(): void {
    const { step } = this.#trainer;
    if (!this.#looked.has(step)) this.#looked.set(step, this.#trainer.snapshot());
  }

  /** The state of `step`, up to which metrics are known, is finite. Nothing is kept where looks are so close that nobody needs it. */
  confirm(step: number): void {
    const state = this.#looked.get(step);
    this.#looked.delete(step);
    this.#letGo();
    if (state !== undefined) this.#keep(step, state);
  }

  /** Gives all memory back. What was kept counts no more, e.g. since steps would be trained otherwise now. */
  drop(): void {
    this.#letGo();
    for (const state of this.#looked.values()) disposeTree(state);
    this.#looked.clear();
  }

  /**
   * Takes the run back to what is kept and trains towards `until`, whose arrays are not finite. Resolves to the step, at most fifty
   * after the last finite state, at which it left the run; `until` where nothing is kept.
   */
  async retrace(until: number): Promise<number> {
    const kept = this.#kept;
    if (kept === null) return until;
    this.#kept = null;
    this.drop();
    this.#trainer.load(kept.state, kept.step);
    this.#metrics.goBack(kept.metrics, kept.step);
    while ((await this.#isFinite()) && this.#trainer.step < until) await this.#train(Math.min(until, this.#trainer.step + LOOK_STEPS));
    return this.#trainer.step;
  }

  #isFinite(): Promise<boolean> {
    return this.#health.look(this.#trainer.step, this.#trainer.form.model);
  }

  async #train(goal: number): Promise<void> {
    while (this.#trainer.step < goal) {
      const { step } = this.#trainer;
      const most = Math.min(goal - step, stepsToTestPoint(step));
      const losses = this.#trainer.run(CHUNKS.find((size) => size <= most && this.#trainer.isReady(size)) ?? 1);
      this.#metrics.addLosses((await losses.data()) as Float32Array);
      losses.dispose();
      if (isTestPoint(this.#trainer.step)) this.#metrics.addTest(await this.#trainer.test());
    }
  }

  #keep(step: number, state: TrainingState): void {
    this.#letGo();
    this.#kept = { step, state, metrics: this.#metrics.toJson() };
  }

  #letGo(): void {
    if (this.#kept !== null) disposeTree(this.#kept.state);
    this.#kept = null;
  }
}
