import type { CheckpointPath } from '#linnet/checkpoint';
import {
  type CheckpointInfo,
  type EngineInfo,
  type Experiment,
  type ForeignArrays,
  LinnetError,
  type MetricsChunk,
  type RunInfo,
  type SessionState,
  type StorageInfo,
} from '#linnet/core';
import { requestPersistence } from '#linnet/store';
import type { OwnRows } from './data/load';
import type { Replace } from './deviceWatch';
import { parseExperiment } from './experiment';
import type { LoadReport } from './foreign';
import { branched, imported, loaded, restored } from './openings';
import { OpenRun, type SandboxListener } from './openRun';
import { refuseOtherMethod, structureKey } from './optimizer';
import { OtherTabs } from './otherTabs';
import type { Subject } from './pictures/pictures';
import type { View } from './questions';
import { Recovery } from './recovery';
import { defaultRunName, newRunId } from './runInfo';
import type { RunLibrary } from './runLibrary';
import { savedMetrics } from './savedMetrics';
import type { SaveOptions } from './saver';
import { Session } from './session';
import type { Speed } from './trainingLoop';
import { Turns } from './turns';

/**
 * One experiment and what is done with it: the only mutable root of the worker. Every method leaves a consistent state behind, also
 * when it throws; calls that change the run wait for one another.
 */
export class Sandbox {
  readonly library: RunLibrary;
  readonly #listener: SandboxListener;
  readonly #open: OpenRun;
  readonly #recovery: Recovery;
  #lastBackupMs: number | null = null;
  /** Calls that change the run, one after another. */
  readonly #turns = new Turns();

