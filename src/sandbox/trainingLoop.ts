import { LinnetError } from '#linnet/core';
import { isTestPoint, type Metrics, type SavedMetrics, stepsToTestPoint } from './metrics';
import type { Trainer } from './trainer';
import { disposeTree, type TrainingState } from './trainingState';

/** Steps submitted at once: few sizes, because each is a program of its own. */
const CHUNKS = [100, 25, 5, 1] as const;
/** Device time of one submission that is aimed for, ms: pause, the page and other tabs stay alive. */
const TARGET_MS = 16;
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
 * Keeps the device busy: submits steps in chunks sized to about 16 ms, reads their losses as they come back, evaluates the test set at
 * fixed steps. Results are handled in the order of submission.
 */
export class TrainingLoop {
  readonly #trainer: Trainer;
  readonly #metrics: Metrics;
  readonly #listener: LoopListener;
  /** Handling of everything submitted so far. */
  #results: Promise<void> = Promise.resolve();
  #inFlight = 0;
  #goal = 0;
  #running: Promise<void> | null = null;
  /** Results of submissions before a divergence are not looked at any more. */
  #generation = 0;
  /** A guess that lets the first submission reach the first evaluation. */
  #msPerStep = 0.5;
  #lastArrivalMs = 0;

  constructor(trainer: Trainer, metrics: Metrics, listener: LoopListener) {
    this.#trainer = trainer;
    this.#metrics = metrics;
    this.#listener = listener;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Trains until `goal` (Infinity: until paused). Returns at once. */
  start(goal: number, speed: Speed = 'max'): void {
    this.#goal = goal;
    if (this.#running !== null) return;
    this.#running = this.#train(speed).finally(() => {
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

  /** The run as it is after everything submitted so far. Training goes on meanwhile. */
  async snapshot(): Promise<RunSnapshot> {
    const { step } = this.#trainer;
    const state = this.#trainer.snapshot();
    const generation = this.#generation;
    await this.#results;
    if (generation !== this.#generation || this.#metrics.step < step) {
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
        while (this.#inFlight >= MAX_IN_FLIGHT) await this.#results;
        const dueMs = ((this.#trainer.step - startStep) * 1000) / RATES[speed];
        const earlyMs = dueMs - (performance.now() - startedMs);
        if (earlyMs > 1) await sleep(Math.min(earlyMs, 100));
      }
      await this.#results;
      if (generation === this.#generation && this.#trainer.step >= this.#goal && this.#goal >= 0) this.#listener.finished();
    } catch (error) {
      this.#listener.failed(error);
    }
  }

  #submit(speed: Speed): void {
    const count = this.#chunk(speed);
    const from = this.#trainer.step;
    const losses = this.#trainer.run(count);
    this.#enqueue(
      losses.data().finally(() => losses.dispose()),
      (values) => this.#arrived(from, values as Float32Array),
    );
    if (isTestPoint(this.#trainer.step)) this.#enqueue(this.#trainer.test(), (result) => this.#metrics.addTest(result));
  }

  /** How many steps to submit now. */
  #chunk(speed: Speed): number {
    const { step } = this.#trainer;
    const most = Math.min(this.#goal - step, stepsToTestPoint(step), RATES[speed] / 10);
    const wanted = Math.min(most, Math.max(1, TARGET_MS / this.#msPerStep));
    const sizes = CHUNKS.filter((size) => size <= wanted);
    // Larger chunks are compiled while smaller ones run: a compiler may take seconds, and the queue would wait for it.
    const [best = 1] = sizes;
    this.#trainer.prepare(best);
    return sizes.find((size) => this.#trainer.isReady(size)) ?? best;
  }

  #enqueue<T>(work: Promise<T>, handle: (value: T) => void): void {
    const generation = this.#generation;
    this.#inFlight++;
    // Whoever awaits the chain sees the error; the chain itself goes on, so that later results are not lost with it.
    const settled = work.finally(() => {
      this.#inFlight--;
    });
    settled.catch(() => {});
    this.#results = this.#results.then(async () => {
      const value = await settled;
      if (generation === this.#generation) handle(value);
    });
    this.#results.catch(() => {});
  }

  #arrived(from: number, losses: Float32Array): void {
    this.#measure(losses.length);
    const bad = losses.findIndex((loss) => !Number.isFinite(loss));
    this.#metrics.addLosses(bad < 0 ? losses : losses.subarray(0, bad));
    if (bad >= 0) {
      this.#generation++;
      this.#goal = Number.NEGATIVE_INFINITY;
      this.#trainer.rewind(from + bad);
      this.#listener.diverged(from + bad);
    } else this.#listener.progressed();
  }

  /** Time per step, from the distance of arrivals while the queue is full. */
  #measure(steps: number): void {
    const now = performance.now();
    const elapsed = now - this.#lastArrivalMs;
    this.#lastArrivalMs = now;
    if (elapsed < 1000) this.#msPerStep += 0.3 * (elapsed / steps - this.#msPerStep);
  }
}
