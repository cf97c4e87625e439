import { LinnetError } from '#linnet/core';
import type { CatalogBackend, Operation, Selection, Snapshot } from './catalogBackend';
import { newerLibrary } from './newerLibrary';
import type { MetaRow } from './rows';

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

/** What a planned change wants done, and what the caller gets for it. */
export interface Plan<T> {
  readonly operations: readonly Operation[];
  readonly result: T;
}

/**
 * Consistent looks and confirmed changes over a backend. Every change is planned on a look, applied only if nothing changed since,
 * and looked for again before it is believed.
 */
export class Catalog {
  readonly backend: CatalogBackend;
  readonly #schema: SchemaVersion;

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
    if (meta !== undefined) await this.#migrate(meta);
  }

  async look(selection: Selection): Promise<Snapshot> {
    const snapshot = await this.backend.read(selection);
    this.#refuseNewer(snapshot.meta);
    if (snapshot.meta !== undefined && snapshot.meta.schema < this.#schema.current) throw this.#olderMeanwhile(snapshot.meta.schema);
    return snapshot;
  }

  /** Applies what `plan` makes of a look. `generation` is the number of the commit that will result. Plans again when another tab was faster. */
  async change<T>(selection: Selection, plan: (snapshot: Snapshot, generation: number) => Promise<Plan<T>> | Plan<T>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const snapshot = await this.look(selection);
      const generation = (snapshot.meta?.generation ?? 0) + 1;
      const { operations, result } = await plan(snapshot, generation);
      if (operations.length === 0 || (await this.#commit(generation, operations, this.#schema.current))) return result;
    }
    throw new LinnetError(
      'LockedError',
      `The library in ${this.backend.name} was changed by others ${ATTEMPTS} times in a row; try again.`,
    );
  }

  async #commit(generation: number, operations: readonly Operation[], schema: number): Promise<boolean> {
    const meta: MetaRow = { schema, generation, token: crypto.randomUUID() };
    if (!(await this.backend.commit({ expected: generation - 1, meta, operations }))) return false;
    const { meta: found } = await this.backend.read({});
    const ours = found?.token === meta.token || (found !== undefined && found.generation > generation);
    if (!ours)
      throw new LinnetError(
        'StorageError',
        `${this.backend.name} reported a change as done, but it is not there. The site's data may just have been cleared; reload the page.`,
      );
    return true;
  }

  async #migrate(meta: MetaRow): Promise<void> {
    let { generation } = meta;
    for (let schema = meta.schema; schema < this.#schema.current; schema++) {
      const migration = this.#schema.migrations.get(schema);
      if (migration === undefined)
        throw new LinnetError(
          'UnsupportedFormatError',
          `The library in ${this.backend.name} has the format ${schema}, which this Linnet can no longer read. Nothing was touched.`,
        );
      generation++;
      const done = await this.#commit(generation, await migration(this.backend), schema + 1);
      if (!done) throw new LinnetError('LockedError', 'Another tab is bringing the library up to date; reload the page.');
    }
  }

  #refuseNewer(meta: MetaRow | undefined): void {
    if (meta !== undefined && meta.schema > this.#schema.current) throw newerLibrary(this.backend.name);
  }

  #olderMeanwhile(schema: number): LinnetError {
    return new LinnetError(
      'StorageError',
      `The library in ${this.backend.name} has the format ${schema}, older than when it was opened. Reload the page.`,
    );
  }
}
