import {
  type CheckpointInfo,
  type EngineInfo,
  isLinnetError,
  LinnetError,
  type MetricsChunk,
  type Problem,
  type SessionState,
  type SessionStatus,
} from '#linnet/core';
import { Announcer } from './announcer';
import { nameNonFinite } from './diagnosis';
import { LookedAt, readStep } from './lookedAt';
import { Ownership } from './ownership';
import type { Subject } from './pictures/pictures';
import { divergedProblem, spoiltProblem, trainingProblem } from './problems';
import type { View } from './questions';
import type { RunLibrary } from './runLibrary';
import { Saver } from './saver';
import type { Session } from './session';
import { sessionState } from './sessionState';
import { StepRate } from './stepRate';
import type { LoopListener, Speed } from './trainingLoop';
import { firstNonFinite, type TrainingState } from './trainingState';

/** What the sandbox tells whoever shows it. */
export interface SandboxListener {
  state(state: SessionState): void;
  metrics(chunk: MetricsChunk): void;
  checkpoints(list: CheckpointInfo[]): void;
  /** Parameters or the run changed: pictures may be painted anew. */
  changed(): void;
  /** The run is about to be saved as it is in `state`, which is disposed soon. */
  taken?(session: Session, step: number, state: TrainingState): void;
  /** Another device, or none, took the place of one that was lost. */
  engine?(engine: EngineInfo): void;
}

