import {
  type CheckpointInfo,
  type EngineInfo,
  type Experiment,
  isLinnetError,
  LinnetError,
  type MetricsChunk,
  type Problem,
  type RunInfo,
  type SessionState,
  type SessionStatus,
  type StorageInfo,
} from '#linnet/core';
import { type HeldLock, requestPersistence } from '#linnet/store';
import { currentBackend } from '#linnet/tensor';
import { Announcer } from './announcer';
import type { OwnRows } from './data/load';
import { parseExperiment } from './experiment';
import { Metrics } from './metrics';
import { branched, fitted, imported, type LoadOptions, replayed, restored } from './openings';
import { structureKey } from './optimizer';
import { divergedProblem, trainingProblem } from './problems';
import type { RunLibrary } from './runLibrary';
import { type SaveOptions, Saver } from './saver';
import { Session } from './session';
import { readRecord, readState } from './stepItems';
import { StepRate } from './stepRate';
import type { LoopListener, Speed } from './trainingLoop';
import { disposeTree, firstNonFinite, type TrainingState } from './trainingState';
import type { LoadReport, OpenUpload } from './uploads';

/** A device that is lost again within this time is not replaced: something is wrong with it. */
const RECOVERY_PAUSE_MS = 120_000;

/** What the sandbox tells whoever shows it. */
export interface SandboxListener {
  state(state: SessionState): void;
  metrics(chunk: MetricsChunk): void;
  checkpoints(list: CheckpointInfo[]): void;
  /** Parameters or the run changed: pictures may be painted anew. */
  changed(): void;
  /** Another device, or none, took the place of one that was lost. */
  engine?(engine: EngineInfo): void;
}

/**
 * One experiment and what is done with it: the only mutable root of the worker. Every method leaves a consistent state behind, also
 * when it throws; calls that change the run wait for one another.
 */
export class Sandbox {
  engine: EngineInfo;
  readonly library: RunLibrary;
  readonly #listener: SandboxListener;
  readonly #announcer = new Announcer(() => this.#announce());
  readonly #rate = new StepRate();
  readonly #saver: Saver;
  #session: Session | null = null;
  #status: SessionStatus = 'ready';
  #problem: Problem | null = null;
  #looked: { readonly step: number; readonly state: TrainingState } | null = null;
  #lastBackupMs: number | null = null;
  readonly #restartEngine: (() => Promise<EngineInfo>) | null;
  #lastRecoveryMs = Number.NEGATIVE_INFINITY;
  #lock: HeldLock | null = null;
  /** Calls that change the run, one after another. */
  #queue: Promise<unknown> = Promise.resolve();

