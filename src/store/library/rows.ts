import type { HeldBytes } from '../heldBytes';

/** One file of a step as the catalogue describes it. */
export interface FileRow {
  readonly key: string;
  readonly byteLength: number;
  /** CRC-32C of every piece of `BLOCK_BYTES`, the last one shorter; a file without bytes has none. */
  readonly blockCrcs: readonly number[];
  /** SHA-256 of the SHA-256s of those pieces one after another, in hexadecimal digits. */
  readonly treeSha256: string;
}

/** A part of a step's bytes and the slot that holds it. */
export interface SlotPart {
  readonly slot: string;
  /** Bytes of the step in this slot, after its header. */
  readonly byteLength: number;
}

/** Where the bytes of a step are: in the catalogue's own `files` table, or one after another in slots, in the order of the file list. */
export type Place = { readonly in: 'files' } | { readonly in: 'slots'; readonly parts: readonly SlotPart[] };

/** A saved step. What the checksum covers never changes; name and note may. */
export interface StepRow {
  /** Unique for ever, and greater than every earlier one: the generation of the commit that made it. */
  readonly id: string;
  readonly runId: string;
  readonly step: number;
  readonly kind: string;
  /** Wall clock at the save, for people only: order is by `id`. Milliseconds since 1970. */
  readonly savedAt: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly files: readonly FileRow[];
  readonly place: Place;
  /** CRC-32C over all of the above. */
  readonly checksum: number;
  readonly name?: string;
  readonly note?: string;
}

/** A run; its name is its key in the table. */
export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** How many steps the `steps` table must hold for it. */
  readonly stepCount: number;
  readonly note?: string;
}

/** Something deleted that can still be brought back. */
export type BinRow = { readonly id: string; readonly binnedAt: number; readonly run: RunRow } & (
  | { readonly kind: 'run' }
  | { readonly kind: 'step'; readonly step: StepRow }
);

/** A file of the slot pool. */
export interface SlotRow {
  readonly id: string;
  /** Size of the file: a power of two. */
  readonly byteLength: number;
  /** Whether its name was seen to be old enough to survive a power cut. */
  readonly old: boolean;
  /** The step whose bytes it holds; null when free. */
  readonly owner: string | null;
  /** Set while the file is being given back. */
  readonly leaving?: true;
}

/** The one row that every commit replaces. */
export interface MetaRow {
  readonly schema: number;
  /** How many commits there were. */
  readonly generation: number;
  /** Made up anew by each commit, to recognise one's own. */
  readonly token: string;
  /** How many rows each table has, so that a loss is noticed. */
  readonly counts: Readonly<Record<CountedTable, number>>;
}

/** The tables of the catalogue and what their rows are. */
export interface Tables {
  runs: RunRow;
  steps: StepRow;
  bin: BinRow;
  slots: SlotRow;
  files: HeldBytes;
}

export type TableName = keyof Tables;

/** Tables whose rows are counted in the meta row. Rows of `files` are listed in their steps. */
export type CountedTable = Exclude<TableName, 'files'>;

const DIGITS = 16;

/** A number as a key that sorts as the number does. */
export const numberKey = (value: number): string => String(value).padStart(DIGITS, '0');

export const stepPrefix = (runId: string): string => `${runId}/`;
export const stepRowKey = (runId: string, step: number): string => stepPrefix(runId) + numberKey(step);
export const filePrefix = (stepId: string): string => `${stepId}/`;
export const fileRowKey = (stepId: string, key: string): string => filePrefix(stepId) + key;

/** How many bytes the files of a step have together. */
export const totalBytes = (files: readonly { readonly byteLength: number }[]): number =>
  files.reduce((sum, file) => sum + file.byteLength, 0);
