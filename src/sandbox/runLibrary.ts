import { CheckpointPath, diffCheckpoints } from '#linnet/checkpoint';
import {
  type CheckpointInfo,
  type CheckpointRef,
  type Comparison,
  isLinnetError,
  LinnetError,
  type Problem,
  type StorageInfo,
} from '#linnet/core';
import {
  type HeldLock,
  hasGoneBack,
  type Library,
  openLibrary,
  openMemoryLibrary,
  type StepInfo,
  storageState,
  TabLine,
  type TabNews,
} from '#linnet/store';
import { clearedProblem, recoveredProblem, storageProblem } from './problems';
import { nameBeside } from './runInfo';
import { isUnlocked, lockRun } from './runLock';
import type { RunRecord } from './runRecord';
import { checkpointInfos, type SaveDetails, savedLast, saveOptions, surplusAutosaves } from './savedSteps';
import type { StepContent } from './stepContent';
import { readRecord } from './stepItems';
import { type OnWritten, type StepWriter, writeInto } from './stepWriter';

/** Autosaves of a run that are kept besides the best one and those with a name. */
const KEPT_AUTOSAVES = 50;

/** What is known of a saved run. */
export interface SavedRun {
  readonly record: RunRecord;
  readonly name: string;
  readonly latest: StepInfo;
  readonly checkpoints: number;
}

/** How often a step that is replaced while it is read is looked for anew. */
const READ_ATTEMPTS = 5;

/** The line that tabs of this site talk about runs on. */
const TAB_LINE = 'linnet-runs';

/** Where a library comes from. */
interface LibraryOrigin {
  open(): Promise<Library>;
  /** What went wrong in it without harm, such as a second copy that cannot be written. */
  readonly troubles: readonly LinnetError[];
}

/** Runs in the durable library. A run's id is its name there; the name that people see is its note, so that renaming moves nothing. */
export class RunLibrary {
  #library: Library;
  #problem: Problem | null;
  readonly #origin: LibraryOrigin | null;
  #findings: NonNullable<StorageInfo['findings']> = [];
  readonly #records = new Map<string, { readonly stepId: string; readonly record: RunRecord }>();
  /** By run, the newest step that this tab knows of. */
  readonly #newest = new Map<string, string>();
  readonly #tabs: TabLine | null;
  readonly #writer: StepWriter;
  #heard: (news: TabNews) => void = () => {};

  /**
   * `tabLine` names the line to other tabs on the same library; there are none without it. `writer` writes into the same library
   * elsewhere. `origin` opens it anew when its storage was cleared.
   */
  constructor(
    library: Library,
    problem: Problem | null = null,
    tabLine: string | null = null,
    writer: StepWriter | null = null,
    origin: LibraryOrigin | null = null,
  ) {
    this.#library = library;
    this.#problem = problem;
    this.#origin = origin;
    this.#writer = writer ?? { write: (step, onWritten) => this.#evenIfCleared(() => writeInto(this.#library, step, onWritten)) };
    this.#tabs = tabLine === null ? null : new TabLine(tabLine, (news) => this.#heard(news));
  }

  /** Why nothing can be kept beyond this tab, or what the browser has lost; null when all is well. */
  get problem(): Problem | null {
    return this.#problem;
  }

  /** Ends the line to other tabs. */
  close(): void {
    this.#tabs?.close();
  }

  /** `heard` is told what other tabs say. */
  listen(heard: (news: TabNews) => void): void {
    this.#heard = heard;
  }

  /**
   * This browser's library; where it cannot be used, one that lasts as long as the tab, with the reason as its problem. `writer` writes
   * into this browser's library from another thread.
   */
  static async open(writer: StepWriter | null = null): Promise<RunLibrary> {
    try {
      const troubles: LinnetError[] = [];
      const open = (): Promise<Library> => openLibrary({ report: (trouble) => troubles.push(trouble) });
      const library = await open();
      const problem = library.recovery === undefined ? null : recoveredProblem(library.recovery);
      return new RunLibrary(library, problem, TAB_LINE, writer, { open, troubles });
    } catch (error) {
      return new RunLibrary(await openMemoryLibrary(), storageProblem(error));
    }
  }