/** The place of the open run: which one it is, whether it trains, what is looked at, what went wrong; and the news of it. */
export class OpenRun {
  readonly announcer = new Announcer(() => this.#announce());
  readonly saver: Saver;
  readonly looked = new LookedAt();
  readonly ownership: Ownership;
  readonly #library: RunLibrary;
  readonly #listener: SandboxListener;
  readonly #rate = new StepRate();
  #session: Session | null = null;
  #status: SessionStatus = 'ready';
  #problem: Problem | null = null;
  #steps: readonly number[] = [];
  /** Steps without a better test loss after which training pauses, and the step from which they are counted. */
  #patience = { steps: Number.POSITIVE_INFINITY, from: 0 };
  /** The best step of a run that paused for want of a better one. */
  #endedEarly: number | undefined;
  /** The arrays of the run went with their device. */
  #isLost = false;

  /** `engine` is asked at each save, since a lost device may be replaced. */
  constructor(library: RunLibrary, listener: SandboxListener, engine: () => EngineInfo) {
    this.#library = library;
    this.#listener = listener;
    this.ownership = new Ownership(library, () => this.announcer.now());
    this.saver = new Saver(engine, library, {
      changed: () => this.announcer.now(),
      checkpoints: (list) => this.listed(list),
      taken: (session, { step, state }) => listener.taken?.(session, step, state),
    });
  }

  /** The open run; an InvalidArgumentError when there is none. */
  get session(): Session {
    if (this.#session !== null) return this.#session;
    throw new LinnetError('InvalidArgumentError', 'There is no run yet. Start one with newRun, or restore one.');
  }

  /** The open run, if there is one. */
  get present(): Session | null {
    return this.#session;
  }

  get status(): SessionStatus {
    return this.#status;
  }

  /** What pictures show: the run, at present or at the checkpoint that is looked at. Null without a run. */
  get subject(): Subject | null {
    const session = this.#session;
    if (session === null || this.#isLost) return null;
    return {
      session,
      lookingAt: this.looked.step,
      looked: () => this.looked.state(),
      steps: this.#steps,
      read: (step) => readStep(this.#library, session, step),
    };
  }

  /** What questions are about: the run, with the state that is looked at (null: the present one). */
  async view(): Promise<View> {
    const { session } = this;
    const state = await this.looked.state();
    return { session, state, step: state === null ? session.step : (this.looked.step ?? session.step) };
  }

  /** Another run takes the place; the former one is the caller's to dispose. */
  async open(session: Session): Promise<void> {
    this.#session = session;
    this.#isLost = false;
    this.#status = 'paused';
    this.#problem = null;
    this.#endedEarly = undefined;
    this.looked.away();
    await this.ownership.opened(session.info.id).catch(() => {});
    const checkpoints = await this.#library.checkpoints(session.info.id);
    this.saver.opened(session, checkpoints);
    this.#listener.metrics(session.metricsChunk());
    session.metrics.takeNew(session.info.id);
    this.listed(checkpoints);
    this.announcer.now();
    this.#listener.changed();
  }

  /** The run's checkpoints are these now. */
  listed(checkpoints: CheckpointInfo[]): void {
    this.#steps = checkpoints.map(({ step }) => step);
    this.#listener.checkpoints(checkpoints);
  }

  /** The same run goes on in another session; the former one is the caller's to dispose. */
  continueIn(session: Session): void {
    this.#session = session;
  }

  /** Takes the lock of the run: no other tab may train it meanwhile. A LockedError when it is read-only here. */
  claim(): Promise<void> {
    return this.ownership.claim(this.session.info.name, this.saver.isBusy);
  }

  /** Saves what is new without being asked, where this tab may. */
  autosave(): void {
    if (this.#session !== null && this.ownership.elsewhere === null) this.saver.autosave(this.#session);
  }

  /**
   * Trains up to step `goal` (Infinity: until paused), or until the test loss has not become better for `patience` steps. Returns at
   * once.
   */
  train(goal: number, speed: Speed, patience = Number.POSITIVE_INFINITY): void {
    this.#problem = null;
    this.#endedEarly = undefined;
    this.#patience = { steps: patience, from: this.session.step };
    this.looked.away();
    this.#status = 'training';
    this.#rate.reset();
    this.saver.starts(this.session);
    this.session.loop.start(goal, speed);
    this.announcer.now();
  }

  /** Training has ended, and may go on. */
  paused(): void {
    this.ownership.letGo();
    if (this.#status === 'training') this.#status = 'paused';
    this.#rate.reset();
    this.announcer.now();
    this.#listener.changed();
  }

  /** Training has ended because of `problem`. */
  stopped(problem: Problem): void {
    this.ownership.letGo();
    this.#status = 'stopped';
    this.#problem = problem;
    this.#rate.reset();
    this.announcer.now();
  }

  /** The device of the run is gone, and its arrays with it: there is nothing to show until it is opened again. */
  lost(): void {
    this.#isLost = true;
  }

  /** There is a device again, but no run that was open. */
  ready(): void {
    this.#status = 'ready';
  }

  /** What training tells its owner, for sessions that are to be opened here. */
  loopListener(): LoopListener {
    return {
      progressed: () => this.#progressed(),
      diverged: (step) => void this.#diverged(step),
      spoilt: (step) => void this.#spoilt(step),
      finished: () => this.paused(),
      failed: (error) => this.#failed(error),
    };
  }

  #progressed(): void {
    const session = this.#session;
    if (session === null) return;
    const now = performance.now();
    this.#rate.add(session.step, now);
    this.announcer.changed();
    this.#listener.changed();
    this.saver.autosaveIfDue(session);
    this.#endIfStale(session);
  }

  /** Early stopping: pauses where the test loss has not become better for long enough. */
  #endIfStale(session: Session): void {
    const { steps, from } = this.#patience;
    if (steps === Number.POSITIVE_INFINITY) return;
    const best = session.metrics.bestTest();
    if (best === null || best.lastStep - Math.max(best.step, from) < steps) return;
    this.#patience = { steps: Number.POSITIVE_INFINITY, from };
    void session.loop.pause().then(() => {
      // Somebody may have gone on, or elsewhere, meanwhile.
      if (this.#session !== session || session.loop.isRunning || this.#status === 'stopped') return;
      this.#endedEarly = best.step;
      this.paused();
      this.autosave();
    });
  }

  /** Training failed; a lost device is dealt with where its loss is noticed. */
  #failed(error: unknown): void {
    if (!isLinnetError(error, 'DeviceLostError')) this.stopped(trainingProblem(error));
  }

  async #diverged(step: number): Promise<void> {
    this.stopped(divergedProblem(step, null));
    const { trainer } = this.session;
    // Naming the tensor takes a while, and may fail on a device that fails too; the stop comes first.
    const tensor = await nameNonFinite(trainer, step).catch(() => null);
    if (tensor !== null && this.#problem?.divergedAt === step + 1) this.stopped(divergedProblem(step, tensor));
  }

  async #spoilt(step: number): Promise<void> {
    this.stopped(spoiltProblem(step, null));
    const { model } = this.session.trainer.form;
    const tensor = await firstNonFinite(model).catch(() => null);
    if (tensor !== null && this.#status === 'stopped') this.stopped(spoiltProblem(step, tensor));
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
    return sessionState(this.#session, {
      status: this.#status,
      stepsPerSecond: this.#rate.perSecond,
      save: this.saver.state,
      lookingAt: this.looked.step,
      problem: this.#problem ?? this.#library.problem,
      elsewhere: this.ownership.elsewhere,
      ...(this.#endedEarly !== undefined && { endedEarly: this.#endedEarly }),
    });
  }
}
