import { type LinnetError, toLinnetError } from '#linnet/core';
import type { Locks } from '../locks';
import { type HeldLock, platformLocks } from '../locks';
import type { ByteSource } from '../store';
import { Catalog, SCHEMA, type SchemaVersion } from './catalog';
import type { CatalogBackend } from './catalogBackend';
import { type CatalogMirror, mirroredCatalog } from './catalogMirror';
import { type Clock, type Context, exclusively, getRun, getStep, getSteps, sameRun } from './context';
import { punctualCatalog, punctualSlots } from './deadline';
import { discardSteps, moveToBin, purge, restoreFromBin } from './deleting';
import { type BinEntry, binEntry, type RunInfo, runInfo, type StepInfo, stepInfo } from './info';
import { type Finding, scanLibrary, verifyStep } from './integrity';
import { checkName, checkNote, noSuchStep, runExists } from './names';
import { type Recovery, recoverLost } from './recovering';
import { numberKey, type RunRow, type StepRow, stepRowKey } from './rows';
import { type CommitOptions, commitStep } from './saving';
import type { SlotBackend } from './slotBackend';
import { SlotPool } from './slotPool';
import { POOL_LIMITS, type PoolLimits } from './slotSizes';
import { openStep, type StepStore } from './stepStore';
import { type LibraryUsage, measureUsage } from './usage';

/** Everything the library stands on; what is not given is the platform's. */
export interface LibraryParts {
  readonly catalog: CatalogBackend;
  readonly slots: SlotBackend;
  /** A second copy of the catalogue, from which it is made anew when it was lost. */
  readonly mirror?: CatalogMirror;
  readonly locks?: Locks;
  readonly clock?: Clock;
  readonly pool?: PoolLimits;
  /** Checkpoints up to this size live in the catalogue; 8 MiB. */
  readonly smallBytes?: number;
  /** How long one storage call may take before it counts as failed; 30 s, and more for large values. */
  readonly answerLimitMs?: number;
  /** How long to wait for another tab's save; 60 s. */
  readonly lockLimitMs?: number;
  readonly schema?: SchemaVersion;
  /** Told of trouble that harmed nothing: a slot that failed, upkeep that could not be done. */
  readonly report?: (problem: LinnetError) => void;
}

const SMALL_BYTES = 8 * 1024 * 1024;
const ANSWER_LIMIT_MS = 30_000;
const LOCK_LIMIT_MS = 60_000;
/** A second copy that takes longer is done without. */
const MIRROR_LIMIT_MS = 5_000;

/** The platform's clocks. */
const platformClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/**
 * The durable store: named runs of saved steps, each step a set of files. What a method reports as done is on disk and was read back;
 * what it reports as failed changed nothing. Every failure is a LinnetError.
 */
export class Library {
  readonly #context: Context;
  readonly #report: (problem: LinnetError) => void;
  #upkeep: Promise<void> = Promise.resolve();
  /** What was brought back when it was opened; undefined when nothing had been lost. */
  readonly recovery: Recovery | undefined;

  private constructor(context: Context, report: (problem: LinnetError) => void, recovery: Recovery | undefined) {
    this.#context = context;
    this.#report = report;
    this.recovery = recovery;
  }

  /**
   * Opens a library over given parts. One written by newer code is an UnsupportedFormatError and stays untouched; an older one is
   * brought up to date; one that the browser lost is made anew from its mirror. Opening never deletes anything.
   */
  static async over(parts: LibraryParts): Promise<Library> {
    const limitMs = parts.answerLimitMs ?? ANSWER_LIMIT_MS;
    const clock = parts.clock ?? platformClock;
    const report = parts.report ?? (() => {});
    const { mirror } = parts;
    const mirrorOptions = { limitMs: Math.min(limitMs, MIRROR_LIMIT_MS), report };
    const punctual = punctualCatalog(parts.catalog, limitMs);
    const backend = mirror?.writable ? mirroredCatalog(punctual, mirror, mirrorOptions) : punctual;
    const slots = punctualSlots(parts.slots, limitMs);
    const catalog = new Catalog(backend, parts.schema);
    const context: Context = {
      catalog,
      pool: new SlotPool(slots, parts.pool ?? POOL_LIMITS, () => clock.monotonic(), report),
      places: { catalog: backend, slots },
      locks: parts.locks ?? platformLocks(),
      clock,
      smallBytes: parts.smallBytes ?? SMALL_BYTES,
      lockScope: `linnet/${backend.name}`,
      lockLimitMs: parts.lockLimitMs ?? LOCK_LIMIT_MS,
    };
    const recovery =
      mirror && (await recoverLost(context, punctual, mirror, { ...mirrorOptions, schema: parts.schema?.current ?? SCHEMA }));
    await catalog.open();
    return new Library(context, report, recovery);
  }

