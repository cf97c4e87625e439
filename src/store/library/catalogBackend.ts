import type { HeldBytes } from '../heldBytes';
import type { BinRow, MetaRow, RunRow, SlotRow, StepRow, TableName, Tables } from './rows';

/** Rows of one table: the one with this key, or all whose keys start with this prefix. */
export type Selector = { readonly key: string } | { readonly prefix: string };

/** What to read in one consistent look. */
export interface Selection {
  readonly runs?: Selector;
  readonly steps?: Selector;
  readonly bin?: Selector;
  readonly slots?: Selector;
}

/** One consistent look: rows in order of their keys. Tables not asked for are empty. */
export interface Snapshot {
  /** Undefined in a catalogue that nothing was ever written to. */
  readonly meta: MetaRow | undefined;
  readonly runs: readonly RunRow[];
  readonly steps: readonly StepRow[];
  readonly bin: readonly BinRow[];
  readonly slots: readonly SlotRow[];
}

type InTable<T extends TableName> =
  /** A row that must be new. */
  | { readonly do: 'add'; readonly table: T; readonly key: string; readonly value: Tables[T] }
  | { readonly do: 'put'; readonly table: T; readonly key: string; readonly value: Tables[T] }
  /** A row that must be there. */
  | { readonly do: 'delete'; readonly table: T; readonly key: string };

/** One change of a transaction. */
export type Operation =
  | { [T in TableName]: InTable<T> }[TableName]
  | { readonly do: 'deletePrefix'; readonly table: 'files'; readonly prefix: string };

/** Changes that happen together or not at all. */
export interface Transaction {
  /** The generation these changes were planned on; 0 for none. */
  readonly expected: number;
  readonly meta: MetaRow;
  readonly operations: readonly Operation[];
}

/** Where the catalogue lives. Small enough to be simulated: every durable decision of the library is one `commit`. */
export interface CatalogBackend {
  readonly name: string;
  /** Rows of several tables as of one moment. */
  read(selection: Selection): Promise<Snapshot>;
  /**
   * Applies a transaction: when it resolves with true, all of it is on disk. False, and nothing changed, when the catalogue is no
   * longer at the expected generation. Rejects, and nothing changed, when an added row is there already or the platform fails.
   */
  commit(transaction: Transaction): Promise<boolean>;
  /** Told of bytes that a commit will probably bring: where moving them takes time, it can begin while they are summed up. */
  expect?(bytes: HeldBytes): void;
  /** Keys of the `files` table that start with `prefix`. */
  fileKeys(prefix: string): Promise<string[]>;
  /** Bytes from `offset` of a row of the `files` table: fewer than `length` at its end, undefined when there is no such row. */
  readFile(key: string, offset: number, length: number): Promise<Uint8Array | undefined>;
  close(): void;
}