  /** `restartEngine` finds another device after one was lost; without it a lost device ends the run. */
  constructor(engine: EngineInfo, library: RunLibrary, listener: SandboxListener, restartEngine: Replace | null = null) {
    this.library = library;
    this.#listener = listener;
    this.#open = new OpenRun(library, listener, () => this.engine);
    this.#recovery = new Recovery({
      engine,
      open: this.#open,
      library,
      turns: this.#turns,
      restartEngine,
      replaced: (info) => listener.engine?.(info),
      play: () => this.play(),
    });
    new OtherTabs(this.#open, library, (list) => listener.checkpoints(list));
  }

  /** What is computed with: another device after one was lost. */
  get engine(): EngineInfo {
    return this.#recovery.engine;
  }

  /** The open run; an InvalidArgumentError when there is none. */
  get session(): Session {
    return this.#open.session;
  }

  get hasSession(): boolean {
    return this.#open.present !== null;
  }

  /** What pictures show; null without a run. */
  get subject(): Subject | null {
    return this.#open.subject;
  }

  /** What questions are about: the run, with the state that is looked at (null: the present one). */
  view(): Promise<View> {
    return this.#open.view();
  }

  /** The numbers the page shows. */
  state(): SessionState {
    return this.#open.state();
  }

  /** Starts a new run of `experiment`, paused at step 0. */
  newRun(experiment: Experiment, own?: OwnRows): Promise<RunInfo> {
    return this.#replace(async () => {
      const checked = parseExperiment(experiment);
      const identity = { id: newRunId(checked), name: await this.library.freeName(defaultRunName(checked)), parent: null };
      // Rows that a restored run brought along are known here only.
      const { present } = this.#open;
      const rows = own ?? (present?.info.experiment.data.name === checked.data.name ? present.own : undefined);
      return Session.begin(checked, rows, this.#open.loopListener(), identity);
    });
  }

  /** Back to step 0 of the same experiment, as a new run. */
  reset(): Promise<RunInfo> {
    const { info, own } = this.session;
    return this.newRun(info.experiment, own);
  }

  /** Changes the optimiser and keeps the run: values at once, another structure by carrying over what both have. */
  updateOptimizer(optimizer: Experiment['optimizer']): Promise<void> {
    return this.#turns.take(async () => {
      const session = this.session;
      const experiment = parseExperiment({ ...session.info.experiment, optimizer });
      const present = session.info.experiment.optimizer;
      refuseOtherMethod(present, optimizer);
      if (structureKey(optimizer) === structureKey(present)) session.setHyperparameters(experiment);
      else await this.#rebuild(session, experiment);
      this.#open.announcer.now();
    });
  }

  /** The same run with another rule: parameters, moments, counts and history go on. */
  async #rebuild(session: Session, experiment: Experiment): Promise<void> {
    const { order } = session.loop;
    await session.loop.pause();
    const next = await session.withRule(experiment, this.#open.loopListener());
    await this.#open.saver.settle();
    session.dispose();
    this.#open.continueIn(next);
    if (order !== null) next.loop.start(order.goal, order.speed);
  }

  /**
   * Trains until paused, or until the test loss has not become better for `patience` steps. While another run is being opened, that one
   * is meant.
   */
  play({ speed = 'max', patience }: { readonly speed?: Speed; readonly patience?: number } = {}): Promise<void> {
    return this.#turns.take(async () => {
      if (this.session.loop.isRunning) await this.session.loop.pause();
      await this.#open.claim();
      this.#open.train(Number.POSITIVE_INFINITY, speed, patience);
    });
  }

  /** Trains exactly `count` steps, then pauses. Resolves when they are done. */
  async step(count: number): Promise<void> {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new LinnetError('InvalidArgumentError', `step(${count}): a whole number of steps from 1 is needed.`);
    }
    const loop = await this.#turns.take(async () => {
      await this.session.loop.pause();
      await this.#open.claim();
      this.#open.train(this.session.trainer.step + count, 'max');
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
    if (this.#open.status !== 'training') return;
    await this.session.loop.pause();
    if (this.state().status === 'stopped') return; // The last steps spoilt it.
    this.#open.paused();
    this.#open.autosave();
  }

  /** Nobody sees the page any more, and it may go without a word: saves what is new. */
  hidden(): void {
    if (this.#open.status !== 'stopped') this.#open.autosave();
  }

  /** Saves the run as it is now. Training goes on meanwhile. Resolves when the checkpoint was read back from storage. */
  async save(options: SaveOptions = {}): Promise<CheckpointInfo> {
    this.#open.ownership.refuse();
    return this.#open.saver.save(this.session, options);
  }

  /** Continues the run from a checkpoint, bit for bit. Later checkpoints stay. */
  restore(run: string, step: number): Promise<RunInfo> {
    return this.#replace(() => restored(this.library, run, step, this.#open.loopListener()));
  }

  /**
   * Takes the open run over from the tab that trains it or took it further: that one pauses, saves and lets go, and the run goes on here
   * from what was saved last. A LockedError when the other tab does not answer.
   */
  async takeOver(): Promise<RunInfo> {
    const { id } = this.session.info;
    await this.#open.ownership.askFor();
    const newest = await this.library.newest(id);
    if (newest === null) throw new LinnetError('CheckpointNotFoundError', 'The other tab has saved nothing of this run yet.');
    return this.restore(id, newest.step);
  }

  /** A new run that starts at a checkpoint. */
  branch(run: string, step: number): Promise<RunInfo> {
    return this.#replace(() => branched(this.library, run, step, this.#open.loopListener()));
  }

  /** A new run of the present experiment that starts with the arrays of a foreign checkpoint. */
  async load(arrays: ForeignArrays): Promise<LoadReport & { run: RunInfo }> {
    let report: LoadReport | undefined;
    const run = await this.#replace(async () => {
      const result = await loaded(arrays, this.session, this.#open.loopListener());
      report = result.report;
      return result.session;
    });
    return { run, ...report! };
  }

  /** A step that Linnet saved somewhere else, whole, as a run of its own. */
  importStep(place: CheckpointPath): Promise<RunInfo> {
    return this.#replace(() => imported(place, this.#open.loopListener()));
  }

  /**
   * Puts a new session in the place of the present one, which is paused and saved first, and stays when the new one cannot be made.
   */
  #replace(make: () => Promise<Session>): Promise<RunInfo> {
    return this.#turns.take(async () => {
      const former = this.#open.present;
      if (former !== null && this.#open.status !== 'stopped') {
        await former.loop.pause().catch(() => {});
        this.#open.paused();
        this.#open.autosave();
        await this.#open.saver.settle();
      }
      const session = await make();
      await this.#open.saver.settle();
      former?.dispose();
      await this.#open.open(session);
      return session.info;
    });
  }

  /** Another name for a run. */
  async renameRun(run: string, name: string): Promise<void> {
    await this.library.rename(run, name);
    if (this.#open.present?.info.id === run) this.#open.present.rename(name);
    this.#open.announcer.now();
  }

  /** Changes, then lists again, the checkpoints of `run`. */
  async changeCheckpoints(run: string, change: () => Promise<void>): Promise<void> {
    await change();
    if (this.#open.present?.info.id === run) this.#open.listed(await this.library.checkpoints(run));
  }

  /** Shows a checkpoint of this run without changing it; null returns to the present. Its arrays are read at once unless `isKnown`. */
  async lookAt(step: number | null, isKnown = false): Promise<void> {
    const { looked } = this.#open;
    const before = looked.step;
    looked.look(this.library, this.session, step);
    try {
      if (!isKnown) await looked.state();
    } catch (error) {
      if (looked.step === step) looked.look(this.library, this.session, before);
      throw error;
    } finally {
      this.#open.announcer.now();
      this.#listener.changed();
    }
  }

  /** Metrics of a run: the open one's, or those of its latest checkpoint. */
  async metricsOf(run: string): Promise<MetricsChunk> {
    if (this.#open.present?.info.id === run) return this.#open.present.metricsChunk();
    return savedMetrics(this.library, run);
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

  /**
   * Goes on after a lost device on another one, or on the CPU: the run is trained again from its last checkpoint up to where it was.
   * A DeviceUnavailableError when there is no device; then it is tried again by itself after two minutes.
   */
  recover(backend: 'auto' | 'cpu'): Promise<void> {
    return this.#recovery.recover(backend);
  }
}
