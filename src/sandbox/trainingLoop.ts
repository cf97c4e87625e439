import { LinnetError } from '#linnet/core';
import { Health } from './health';
import { LastGood } from './lastGood';
import { isTestPoint, type Metrics, type SavedMetrics, stepsToTestPoint } from './metrics';
import type { Trainer } from './trainer';
import { Pace } from './trainingLoopPace';
import { disposeTree, type TrainingState } from './trainingState';

/** Steps submitted at once: few sizes, because each is traced on its own. */
const CHUNKS = [1000, 500, 250, 100, 50, 25, 10, 5, 2, 1] as const;
/** Submissions that may be under way before the next one waits. */
const MAX_IN_FLIGHT = 3;

/** Steps per second at each speed. */
const RATES: Readonly<Record<Speed, number>> = { 1: 10, 10: 100, max: Number.POSITIVE_INFINITY };
export type Speed = 1 | 10 | 'max';

/** What the loop tells its owner. */
export interface LoopListener {
  /** Losses of more steps are known. */
  progressed(): void;
  /** Loss number `step + 1` was not finite; the state is the last good one, of `step`. Training has ended. */
  diverged(step: number): void;
  /** The model holds numbers that are not finite after `step`, though its loss was. Training has ended. */
  spoilt(step: number): void;
  /** The steps that were asked for are done. */
  finished(): void;
  /** Something failed; training has ended. */
  failed(error: unknown): void;
}

/** A run as it was at one step: arrays held for the taker, who disposes them. */
export interface RunSnapshot {
  readonly step: number;
  readonly state: TrainingState;
  readonly metrics: SavedMetrics;
}

/** Gives the thread to whatever waits (messages, timers) and comes back right after. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Keeps the device busy: submits steps in chunks sized to about 16 ms of device time, reads their losses as they come back, evaluates
 * the test set at fixed steps. Results are handled in the order of submission.
 */
export class TrainingLoop {
  readonly #trainer: Trainer;
  readonly #metrics: Metrics;
  readonly #listener: LoopListener;
  /** Handling of everything submitted so far. */
  #results: Promise<void> = Promise.resolve();
  /** The handling of each of them, oldest first. */
  readonly #underWay: Promise<void>[] = [];
  readonly #pace = new Pace();
  readonly #health = new Health();
  readonly #lastGood: LastGood;
  #goal = 0;
  #speed: Speed = 'max';
  #running: Promise<void> | null = null;
  /** Results of submissions before a divergence are not looked at any more. */
  #generation = 0;
  #lastArrivalMs = 0;

  constructor(trainer: Trainer, metrics: Metrics, listener: LoopListener) {
    this.#trainer = trainer;
    this.#metrics = metrics;
    this.#listener = listener;
    this.#lastGood = new LastGood(trainer, metrics, this.#health);
  }

  /** When results last came back from the device, by the clock of `performance.now`. */
  get lastArrivalMs(): number {
    return this.#lastArrivalMs;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** How far and how fast it was told to train; null while it does not. */
  get order(): { readonly goal: number; readonly speed: Speed } | null {
    return this.#running === null ? null : { goal: this.#goal, speed: this.#speed };
  }

  /** Trains until `goal` (Infinity: until paused). Returns at once. */
  start(goal: number, speed: Speed = 'max'): void {
    this.#goal = goal;
    if (this.#running !== null) return;
    this.#speed = speed;
    this.#lastGood.begin();
    this.#running = this.#train(speed).finally(() => {
      this.#lastGood.drop();
      this.#running = null;
    });
  }

  /** Resolves when training has ended, for whatever reason. */
  async done(): Promise<void> {
    await this.#running;
  }

  /** Stops submitting; resolves when everything submitted is done and its losses are known. */
  async pause(): Promise<void> {
    this.#goal = Number.NEGATIVE_INFINITY;
    await this.#running;
    await this.#results;
  }

  /** Evaluates the untrained model, so that the history starts at step 0. */
  async begin(): Promise<void> {
    this.#enqueue(this.#trainer.test(), (result) => this.#metrics.addTest(result));
    await this.#results;
  }

  /** Steps to come are trained otherwise than those before: they do not tell how the run came here. */
  changed(): void {
    this.#lastGood.drop();
  }