  /** Runs by name. */
  async listRuns(): Promise<RunInfo[]> {
    return (await this.#context.catalog.look({ runs: { prefix: '' } })).runs.map(runInfo);
  }

  /** The run of this name; undefined when there is none. */
  async findRun(name: string): Promise<RunInfo | undefined> {
    return (await this.#context.catalog.look({ runs: { key: name } })).runs.map(runInfo)[0];
  }

  /** Makes an empty run; a CheckpointExistsError when the name is taken. Saving into a run that is not there makes it too. */
  createRun(name: string, options: { note?: string } = {}): Promise<RunInfo> {
    checkName('The name of a run', name);
    const note = options.note === undefined ? {} : { note: checkNote(options.note) };
    return exclusively(this.#context, () =>
      this.#context.catalog.change({ runs: { key: name } }, ({ runs }, generation) => {
        if (runs.length > 0) throw runExists(name);
        const value: RunRow = { id: numberKey(generation), name, createdAt: this.#context.clock.now(), stepCount: 0, ...note };
        return { operations: [{ do: 'add', table: 'runs', key: name, value }], result: runInfo(value) };
      }),
    );
  }

  /** Gives a run another name; its steps, its lock and its id stay. A CheckpointExistsError when the new name is taken. */
  async renameRun(name: string, newName: string): Promise<void> {
    checkName('The name of a run', newName);
    if (newName === name) return;
    await this.#changeRun(name, newName, (row) => ({ ...row, name: newName }));
  }

  /** Writes a note to a run; undefined takes it away. */
  async noteRun(name: string, note: string | undefined): Promise<void> {
    if (note !== undefined) checkNote(note);
    await this.#changeRun(name, name, ({ note: _old, ...row }) => ({ ...row, ...(note === undefined ? {} : { note }) }));
  }

  /**
   * Takes the lock of a run, to be held while it trains: one tab at a time. Undefined when another tab has it. Reading, and saving into
   * other runs, need no lock. It ends with `release()` or with the tab or worker.
   */
  async holdRun(name: string): Promise<HeldLock | undefined> {
    return this.#context.locks.tryHold(this.#runLock(await getRun(this.#context, name)));
  }

  /** Resolves when nobody trains the run any more, also when its tab died. */
  async whenRunFree(name: string): Promise<void> {
    await this.#context.locks.whenFree(this.#runLock(await getRun(this.#context, name)));
  }

  /**
   * Saves `files` (a Map or entries: key to bytes) as a step of `run`, which is made when it is not there. When this resolves the step is
   * saved: on disk and read back, byte for byte. When it rejects, earlier steps are as they were. Do not change the bytes meanwhile.
   * Errors: CheckpointExistsError (without `replace`), QuotaError, LockedError, StorageError.
   */
  async commitStep(
    run: string,
    step: number,
    files: Iterable<readonly [string, ByteSource]>,
    options: CommitOptions = {},
  ): Promise<StepInfo> {
    const saved = await commitStep(this.#context, run, step, files, options);
    if (saved.byteLength > this.#context.smallBytes) this.#startUpkeep();
    return saved;
  }

  /** Steps of a run, by step number. */
  async listSteps(run: string): Promise<StepInfo[]> {
    return (await getSteps(this.#context, run)).rows.map((row) => stepInfo(run, row));
  }

  /** One step of a run; undefined when there is no such run or step. */
  async findStep(run: string, step: number): Promise<StepInfo | undefined> {
    const row = (await this.#context.catalog.look({ runs: { key: run } })).runs[0];
    if (row === undefined) return undefined;
    const { steps } = await this.#context.catalog.look({ steps: { key: stepRowKey(row.id, step) } });
    return steps.map((found) => stepInfo(run, found))[0];
  }

  /** The files of a step as a store that checks every byte it hands out. */
  openStep(run: string, step: number): Promise<StepStore> {
    return openStep(this.#context, run, step);
  }

  /** Names a step; undefined takes the name away. */
  async nameStep(run: string, step: number, name: string | undefined): Promise<void> {
    if (name !== undefined) checkName('The name of a step', name);
    await this.#changeStep(run, step, ({ name: _old, ...row }) => ({ ...row, ...(name === undefined ? {} : { name }) }));
  }

  /** Writes a note to a step; undefined takes it away. */
  async noteStep(run: string, step: number, note: string | undefined): Promise<void> {
    if (note !== undefined) checkNote(note);
    await this.#changeStep(run, step, ({ note: _old, ...row }) => ({ ...row, ...(note === undefined ? {} : { note }) }));
  }

  /** Deletes a run, or one of its steps, so that it can be brought back for 7 days. Frees no space yet. */
  bin(run: string, step?: number): Promise<BinEntry> {
    return moveToBin(this.#context, run, step);
  }

  /** What can be brought back, oldest deletion first. */
  async listBin(): Promise<BinEntry[]> {
    return (await this.#context.catalog.look({ bin: { prefix: '' } })).bin.map(binEntry);
  }

  /** Brings back what `bin` or `listBin` named by `id`. A run whose name was taken meanwhile needs a `newName`. */
  restoreFromBin(id: string, newName?: string): Promise<void> {
    if (newName !== undefined) checkName('The name of a run', newName);
    return restoreFromBin(this.#context, id, newName);
  }

  /** Removes one entry of the bin for good and frees its space; no error when it is not there. */
  async purge(id: string): Promise<void> {
    const gone = await purge(this.#context, (entry) => entry.id === id);
    if (gone.length > 0) this.#startUpkeep();
  }

  /** Removes what has been in the bin for more than 7 days. Returns what went. */
  async purgeExpired(): Promise<BinEntry[]> {
    const now = this.#context.clock.now();
    const gone = await purge(this.#context, (entry) => entry.expiresAt <= now);
    if (gone.length > 0) this.#startUpkeep();
    return gone;
  }

  /** Removes steps for good, past the bin, as retention does with autosaves. Returns the steps removed. */
  async discard(run: string, steps: readonly number[]): Promise<number[]> {
    const gone = await discardSteps(this.#context, run, steps);
    if (gone.length > 0) this.#startUpkeep();
    return gone;
  }

  /** Reads every byte of a step and reports what is not as it was saved; an empty list is good news. */
  verifyStep(run: string, step: number): Promise<Finding[]> {
    return verifyStep(this.#context, run, step);
  }

  /** Looks over the whole library, with `deep` every byte. Reports only: nothing is repaired or deleted. */
  scan(options: { deep?: boolean } = {}): Promise<Finding[]> {
    return scanLibrary(this.#context, options.deep ?? false);
  }

  /** The library's own count of what it holds. */
  usage(): Promise<LibraryUsage> {
    return measureUsage(this.#context);
  }

  /** Resolves when upkeep started by earlier calls is done: slots made for the next saves, space given back. */
  idle(): Promise<void> {
    return this.#upkeep;
  }

  /** Lets go of the storage. Calls under way may fail. */
  close(): void {
    this.#context.catalog.backend.close();
  }

  #runLock({ id }: RunRow): string {
    return `${this.#context.lockScope}/run/${id}`;
  }

  #startUpkeep(): void {
    const work = () => exclusively(this.#context, () => this.#context.pool.maintain(this.#context.catalog));
    this.#upkeep = this.#upkeep.then(work).catch((cause) => this.#report(toLinnetError(cause, 'StorageError', 'Upkeep of the slot pool')));
  }

  #changeRun(name: string, newName: string, change: (row: RunRow) => RunRow): Promise<void> {
    return exclusively(this.#context, async () => {
      const before = await getRun(this.#context, name);
      if (newName !== name && (await this.findRun(newName))) throw runExists(newName);
      await this.#context.catalog.change({ runs: { key: name } }, (snapshot) => {
        const value = change(sameRun(snapshot, before));
        const moved = newName !== name;
        return {
          operations: moved
            ? [
                { do: 'delete', table: 'runs', key: name },
                { do: 'add', table: 'runs', key: newName, value },
              ]
            : [{ do: 'put', table: 'runs', key: name, value }],
          result: undefined,
        };
      });
    });
  }

  #changeStep(run: string, step: number, change: (row: StepRow) => StepRow): Promise<void> {
    return exclusively(this.#context, async () => {
      const before = await getStep(this.#context, run, step);
      const key = stepRowKey(before.run.id, step);
      await this.#context.catalog.change({ runs: { key: run }, steps: { key } }, (snapshot) => {
        sameRun(snapshot, before.run);
        const row = snapshot.steps[0];
        if (row === undefined) throw noSuchStep(run, step);
        return { operations: [{ do: 'put', table: 'steps', key, value: change(row) }], result: undefined };
      });
    });
  }
}
