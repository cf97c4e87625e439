import { type Elsewhere, isLinnetError, LinnetError } from '#linnet/core';
import type { HeldLock } from '#linnet/store';
import type { RunLibrary } from './runLibrary';

/** How long another tab has to say that it lets go of a run, and then to pause and save, ms. */
const ANSWER_LIMIT_MS = 5_000;
const SAVING_LIMIT_MS = 60_000;

const WAYS_ON = 'Take it over, or branch it and train the branch here.';
const REASONS: Readonly<Record<Elsewhere, string>> = {
  training: `This run is being trained in another tab. ${WAYS_ON}`,
  continued: `This run went on in another tab, further than this tab knows. ${WAYS_ON}`,
};

const stillHeld = (ms: number): LinnetError =>
  new LinnetError(
    'LockedError',
    `The other tab did not let go of this run within ${ms / 1000} seconds. It may be asleep: bring it to the front, or branch the run.`,
  );

/**
 * Which tab may train the open run. The one that trains it holds its lock meanwhile; to the others it is read-only, and also when it
 * went on elsewhere since this tab opened it: two tabs never write two histories into one run.
 */
export class Ownership {
  readonly #library: RunLibrary;
  readonly #changed: () => void;
  #run: string | null = null;
  #lock: HeldLock | null = null;
  #elsewhere: Elsewhere | null = null;
  /** The other tab said that it lets go of the run. */
  #answered: (run: string) => void = () => {};

  /** `changed` is told when `elsewhere` is another. */
  constructor(library: RunLibrary, changed: () => void) {
    this.#library = library;
    this.#changed = changed;
  }

  /** Why the open run is read-only here; null when it is not. */
  get elsewhere(): Elsewhere | null {
    return this.#elsewhere;
  }

  /** Whether this tab trains the run: nobody else can meanwhile. */
  holds(run: string): boolean {
    return this.#run === run && this.#lock !== null;
  }

  /** A run was opened, at the newest that the library has of it or at an earlier step. */
  async opened(run: string): Promise<void> {
    this.letGo();
    this.#run = run;
    await this.#library.noteNewest(run);
    await this.look();
  }

  /** Looks whether another tab trains the open run, or took it further. */
  async look(): Promise<void> {
    const run = this.#run;
    if (run === null || this.#lock !== null) return;
    const found = await this.#look(run);
    if (run === this.#run && this.#lock === null) this.#set(found);
  }

  async #look(run: string): Promise<Elsewhere | null> {
    if (await this.#library.isFree(run)) return (await this.#library.hasNews(run)) ? 'continued' : null;
    this.#library.whenFree(run).then(
      () => this.look(),
      () => {},
    );
    return 'training';
  }

  #set(elsewhere: Elsewhere | null): void {
    if (elsewhere === this.#elsewhere) return;
    this.#elsewhere = elsewhere;
    this.#changed();
  }

  /** A LockedError when the run is read-only here. */
  refuse(): void {
    if (this.#elsewhere !== null) throw new LinnetError('LockedError', REASONS[this.#elsewhere]);
  }

  /** Takes the lock of the open run, to be held while it trains; a LockedError when it is read-only here. `isSaving`: this tab is at it itself. */
  async claim(name: string, isSaving: boolean): Promise<void> {
    this.refuse();
    this.letGo();
    const run = this.#run!;
    try {
      const lock = await this.#library.hold(run, name);
      // Without storage there is no lock, and nothing that another tab could have saved.
      const isOurs = lock === null || isSaving || !(await this.#library.hasNews(run));
      if (isOurs) {
        this.#lock = lock;
        return;
      }
      lock?.release();
    } catch (error) {
      if (!isLinnetError(error, 'LockedError')) throw error;
    }
    await this.look();
    this.refuse();
  }

  /** Training has ended: the run is free. */
  letGo(): void {
    this.#lock?.release();
    this.#lock = null;
  }

  /** Another tab takes the run over. */
  handOver(): void {
    this.letGo();
    this.#set('continued');
  }

  /** Asks the tab that trains the open run to pause, save and let go. A LockedError when it does not in time; nothing is ever taken by force. */
  async askFor(): Promise<void> {
    const run = this.#run!;
    if (await this.#library.isFree(run)) return;
    this.#library.want(run);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      const wait = (ms: number): void => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(stillHeld(ms)), ms);
      };
      wait(ANSWER_LIMIT_MS);
      this.#answered = (other) => {
        if (other === run) wait(SAVING_LIMIT_MS);
      };
    });
    await Promise.race([this.#library.whenFree(run), silence]).finally(() => {
      this.#answered = () => {};
      clearTimeout(timer);
    });
  }

  /** The tab that has `run` says that it saves it and lets go. */
  answered(run: string): void {
    this.#answered(run);
  }
}