  /**
   * The run as it is after everything submitted so far. Training goes on meanwhile. What training spoilt is no state to come back to: an
   * AbortedError.
   */
  async snapshot(): Promise<RunSnapshot> {
    if (this.isRunning && this.#health.isReady) this.#look();
    const { step } = this.#trainer;
    const state = this.#trainer.snapshot();
    const generation = this.#generation;
    await this.#results;
    if (generation !== this.#generation || this.#metrics.step !== step) {
      disposeTree(state);
      throw new LinnetError('AbortedError', `The run diverged before step ${step} was known; there is nothing new to save.`);
    }
    return { step, state, metrics: this.#metrics.toJson() };
  }

  async #train(speed: Speed): Promise<void> {
    const generation = this.#generation;
    const startedMs = performance.now();
    const startStep = this.#trainer.step;
    const mayGo = (): boolean => this.#trainer.step < this.#goal && generation === this.#generation;
    try {
      while (mayGo()) {
        this.#submit(speed);
        await breathe();
        while (this.#underWay.length >= MAX_IN_FLIGHT) await this.#underWay[0];
        const dueMs = ((this.#trainer.step - startStep) * 1000) / RATES[speed];
        const earlyMs = dueMs - (performance.now() - startedMs);
        if (earlyMs > 1) await sleep(Math.min(earlyMs, 100));
      }
      if (this.#health.isDueAtEnd(this.#trainer.step)) this.#look();
      await this.#results;
      if (generation === this.#generation && this.#trainer.step >= this.#goal && this.#goal >= 0) this.#listener.finished();
    } catch (error) {
      this.#listener.failed(error);
    }
  }

  #submit(speed: Speed): void {
    const count = this.#chunk(speed);
    const from = this.#trainer.step;
    // A program that is still being compiled says nothing about the device.
    const isMeasured = this.#trainer.isReady(count);
    const submittedMs = performance.now();
    const losses = this.#trainer.run(count);
    this.#enqueue(
      losses.data().finally(() => {
        losses.dispose();
        if (isMeasured) this.#pace.add(count, performance.now() - Math.max(submittedMs, this.#lastArrivalMs));
      }),
      (values) => this.#arrived(from, values as Float32Array),
    );
    const { step, form } = this.#trainer;
    if (this.#health.isDue(step, form.model)) this.#look();
    if (isTestPoint(step)) this.#enqueue(this.#trainer.test(), (result) => this.#metrics.addTest(result));
  }

  /** How many steps to submit now. */
  #chunk(speed: Speed): number {
    const { step } = this.#trainer;
    const most = Math.min(this.#goal - step, stepsToTestPoint(step), RATES[speed] / 10, this.#pace.wanted);
    const sizes = CHUNKS.filter((size) => size <= most);
    // Loops are compiled while single steps run: a compiler may take seconds, and the queue would wait for it.
    const [best = 1] = sizes;
    this.#trainer.prepare(best);
    const ready = sizes.find((size) => this.#trainer.isReady(size)) ?? 1;
    this.#trainer.prepare(ready);
    return ready;
  }

  #enqueue<T>(work: Promise<T>, handle: (value: T) => void | Promise<void>): void {
    const generation = this.#generation;
    // Whoever awaits the chain sees the error; the chain itself goes on, so that later results are not lost with it.
    const settled = work.finally(() => {
      this.#lastArrivalMs = performance.now();
    });
    settled.catch(() => {});
    const handled = this.#results.then(async () => {
      const value = await settled;
      if (generation === this.#generation) await handle(value);
    });
    this.#results = handled;
    this.#underWay.push(handled);
    const remove = (): void => {
      void this.#underWay.shift();
    };
    handled.then(remove, remove);
  }

  #arrived(from: number, losses: Float32Array): void {
    const bad = losses.findIndex((loss) => !Number.isFinite(loss));
    this.#metrics.addLosses(bad < 0 ? losses : losses.subarray(0, bad));
    if (bad >= 0) {
      this.#end(from + bad);
      this.#listener.diverged(from + bad);
    } else this.#listener.progressed();
  }

  #look(): void {
    const { step, form } = this.#trainer;
    if (this.#health.isFar(step)) this.#lastGood.hold();
    this.#enqueue(this.#health.look(step, form.model), (allFinite) => (allFinite ? this.#lastGood.confirm(step) : this.#spoilt(step)));
  }

  async #spoilt(step: number): Promise<void> {
    this.#end(step);
    this.#listener.spoilt(await this.#lastGood.retrace(step));
  }

  /** Training is over at `step`; what was submitted beyond it is not looked at. */
  #end(step: number): void {
    this.#generation++;
    this.#goal = Number.NEGATIVE_INFINITY;
    this.#trainer.rewind(step);
  }
}