  /** `restartEngine` finds another device after one was lost; without it a lost device ends the run. */
  constructor(
    engine: EngineInfo,
    library: RunLibrary,
    listener: SandboxListener,
    restartEngine: (() => Promise<EngineInfo>) | null = null,
  ) {
    this.engine = engine;
    this.#restartEngine = restartEngine;
    this.library = library;
    this.#listener = listener;
    this.#saver = new Saver(() => this.engine, library, {
      changed: () => this.#announcer.now(),
      checkpoints: (list) => listener.checkpoints(list),
    });
    this.#watchDevice();
  }

  /** The open run; an InvalidArgumentError when there is none. */
  get session(): Session {
    if (this.#session !== null) return this.#session;
    throw new LinnetError('InvalidArgumentError', 'There is no run yet. Start one with newRun, or restore one.');
  }

  get hasSession(): boolean {
    return this.#session !== null;
  }

  /** Starts a new run of `experiment`, paused at step 0. */
  newRun(experiment: Experiment, own?: OwnRows): Promise<RunInfo> {
    return this.#open(() => Session.begin(parseExperiment(experiment), own, this.#loopListener()));
  }

  /** Back to step 0 of the same experiment, as a new run. */
  reset(): Promise<RunInfo> {
    const { info, own } = this.session;
    return this.newRun(info.experiment, own);
  }

  /** Changes the optimiser and keeps the run: values at once, another structure by carrying over what both have. */
  updateOptimizer(optimizer: Experiment['optimizer']): Promise<void> {
    return this.#exclusively(async () => {
      const session = this.session;
      const experiment = parseExperiment({ ...session.info.experiment, optimizer });
      const present = session.info.experiment.optimizer;
      if (optimizer.name !== present.name) {
        throw new LinnetError(
          'InvalidArgumentError',
          `Going from ${present.name} to ${optimizer.name} needs a new run: their states have nothing in common.`,
        );
      }
      if (structureKey(optimizer) === structureKey(present)) session.setHyperparameters(experiment);
      else await this.#rebuild(session, experiment);
      this.#announcer.now();
    });
  }

  /** The same run with another rule: parameters, moments, counts and history go on. */
  async #rebuild(session: Session, experiment: Experiment): Promise<void> {
    const wasTraining = session.loop.isRunning;
    await session.loop.pause();
    const next = await session.withRule(experiment, this.#loopListener());
    await this.#saver.settle();
    session.dispose();
    this.#session = next;
    if (wasTraining) next.loop.start(Number.POSITIVE_INFINITY);
  }

  /** Trains until paused. While another run is being opened, that one is meant. */
  play({ speed = 'max' }: { readonly speed?: Speed } = {}): Promise<void> {
    return this.#exclusively(async () => {
      if (this.session.loop.isRunning) await this.session.loop.pause();
      await this.#claim();
      this.#train(Number.POSITIVE_INFINITY, speed);
    });
  }

  /** Trains exactly `count` steps, then pauses. Resolves when they are done. */
  async step(count: number): Promise<void> {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new LinnetError('InvalidArgumentError', `step(${count}): a whole number of steps from 1 is needed.`);
    }
    const loop = await this.#exclusively(async () => {
      await this.session.loop.pause();
      await this.#claim();
      this.#train(this.session.trainer.step + count, 'max');
      return this.session.loop;
    });
    await loop.done();
  }

  /** Trains to the end of the epoch. */
  epoch(): Promise<void> {
    const { trainer } = this.session;
    const { stepsPerEpoch } = trainer.order;
    return this.step(stepsPerEpoch - (trainer.step % stepsPerEpoch));
  }

  /** Stops training; resolves when the last submitted step is known. Saves what is new. */
  async pause(): Promise<void> {
    if (this.#status !== 'training') return;
    await this.session.loop.pause();
    this.#paused();
    this.#saver.autosave(this.session);
  }

  /** Nobody sees the page any more, and it may go without a word: saves what is new. */
  hidden(): void {
    if (this.#session !== null && this.#status !== 'stopped') this.#saver.autosave(this.#session);
  }

  /** Takes the lock of the open run, if it was saved before: no other tab may train it meanwhile. */
  async #claim(): Promise<void> {
    this.#letGo();
    this.#lock = await this.library.hold(this.session.info.id);
  }

  #letGo(): void {
    this.#lock?.release();
    this.#lock = null;
  }

  #train(goal: number, speed: Speed): void {
    this.#problem = null;
    this.#lookAway();
    this.#status = 'training';
    this.#rate.reset();
    this.#saver.starts(this.session);
    this.session.loop.start(goal, speed);
    this.#announcer.now();
  }

  #paused(): void {
    this.#letGo();
    if (this.#status === 'training') this.#status = 'paused';
    this.#rate.reset();
    this.#announcer.now();
  }

  /** Saves the run as it is now. Training goes on meanwhile. Resolves when the checkpoint was read back from storage. */
  save(options: SaveOptions = {}): Promise<CheckpointInfo> {
    return this.#saver.save(this.session, options);
  }

  /** Continues the run from a checkpoint, bit for bit. Later checkpoints stay. */
  restore(run: string, step: number): Promise<RunInfo> {
    return this.#open(() => restored(this.library, run, step, this.#loopListener()));
  }

  /** A new run that starts at a checkpoint. */
  branch(run: string, step: number): Promise<RunInfo> {
    return this.#open(() => branched(this.library, run, step, this.#loopListener()));
  }

  /** A new run of the present experiment that starts with what fits of an upload; a step that Linnet saved restores everything. */
  async load(upload: OpenUpload, options: LoadOptions): Promise<LoadReport & { run: RunInfo }> {
    const { linnetStep } = upload;
    let report: LoadReport = { loaded: upload.items.map(({ name }) => name), kept: [], dropped: [] };
    const run = await this.#open(async () => {
      if (linnetStep !== null) return imported(linnetStep, this.#loopListener());
      const result = await fitted(upload, this.session, options, this.#loopListener());
      report = result.report;
      return result.session;
    });
    return { run, ...report };
  }

  /**
   * Puts a new session in the place of the present one, which is paused and saved first, and stays when the new one cannot be made.
   */
  #open(make: () => Promise<Session>): Promise<RunInfo> {
    return this.#exclusively(async () => {
      const former = this.#session;
      if (former !== null && this.#status !== 'stopped') {
        await former.loop.pause().catch(() => {});
        this.#paused();
        this.#saver.autosave(former);
        await this.#saver.settle();
      }
      const session = await make();
      await this.#saver.settle();
      former?.dispose();
      await this.#opened(session);
      return session.info;
    });
  }

  async #opened(session: Session): Promise<void> {
    this.#session = session;
    this.#status = 'paused';
    this.#problem = null;
    this.#lookAway();
    const checkpoints = await this.library.checkpoints(session.info.id);
    this.#saver.opened(session, checkpoints);
    this.#listener.metrics(session.metricsChunk());
    session.metrics.takeNew(session.info.id);
    this.#listener.checkpoints(checkpoints);
    this.#announcer.now();
    this.#listener.changed();
  }

  /** Calls that replace the run wait for one another, whatever becomes of the one before. */
  #exclusively<R>(body: () => Promise<R>): Promise<R> {
    const result = this.#queue.then(body, body);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Another name for a run. */
  async renameRun(run: string, name: string): Promise<void> {
    await this.library.rename(run, name);
    if (this.#session?.info.id === run) this.#session.rename(name);
    this.#announcer.now();
  }

  /** Changes, then lists again, the checkpoints of `run`. */
  async changeCheckpoints(run: string, change: () => Promise<void>): Promise<void> {
    await change();
    if (this.#session?.info.id === run) this.#listener.checkpoints(await this.library.checkpoints(run));
  }

  /** Shows a checkpoint of this run without changing it; null returns to the present. */
  async lookAt(step: number | null): Promise<void> {
    const { info, trainer } = this.session;
    let looked: TrainingState | null = null;
    if (step !== null) {
      const target = trainer.snapshot();
      try {
        looked = await readState(await this.library.open(info.id, step), target);
      } finally {
        disposeTree(target);
      }
    }
    this.#lookAway();
    if (step !== null) this.#looked = { step, state: looked! };
    this.#announcer.now();
    this.#listener.changed();
  }

  #lookAway(): void {
    if (this.#looked !== null) disposeTree(this.#looked.state);
    this.#looked = null;
  }

  /** What is shown: the run, with the state that is looked at (null: the present one). Null without a run. */
  get view(): { readonly session: Session; readonly state: TrainingState | null } | null {
    return this.#session === null ? null : { session: this.#session, state: this.#looked?.state ?? null };
  }

  /** Metrics of a run: the open one's, or those of its latest checkpoint. */
  async metricsOf(run: string): Promise<MetricsChunk> {
    if (this.#session?.info.id === run) return this.#session.metricsChunk();
    const latest = (await this.library.checkpoints(run)).at(-1);
    if (latest === undefined) throw new LinnetError('CheckpointNotFoundError', `The run ${run} has no checkpoints.`);
    const record = await readRecord(await this.library.open(run, latest.step));
    return Metrics.fromJson(record.metrics, record.step).all(run);
  }

  /** A copy of a checkpoint left the browser. */
  backedUp(): void {
    this.#lastBackupMs = Date.now();
  }

  storage(): Promise<StorageInfo> {
    return this.library.storage(this.#lastBackupMs);
  }

  requestPersistence(): Promise<boolean> {
    return requestPersistence();
  }

  #loopListener(): LoopListener {
    return {
      progressed: () => this.#progressed(),
      diverged: (step) => void this.#diverged(step),
      finished: () => {
        this.#paused();
        this.#listener.changed();
      },
      failed: (error) => this.#failed(error),
    };
  }

  #progressed(): void {
    const session = this.#session;
    if (session === null) return;
    const now = performance.now();
    this.#rate.add(session.step, now);
    this.#announcer.changed();
    this.#listener.changed();
    this.#saver.autosaveIfDue(session);
  }

  /** Training failed; a lost device is dealt with where its loss is noticed. */
  #failed(error: unknown): void {
    if (!isLinnetError(error, 'DeviceLostError')) this.#stopped(trainingProblem(error));
  }

  /** Notices the loss of the device that is in use now. */
  #watchDevice(): void {
    const backend = currentBackend();
    void backend.lost.then(({ message }) => {
      // A backend that was replaced on purpose says so too; only the one in use is missed.
      if (backend === currentBackend()) void this.#deviceLost(new LinnetError('DeviceLostError', message));
    });
  }

  /** Replaces a lost device once in a while, and trains the run again up to where it was. */
  async #deviceLost(error: LinnetError): Promise<void> {
    const wasTraining = this.#status === 'training';
    const isFirst = performance.now() - this.#lastRecoveryMs > RECOVERY_PAUSE_MS;
    this.#stopped(trainingProblem(error));
    if (!isFirst || this.#restartEngine === null) return;
    this.#lastRecoveryMs = performance.now();
    try {
      await this.#exclusively(() => this.#recover());
      if (wasTraining) await this.play();
    } catch (failure) {
      this.#stopped(trainingProblem(failure));
    }
  }

  async #recover(): Promise<void> {
    const former = this.#session;
    await former?.loop.pause().catch(() => {});
    this.engine = await this.#restartEngine!();
    this.#listener.engine?.(this.engine);
    this.#watchDevice();
    if (former !== null) await this.#opened(await replayed(this.library, former, this.#loopListener()));
    else this.#status = 'ready';
  }

  async #diverged(step: number): Promise<void> {
    this.#stopped(divergedProblem(step, null));
    const state = this.session.trainer.snapshot();
    const tensor = await firstNonFinite(state.model)
      .catch(() => null)
      .finally(() => disposeTree(state));
    if (tensor !== null) this.#stopped(divergedProblem(step, tensor));
  }

  #stopped(problem: Problem): void {
    this.#letGo();
    this.#status = 'stopped';
    this.#problem = problem;
    this.#rate.reset();
    this.#announcer.now();
  }

  #announce(): void {
    const session = this.#session;
    if (session !== null) {
      const chunk = session.metrics.takeNew(session.info.id);
      if (chunk !== null) this.#listener.metrics(chunk);
    }
    this.#listener.state(this.state());
  }

  /** The numbers the page shows. */
  state(): SessionState {
    const session = this.#session;
    const latest = session?.metrics.latest();
    const step = session?.step ?? 0;
    return {
      status: this.#status,
      run: session?.info ?? null,
      step,
      epoch: session === null ? 0 : session.trainer.order.epochOf(step),
      stepsPerSecond: this.#status === 'training' ? this.#rate.perSecond : 0,
      trainLoss: latest?.trainLoss ?? null,
      testLoss: latest?.testLoss ?? null,
      testAccuracy: latest?.testAccuracy ?? null,
      gpuBytes: currentBackend().stats().liveBytes,
      save: this.#saver.state,
      lookingAt: this.#looked?.step ?? null,
      problem: this.#problem ?? this.library.problem,
    };
  }
}