  /** `work`, once more when the library's storage was cleared: it is opened anew as it is now, which is said. */
  async #evenIfCleared<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#origin === null || !hasGoneBack(error)) throw error;
      this.#library.close();
      this.#library = await this.#origin.open();
      const { recovery } = this.#library;
      this.#problem = recovery === undefined ? clearedProblem() : recoveredProblem(recovery);
      return await work();
    }
  }

  /** Saves a step for good; when this resolves it was read back. Autosaves beyond the newest 50, the best and the named ones go. */
  async save(
    run: string,
    runName: string,
    step: number,
    content: StepContent,
    details: SaveDetails,
    onWritten: OnWritten = () => {},
  ): Promise<void> {
    const { id } = await this.#writer.write({ run, step, content, options: saveOptions(details) }, onWritten);
    this.#newest.set(run, id);
    const saved = await this.#evenIfCleared(() => this.#library.findRun(run));
    if (saved?.note !== runName) await this.#library.noteRun(run, runName);
    await this.#retain(run);
    this.#tabs?.tell({ about: 'saved', run });
  }

  async #retain(run: string): Promise<void> {
    const surplus = surplusAutosaves(await this.#library.listSteps(run), KEPT_AUTOSAVES);
    if (surplus.length > 0) await this.#library.discard(run, surplus);
  }

  /** All runs that have a step, newest first. */
  async list(): Promise<SavedRun[]> {
    const runs: SavedRun[] = [];
    for (const { name: id, note, stepCount } of await this.#library.listRuns()) {
      const newest = await this.#newestOf(id);
      if (newest === undefined) continue;
      runs.push({ ...newest, name: note ?? newest.record.run.name, checkpoints: stepCount });
    }
    return runs.sort((a, b) => b.latest.savedAt - a.latest.savedAt);
  }

  /** `name`, or `name (2)`, `name (3)` and so on when saved runs are called that. */
  async freeName(name: string): Promise<string> {
    return nameBeside(
      (await this.#library.listRuns()).map(({ note }) => note),
      name,
    );
  }

  /** The newest step of a run with its record; undefined when it has none. A save may replace the step while it is read: then the next is. */
  async #newestOf(run: string): Promise<{ readonly latest: StepInfo; readonly record: RunRecord } | undefined> {
    for (let attempt = 1; ; attempt++) {
      const latest = (await this.#library.listSteps(run)).at(-1);
      if (latest === undefined) return undefined;
      try {
        return { latest, record: await this.#recordOf(latest) };
      } catch (error) {
        if (attempt === READ_ATTEMPTS || !isLinnetError(error, 'CheckpointNotFoundError')) throw error;
      }
    }
  }

  async #recordOf({ id, run, step }: StepInfo): Promise<RunRecord> {
    const known = this.#records.get(run);
    if (known?.stepId === id) return known.record;
    const record = await readRecord(await this.open(run, step));
    this.#records.set(run, { stepId: id, record });
    return record;
  }

  /** The steps of a run as the page lists them, by step. A run that was never saved has none. */
  async checkpoints(run: string): Promise<CheckpointInfo[]> {
    return checkpointInfos(await this.#stepsOf(run));
  }

  /** The files of a saved step. */
  async open(run: string, step: number): Promise<CheckpointPath> {
    return new CheckpointPath(await this.#library.openStep(run, step));
  }

  /** How two saved steps differ, leaf by leaf. */
  async compare(first: CheckpointRef, second: CheckpointRef): Promise<Comparison> {
    return diffCheckpoints(await this.open(first.run, first.step), await this.open(second.run, second.step));
  }

  /** The name that people gave a run; undefined when it was never saved. */
  async nameOf(run: string): Promise<string | undefined> {
    return (await this.#library.findRun(run))?.note;
  }

  async rename(run: string, name: string): Promise<void> {
    if ((await this.#library.findRun(run)) !== undefined) await this.#library.noteRun(run, name);
  }

  async annotate(run: string, step: number, change: { name?: string | null; note?: string | null }): Promise<void> {
    if (change.name !== undefined) await this.#library.nameStep(run, step, change.name ?? undefined);
    if (change.note !== undefined) await this.#library.noteStep(run, step, change.note ?? undefined);
  }

  /** Moves a step to the bin, for seven days. */
  async remove(run: string, step: number): Promise<void> {
    await this.#library.bin(run, step);
  }

  /** Brings a step back from the bin. */
  async undoRemove(run: string, step: number): Promise<void> {
    const entries = await this.#library.listBin();
    const entry = entries.findLast((candidate) => candidate.run === run && candidate.step === step);
    if (entry === undefined) {
      throw new LinnetError('CheckpointNotFoundError', `Step ${step} is not in the bin. It may have been there for more than seven days.`);
    }
    await this.#library.restoreFromBin(entry.id);
  }

  /** Lets go of what has been in the bin for more than seven days, and looks over the rest, with `deep` every byte. Nothing is repaired. */
  async lookOver(options: { readonly deep?: boolean } = {}): Promise<void> {
    await this.#library.purgeExpired();
    this.#findings = await this.#library.scan(options);
  }

  /** The lock of a run, to be held while it trains: see `lockRun`. */
  hold(run: string, name: string): Promise<HeldLock | null> {
    return lockRun(this.#library, run, name);
  }

  /** Whether no tab trains the run. */
  isFree(run: string): Promise<boolean> {
    return isUnlocked(this.#library, run);
  }

  /** Resolves when no tab trains the run any more. */
  whenFree(run: string): Promise<void> {
    return this.#library.whenRunFree(run);
  }

  /** Asks the tab that trains a run to let go of it. */
  want(run: string): void {
    this.#tabs?.tell({ about: 'wanted', run });
  }

  /** Tells the tab that wants a run that it is about to be free. */
  leave(run: string): void {
    this.#tabs?.tell({ about: 'leaving', run });
  }

  /** Takes what the library has of a run now for known. */
  async noteNewest(run: string): Promise<void> {
    const newest = await this.newest(run);
    if (newest === null) this.#newest.delete(run);
    else this.#newest.set(run, newest.id);
  }

  /** Whether another tab saved into the run since this one knew it all. */
  async hasNews(run: string): Promise<boolean> {
    const newest = await this.newest(run);
    return newest !== null && newest.id > (this.#newest.get(run) ?? '');
  }

  /** The step of a run that was saved last, whatever its number; null when there is none. */
  async newest(run: string): Promise<StepInfo | null> {
    return savedLast(await this.#stepsOf(run));
  }

  /** The steps of a run, by step; none of one that was never saved. */
  async #stepsOf(run: string): Promise<readonly StepInfo[]> {
    return (await this.#library.findRun(run)) === undefined ? [] : this.#library.listSteps(run);
  }

  async storage(lastBackupMs: number | null): Promise<StorageInfo> {
    const { totalBytes, steps } = await this.#library.usage();
    return {
      usedBytes: totalBytes,
      checkpoints: steps,
      persistent: (await storageState()).persisted === true,
      lastBackupMs,
      findings: [...this.#findings, ...(this.#origin?.troubles ?? []).map(({ message }) => ({ where: 'library:/', message, harm: false }))],
    };
  }
}
