import type { CheckpointPath } from '#linnet/checkpoint';
import {
  type CheckpointInfo,
  type EngineInfo,
  type Experiment,
  LinnetError,
  type MetricsChunk,
  type Problem,
  type RunInfo,
  type SaveState,
  type SessionState,
  type SessionStatus,
  type StorageInfo,
} from '#linnet/core';
import { requestPersistence, storageState } from '#linnet/store';
import { currentBackend } from '#linnet/tensor';
import { Announcer } from './announcer';
import type { OwnRows } from './data/load';
import { parseExperiment } from './experiment';
import { Metrics } from './metrics';
import { structureKey } from './optimizer';
import { divergedProblem, saveProblem, trainingProblem } from './problems';
import { newRunId, type RunIdentity } from './runInfo';
import type { RunLibrary } from './runLibrary';
import { Session } from './session';
import { readOwnRows, readRecord, readState } from './stepItems';
import { StepRate } from './stepRate';
import type { LoopListener, Speed } from './trainingLoop';
import { disposeTree, firstNonFinite, type TrainingState } from './trainingState';
import { type LoadReport, loadFitting, type OpenUpload } from './uploads';

/** What the sandbox tells whoever shows it. */
export interface SandboxListener {
  state(state: SessionState): void;
  metrics(chunk: MetricsChunk): void;
  checkpoints(list: CheckpointInfo[]): void;
  /** Parameters or the run changed: pictures may be painted anew. */
  changed(): void;
}

/** Training time between autosaves, ms. */
const AUTOSAVE_MS = 15_000;

/**
 * One experiment and what is done with it: the only mutable root of the worker. Every method leaves a consistent state behind, also
 * when it throws; calls that change the run wait for one another.
 */
export class Sandbox {
  readonly engine: EngineInfo;
  readonly library: RunLibrary;
  readonly #listener: SandboxListener;
  readonly #announcer = new Announcer(() => this.#announce());
  readonly #rate = new StepRate();
  #session: Session | null = null;
  #status: SessionStatus = 'ready';
  #save: SaveState = { type: 'none' };
  #problem: Problem | null = null;
  #looked: { readonly step: number; readonly state: TrainingState } | null = null;
  #lastAutosaveMs = 0;
  #lastBackupMs: number | null = null;
  /** Calls that change the run, one after another. */
  #queue: Promise<unknown> = Promise.resolve();
  #saving: Promise<unknown> = Promise.resolve();

  constructor(engine: EngineInfo, library: RunLibrary, listener: SandboxListener) {
    this.engine = engine;
    this.library = library;
    this.#listener = listener;
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
    return this.#exclusively(() => this.#open(() => Session.begin(parseExperiment(experiment), own, this.#loopListener())));
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
    await this.#settleSaves();
    session.dispose();
    this.#session = next;
    if (wasTraining) next.loop.start(Number.POSITIVE_INFINITY);
  }

  /** Trains until paused. While another run is being opened, that one is meant. */
  play({ speed = 'max' }: { readonly speed?: Speed } = {}): Promise<void> {
    return this.#exclusively(async () => {
      if (this.session.loop.isRunning) await this.session.loop.pause();
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
    this.#autosave();
  }

