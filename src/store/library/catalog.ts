import { isLinnetError, LinnetError } from '#linnet/core';
import type { CatalogBackend, Operation, Selection, Snapshot } from './catalogBackend';
import { newerLibrary } from './newerLibrary';
import type { CountedTable, MetaRow } from './rows';

/** Format of the rows that this code writes. */
export const SCHEMA = 1;

/** How one older format becomes the next: reads what it needs and says what to change. */
export type Migration = (backend: CatalogBackend) => Promise<readonly Operation[]>;

/** The format that code knows, and how to get there: `migrations.get(n)` leads from n to n + 1. */
export interface SchemaVersion {
  readonly current: number;
  readonly migrations: ReadonlyMap<number, Migration>;
}

const ATTEMPTS = 8;
const COUNTED: readonly CountedTable[] = ['runs', 'steps', 'bin', 'slots'];
const NO_ROWS: MetaRow['counts'] = { runs: 0, steps: 0, bin: 0, slots: 0 };

function countAfter(before: MetaRow['counts'], operations: readonly Operation[]): MetaRow['counts'] {
  const counts: Record<CountedTable, number> = { ...before };
  for (const { do: what, table } of operations) {
    if (table === 'files') continue;
    if (what === 'add') counts[table]++;
    if (what === 'delete') counts[table]--;
  }
  return counts;
}

/** What a planned change wants done, and what the caller gets for it. */
export interface Plan<T> {
  readonly operations: readonly Operation[];
  readonly result: T;
}

/** Whether `error` says that a library is older than it was: its storage was cleared or lost. Opened anew it can be used as it is. */
export const hasGoneBack = (error: unknown): boolean => isLinnetError(error, 'StorageError') && error.details.wentBack === true;

/**
 * Consistent looks and confirmed changes over a backend. Every change is planned on a look, applied only if nothing changed since,
 * and looked for again before it is believed.
 */
export class Catalog {
  readonly backend: CatalogBackend;
  readonly #schema: SchemaVersion;
  /** The latest generation this session knows of: the library must never be older. */
  #seenGeneration = 0;

  constructor(backend: CatalogBackend, schema: SchemaVersion = { current: SCHEMA, migrations: new Map() }) {
    this.backend = backend;
    this.#schema = schema;
  }

  /** Refuses a newer library without touching it, brings an older one up to date. */
  async open(): Promise<void> {
    const { meta, runs } = await this.backend.read({ runs: { prefix: '' } });
    if (meta === undefined && runs.length > 0)
      throw new LinnetError(
        'CorruptFileError',
        `The library in ${this.backend.name} has ${runs.length} runs but no header row; nothing was touched.`,
      );
    this.#refuseNewer(meta);
    this.#seenGeneration = meta?.generation ?? 0;
    if (meta !== undefined) await this.#migrate(meta);
  }

  /** One consistent look. Errors when rows are missing, or when the library is older than it was before in this session. */
  async look(selection: Selection): Promise<Snapshot> {
    // What this session learns while the read is under way says nothing about the moment of the read.
    const known = this.#seenGeneration;
    const snapshot = await this.backend.read(selection);
    this.#refuseNewer(snapshot.meta);
    this.#refuseOlder(snapshot.meta, known);
    this.#refuseIncomplete(selection, snapshot);
    return snapshot;
  }

  /** Applies what `plan` makes of a look. `generation` is the number of the commit that will result. Plans again when another tab was faster. */
  async change<T>(selection: Selection, plan: (snapshot: Snapshot, generation: number) => Promise<Plan<T>> | Plan<T>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const snapshot = await this.look(selection);
      const generation = (snapshot.meta?.generation ?? 0) + 1;
      const { operations, result } = await plan(snapshot, generation);
      if (operations.length === 0 || (await this.#commit(snapshot.meta, operations, this.#schema.current))) return result;
    }
    throw new LinnetError(
      'LockedError',
      `The library in ${this.backend.name} was changed by others ${ATTEMPTS} times in a row; try again.`,
    );
  }

  async #commit(before: MetaRow | undefined, operations: readonly Operation[], schema: number): Promise<boolean> {
    const expected = before?.generation ?? 0;
    const counts = countAfter(before?.counts ?? NO_ROWS, operations);
    const meta: MetaRow = { schema, generation: expected + 1, token: crypto.randomUUID(), counts };
    if (!(await this.backend.commit({ expected, meta, operations }))) return false;
    const { meta: found } = await this.backend.read({});
    const ours = found?.token === meta.token || (found !== undefined && found.generation > meta.generation);
    if (!ours) throw this.#wentBack('reported a change as done, but it is not there');
    this.#seenGeneration = Math.max(this.#seenGeneration, meta.generation);
    return true;
  }

  async #migrate(found: MetaRow): Promise<void> {
    let meta = found;
    while (meta.schema < this.#schema.current) {
      const migration = this.#schema.migrations.get(meta.schema);
      if (migration === undefined)
        throw new LinnetError(
          'UnsupportedFormatError',
          `The library in ${this.backend.name} has the format ${meta.schema}, which this Linnet can no longer read. Nothing was touched.`,
        );
      await this.#commit(meta, await migration(this.backend), meta.schema + 1);
      // Whether this tab or another one did it, it is done, or the next turn tries again.
      meta = (await this.backend.read({})).meta ?? meta;
      this.#refuseNewer(meta);
    }
  }

  #refuseNewer(meta: MetaRow | undefined): void {
    if (meta !== undefined && meta.schema > this.#schema.current) throw newerLibrary(this.backend.name);
  }

  #refuseOlder(meta: MetaRow | undefined, known: number): void {
    const generation = meta?.generation ?? 0;
    if (generation < known) throw this.#wentBack(`has lost its latest ${known - generation} changes`);
    this.#seenGeneration = Math.max(this.#seenGeneration, generation);
    if (meta !== undefined && meta.schema < this.#schema.current)
      throw this.#wentBack(`has the format ${meta.schema}, older than when it was opened`);
  }

  #refuseIncomplete(selection: Selection, snapshot: Snapshot): void {
    for (const table of COUNTED) {
      const selector = selection[table];
      if (selector === undefined || 'key' in selector || selector.prefix !== '') continue;
      const expected = snapshot.meta?.counts[table] ?? 0;
      if (snapshot[table].length === expected) continue;
      const message = `The catalogue in ${this.backend.name} lists ${snapshot[table].length} ${table} but should list ${expected}. Reload the page; if it stays so, download what is left.`;
      throw new LinnetError('CorruptFileError', message, { details: { table, expected } });
    }
  }

  #wentBack(what: string): LinnetError {
    return new LinnetError(
      'StorageError',
      `The library in ${this.backend.name} ${what}. The site's data may have been cleared; reload the page and look what is there.`,
      { details: { wentBack: true } },
    );
  }
}
