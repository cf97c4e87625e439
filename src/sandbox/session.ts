import type { EngineInfo, Experiment, MetricsChunk, RunInfo } from '#linnet/core';
import { carryOver } from './carryOver';
import { loadDataset, type OwnRows } from './data/load';
import { prepare } from './data/prepared';
import { Metrics, type SavedMetrics } from './metrics';
import { type RunIdentity, runInfo } from './runInfo';
import { dataPosition, makeRecord, type RunRecord } from './runRecord';
import { fetchContent, type OnFetched, type StepContent } from './stepContent';
import { Trainer } from './trainer';
import { type LoopListener, type RunSnapshot, TrainingLoop } from './trainingLoop';
import type { Continuation } from './trainingPlan';
import { disposeTree, shareTree, type TrainingState } from './trainingState';

/** Runs that follow one another sooner than this, ms, come from settings that are being tried out: few of them are trained. */
const TRYING_OUT_MS = 2000;

/** One open run: its data, its trainer and its history. */
export class Session {
  static #lastMadeMs = Number.NEGATIVE_INFINITY;
  #info: RunInfo;
  readonly own: OwnRows | undefined;
  readonly trainer: Trainer;
  readonly loop: TrainingLoop;
  /** Why the run is not bit-identical to the one that it goes on with; undefined when it is. */
  readonly deviation: string | undefined;
  #metrics: Metrics;

  private constructor(
    info: RunInfo,
    own: OwnRows | undefined,
    trainer: Trainer,
    metrics: Metrics,
    listener: LoopListener,
    deviation: string | undefined,
  ) {
    this.#info = info;
    this.deviation = deviation;
    this.own = own;
    this.trainer = trainer;
    this.#metrics = metrics;
    this.loop = new TrainingLoop(trainer, metrics, listener);
  }

  /** A new run of `experiment` at step 0, with its first evaluation made. `read` may start it from other arrays than fresh ones. */
  static async begin(
    experiment: Experiment,
    own: OwnRows | undefined,
    listener: LoopListener,
    identity: RunIdentity,
    read: (fresh: TrainingState) => Promise<TrainingState> = async (fresh) => shareTree(fresh),
  ): Promise<Session> {
    const session = await Session.#make(experiment, own, listener, identity, new Metrics());
    await session.readInto(0, read);
    await session.loop.begin();
    return session;
  }

  /** A run at the step of `record`, gone on with as `next` says; `read` gets the trainer's own state as the form to restore into. */
  static async resume(
    record: RunRecord,
    next: Continuation,
    own: OwnRows | undefined,
    listener: LoopListener,
    identity: RunIdentity,
    read: (target: TrainingState) => Promise<TrainingState>,
  ): Promise<Session> {
    const session = await Session.#make(record.experiment, own, listener, identity, Metrics.fromJson(record.metrics, record.step), next);
    try {
      await session.readInto(record.step, read);
    } catch (error) {
      session.dispose();
      throw error;
    }
    return session;
  }

  static async #make(
    experiment: Experiment,
    own: OwnRows | undefined,
    listener: LoopListener,
    identity: RunIdentity,
    metrics: Metrics,
    { plan, deviation }: Continuation = { plan: null },
  ) {
    const data = prepare(await loadDataset(experiment, own), experiment);
    const trainer = new Trainer(experiment, data, plan);
    // A step is the largest program of a run: compiled before everything else, it is there when Play is pressed.
    if (performance.now() - Session.#lastMadeMs > TRYING_OUT_MS) trainer.prepare(1);
    Session.#lastMadeMs = performance.now();
    return new Session(runInfo(identity, experiment, data, trainer.parameterCount), own, trainer, metrics, listener, deviation);
  }

  /** This run with another optimiser rule: everything else goes on where it is. This session must be paused, and is to be disposed. */
  async withRule(experiment: Experiment, listener: LoopListener): Promise<Session> {
    const { info, own } = this;
    const next = await Session.#make(experiment, own, listener, info, Metrics.fromJson(this.#metrics.toJson(), this.step));
    const { model, optimizer } = this.trainer.snapshot();
    await next.readInto(this.step, async (target) => ({ model, optimizer: carryOver(optimizer, target.optimizer) }));
    disposeTree(optimizer);
    return next;
  }

  /** Replaces the arrays by those that `read` makes in the form of the present ones. */
  async readInto(step: number, read: (target: TrainingState) => Promise<TrainingState>): Promise<void> {
    const target = this.trainer.snapshot();
    try {
      this.trainer.load(await read(target), step);
    } finally {
      disposeTree(target);
    }
  }

  get info(): RunInfo {
    return this.#info;
  }

  get metrics(): Metrics {
    return this.#metrics;
  }

  /** The step whose loss is known; what was submitted beyond it is still on its way. */
  get step(): number {
    return this.#metrics.step;
  }

  rename(name: string): void {
    this.#info = { ...this.#info, name };
  }

  /** Goes on with values of the optimiser that do not change the program. */
  setHyperparameters(experiment: Experiment): void {
    this.trainer.setHyperparameters(experiment.optimizer);
    this.loop.changed();
    this.#info = { ...this.#info, experiment };
  }

  /** Everything that the run is at `snapshot`, fetched from the device; disposes the snapshot. */
  async content(snapshot: RunSnapshot, engine: EngineInfo, savedAtMs: number, onFetched?: OnFetched): Promise<StepContent> {
    try {
      return await fetchContent(snapshot.state, this.record(snapshot, engine, savedAtMs), this.own, onFetched);
    } finally {
      disposeTree(snapshot.state);
    }
  }

  record({ step, metrics }: { readonly step: number; readonly metrics: SavedMetrics }, engine: EngineInfo, savedAtMs: number): RunRecord {
    const { experiment, ...run } = this.#info;
    const { order, data } = this.trainer;
    return makeRecord({
      run,
      experiment,
      step,
      data: {
        seed: experiment.training.seed,
        ...dataPosition(order, step),
        trainRows: Array.from(data.train.indices),
        testRows: Array.from(data.test.indices),
      },
      metrics,
      engine: { backend: engine.backend, description: engine.description },
      plan: this.trainer.plan,
      savedAtMs,
    });
  }

  metricsChunk(): MetricsChunk {
    return this.#metrics.all(this.#info.id);
  }

  /** Ends the run; its memory is given back. Saves under way keep what they hold. */
  async close(): Promise<void> {
    await this.loop.pause().catch(() => {});
    this.dispose();
  }

  dispose(): void {
    this.trainer.dispose();
  }
}