  #train(goal: number, speed: Speed): void {
    this.#problem = null;
    this.#lookAway();
    this.#status = 'training';
    this.#rate.reset();
    this.#lastAutosaveMs = performance.now();
    this.session.loop.start(goal, speed);
    this.#announcer.now();
  }

  #paused(): void {
    if (this.#status === 'training') this.#status = 'paused';
    this.#rate.reset();
    this.#announcer.now();
  }

  /** Saves the run as it is now. Training goes on meanwhile. Resolves when the checkpoint was read back from storage. */
  async save(options: { readonly name?: string; readonly note?: string } = {}): Promise<CheckpointInfo> {
    const { id } = this.session.info;
    const step = await this.#saveNow('manual', options);
    const saved = (await this.library.checkpoints(id)).find((info) => info.step === step);
    if (saved !== undefined) return saved;
    throw new LinnetError('StorageError', `Step ${step} was saved, but another tab removed it right after.`);
  }

  #saveNow(kind: 'auto' | 'manual', { name, note }: { readonly name?: string; readonly note?: string } = {}): Promise<number> {
    const session = this.session;
    // One save at a time, in order; the snapshot is taken now.
    const taken = session.loop.snapshot();
    taken.catch(() => {});
    const saved = this.#saving
      .catch(() => {})
      .then(async () => {
        const snapshot = await taken;
        const { step } = snapshot;
        try {
          const metrics = session.metrics.latest();
          this.#setSave({ type: 'saving', step, bytesDone: 0, bytesTotal: 0 });
          const files = await session.files(snapshot, this.engine, Date.now());
          const { id, name: runName } = session.info;
          await this.library.save(id, runName, step, files, { kind, name, note, metrics });
          this.#setSave({ type: 'saved', step, persistent: (await storageState()).persisted === true });
          this.#listener.checkpoints(await this.library.checkpoints(id));
          return step;
        } catch (error) {
          this.#setSave({ type: 'failed', step, problem: saveProblem(error) });
          throw error;
        }
      });
    this.#saving = saved;
    return saved;
  }

  #setSave(save: SaveState): void {
    this.#save = save;
    this.#announcer.now();
  }

  /** Saves without being asked, when there is something new. What fails is shown, never thrown. */
  #autosave(): void {
    const session = this.#session;
    if (session === null || session.step === 0) return;
    if (this.#save.type === 'saved' && this.#save.step === session.step) return;
    this.#lastAutosaveMs = performance.now();
    this.#saveNow('auto').catch(() => {});
  }

  /** The page went out of sight: what is new is saved. */
  hidden(): void {
    this.#autosave();
  }

  /** Continues the run from a checkpoint, bit for bit. Later checkpoints stay. */
  restore(run: string, step: number): Promise<RunInfo> {
    return this.#exclusively(() => this.#restore(run, step, (identity) => identity));
  }

  /** A new run that starts at a checkpoint. */
  branch(run: string, step: number): Promise<RunInfo> {
    return this.#exclusively(() =>
      this.#restore(run, step, ({ name }, experiment) => ({
        id: newRunId(experiment),
        name: `${name}, from step ${step}`,
        parent: { run, step },
      })),
    );
  }

  /** A new run of the present experiment that starts with what fits of an upload; a step that Linnet saved restores everything. */
  load(
    upload: OpenUpload,
    options: { readonly item?: string | undefined; readonly missing: 'keep' | 'zeros' },
  ): Promise<LoadReport & { run: RunInfo }> {
    return this.#exclusively(() => (upload.linnetStep === null ? this.#loadFitting(upload, options) : this.#import(upload.linnetStep)));
  }

  async #loadFitting(upload: OpenUpload, options: { readonly item?: string | undefined; readonly missing: 'keep' | 'zeros' }) {
    const { info, own, trainer } = this.session;
    const present = trainer.snapshot();
    try {
      const { state, report } = await loadFitting(upload, present, options);
      const identity = { id: newRunId(info.experiment), name: upload.name, parent: null };
      const run = await this.#open(() => Session.begin(info.experiment, own, this.#loopListener(), identity, async () => state));
      return { run, ...report };
    } finally {
      disposeTree(present);
    }
  }

  /** A step that Linnet saved, as a run of its own. */
  async #import(place: CheckpointPath): Promise<LoadReport & { run: RunInfo }> {
    const record = await readRecord(place);
    const own = await readOwnRows(place);
    const identity = { id: newRunId(record.experiment), name: record.run.name, parent: null };
    const run = await this.#open(() => Session.resume(record, own, this.#loopListener(), identity, (target) => readState(place, target)));
    return { run, loaded: ['model', 'optimizer', 'rngs', 'linnet'], kept: [], dropped: [] };
  }

  async #restore(run: string, step: number, identify: (identity: RunIdentity, experiment: Experiment) => RunIdentity): Promise<RunInfo> {
    await this.#settleSaves();
    const place = await this.library.open(run, step);
    const record = await readRecord(place);
    const own = await readOwnRows(place);
    const name = (await this.library.nameOf(run)) ?? record.run.name;
    const identity = identify({ id: run, name, parent: record.run.parent }, record.experiment);
    return this.#open(() => Session.resume(record, own, this.#loopListener(), identity, (target) => readState(place, target)));
  }

  /** Puts a new session in the place of the present one, which stays when the new one cannot be made. */
  async #open(make: () => Promise<Session>): Promise<RunInfo> {
    const former = this.#session;
    if (former !== null) {
      await former.loop.pause().catch(() => {});
      this.#paused();
    }
    const session = await make();
    await this.#settleSaves();
    former?.dispose();
    this.#session = session;
    this.#status = 'paused';
    this.#problem = null;
    this.#lookAway();
    const checkpoints = await this.library.checkpoints(session.info.id);
    this.#save = checkpoints.some(({ step }) => step === session.step)
      ? { type: 'saved', step: session.step, persistent: false }
      : { type: 'none' };
    this.#listener.metrics(session.metricsChunk());
    session.metrics.takeNew(session.info.id);
    this.#listener.checkpoints(checkpoints);
    this.#announcer.now();
    this.#listener.changed();
    return session.info;
  }

  async #settleSaves(): Promise<void> {
    await this.#saving.catch(() => {});
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
      failed: (error) => this.#stopped(trainingProblem(error)),
    };
  }

  #progressed(): void {
    const session = this.#session;
    if (session === null) return;
    const now = performance.now();
    this.#rate.add(session.step, now);
    this.#announcer.changed();
    this.#listener.changed();
    if (now - this.#lastAutosaveMs >= AUTOSAVE_MS) this.#autosave();
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
      save: this.#save,
      lookingAt: this.#looked?.step ?? null,
      problem: this.#problem,
    };
  }
}
