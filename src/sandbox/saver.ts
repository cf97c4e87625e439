import { type CheckpointInfo, type EngineInfo, LinnetError, type SaveState } from '#linnet/core';
import { storageState } from '#linnet/store';
import { saveProblem } from './problems';
import type { RunLibrary } from './runLibrary';
import type { Session } from './session';
import type { OnWritten } from './stepWriter';
import type { RunSnapshot } from './trainingLoop';

type Saving = Extract<SaveState, { type: 'saving' }>;

const NOT_BEGUN = { leavesDone: 0, leavesTotal: 0, bytesDone: 0, bytesTotal: 0 } as const;

/** Training time between autosaves, ms. */
const AUTOSAVE_MS = 15_000;

/** What a person may say about a checkpoint. */
export interface SaveOptions {
  readonly name?: string;
  readonly note?: string;
}

/** What the saver tells its owner. */
export interface SaverListener {
  /** The state of the last save changed. */
  changed(): void;
  checkpoints(list: CheckpointInfo[]): void;
  /** A snapshot is about to be written, and disposed afterwards. */
  taken(session: Session, snapshot: RunSnapshot): void;
}

/** Saves runs into the library: one save at a time, in order, while training goes on. */
export class Saver {
  readonly #engine: () => EngineInfo;
  readonly #library: RunLibrary;
  readonly #listener: SaverListener;
  #state: SaveState = { type: 'none' };
  #work: Promise<unknown> = Promise.resolve();
  #lastAutosaveMs = 0;
  /** Saves that have begun or wait for their turn. */
  #pending = 0;

  constructor(engine: () => EngineInfo, library: RunLibrary, listener: SaverListener) {
    this.#engine = engine;
    this.#library = library;
    this.#listener = listener;
  }

  /** Whether a save is under way. */
  get isBusy(): boolean {
    return this.#pending > 0;
  }

  get state(): SaveState {
    return this.#state;
  }

  /** Another run was opened: what is known of its present step. */
  opened(session: Session, checkpoints: readonly CheckpointInfo[]): void {
    const isSaved = checkpoints.some(({ step }) => step === session.step);
    this.#state = isSaved ? { type: 'saved', step: session.step, persistent: false } : { type: 'none' };
  }

  /** Saves the run as it is now. Resolves when the checkpoint was read back from storage. */
  async save(session: Session, options: SaveOptions): Promise<CheckpointInfo> {
    const step = await this.#saveNow(session, 'manual', options);
    const saved = (await this.#library.checkpoints(session.info.id)).find((info) => info.step === step);
    if (saved !== undefined) return saved;
    throw new LinnetError('StorageError', `Step ${step} was saved, but another tab removed it right after.`);
  }

  /** Training starts: the time to the next autosave runs from here. A run that was never saved is saved as it begins, to have a way back. */
  starts(session: Session): void {
    if (this.#state.type === 'none' && session.step === 0) this.#autosaveNow(session);
    this.#lastAutosaveMs = performance.now();
  }

  /** Saves if the last autosave is long ago. Storage that is still busy with an earlier save gets no more to do: the next one comes later. */
  autosaveIfDue(session: Session): void {
    if (!this.isBusy && performance.now() - this.#lastAutosaveMs >= AUTOSAVE_MS) this.autosave(session);
  }

  /** Saves without being asked, when there is something new. What fails is shown, never thrown. */
  autosave(session: Session): void {
    if (session.step === 0 || (this.#state.type === 'saved' && this.#state.step === session.step)) return;
    this.#autosaveNow(session);
  }

  #autosaveNow(session: Session): void {
    this.#lastAutosaveMs = performance.now();
    this.#saveNow(session, 'auto', {}).catch(() => {});
  }

  /** Resolves when the saves under way have ended, well or not. */
  async settle(): Promise<void> {
    await this.#work.catch(() => {});
  }

  #saveNow(session: Session, kind: 'auto' | 'manual', { name, note }: SaveOptions): Promise<number> {
    // The snapshot is taken now; writing it waits for its turn.
    const taken = session.loop.snapshot();
    taken.catch(() => {});
    const metrics = taken.then(() => session.metrics.latest());
    metrics.catch(() => {});
    this.#pending++;
    this.#queued();
    const saved = this.settle().then(async () => {
      const snapshot = await taken;
      this.#listener.taken(session, snapshot);
      const { step } = snapshot;
      // What another thread has done is told by a way of its own, and may be heard when the save has ended.
      let hasEnded = false;
      const written: OnWritten = (bytesDone, bytesTotal) => hasEnded || this.#saving(step, { bytesDone, bytesTotal });
      try {
        this.#saving(step, {});
        const content = await session.content(snapshot, this.#engine(), Date.now(), (leavesDone, leavesTotal) =>
          this.#saving(step, { leavesDone, leavesTotal }),
        );
        const { id, name: runName } = session.info;
        const details = { kind, name, note, metrics: await metrics };
        await this.#library.save(id, runName, step, content, details, written);
        hasEnded = true;
        this.#set({ type: 'saved', step, persistent: (await storageState()).persisted === true });
        this.#listener.checkpoints(await this.#library.checkpoints(id));
        return step;
      } catch (error) {
        hasEnded = true;
        this.#set({ type: 'failed', step, problem: saveProblem(error) });
        throw error;
      }
    });
    const ended = (): void => {
      this.#pending--;
    };
    this.#work = saved.then(ended, ended);
    return saved;
  }

  /** How far the save of `step` is: what is not given stays. */
  #saving(step: number, news: Partial<Omit<Saving, 'type' | 'step' | 'waiting'>>): void {
    const before = this.#state.type === 'saving' && this.#state.step === step ? this.#state : NOT_BEGUN;
    this.#set({ ...before, ...news, type: 'saving', step, waiting: this.#pending - 1 });
  }

  /** One more save waits. */
  #queued(): void {
    if (this.#state.type === 'saving') this.#set({ ...this.#state, waiting: this.#pending - 1 });
  }

  #set(state: SaveState): void {
    this.#state = state;
    this.#listener.changed();
  }
}
