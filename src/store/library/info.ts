import { type BinRow, type FileRow, type RunRow, type StepRow, totalBytes } from './rows';

/** A run as callers see it. */
export interface RunInfo {
  /** Unique for ever, also after a rename. */
  readonly id: string;
  readonly name: string;
  /** Wall clock, for people; milliseconds since 1970. */
  readonly createdAt: number;
  readonly stepCount: number;
  readonly note?: string;
}

/** A saved step as callers see it. */
export interface StepInfo {
  /** Unique for ever. A step saved later has a greater id (compare as text), whatever the clock says. */
  readonly id: string;
  readonly run: string;
  readonly step: number;
  /** Why it was saved, in the caller's words: `manual`, `autosave`, `import`. */
  readonly kind: string;
  /** Wall clock, for people; milliseconds since 1970. */
  readonly savedAt: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly byteLength: number;
  readonly files: readonly Pick<FileRow, 'key' | 'byteLength' | 'treeSha256'>[];
  readonly name?: string;
  readonly note?: string;
}

/** Something deleted that can still be brought back. */
export interface BinEntry {
  readonly id: string;
  readonly kind: 'run' | 'step';
  readonly run: string;
  /** The step, when only a step was deleted. */
  readonly step?: number;
  readonly binnedAt: number;
  /** When `purgeExpired` may remove it for good. */
  readonly expiresAt: number;
}

/** How long deleted things can be brought back: 7 days. */
export const BIN_MS = 7 * 24 * 60 * 60 * 1000;

const present = ({ name, note }: { name?: string; note?: string }) => ({
  ...(name === undefined ? {} : { name }),
  ...(note === undefined ? {} : { note }),
});

export const runInfo = (row: RunRow): RunInfo => ({
  id: row.id,
  createdAt: row.createdAt,
  stepCount: row.stepCount,
  ...present(row),
  name: row.name,
});

export const stepInfo = (run: string, row: StepRow): StepInfo => ({
  id: row.id,
  run,
  step: row.step,
  kind: row.kind,
  savedAt: row.savedAt,
  metrics: row.metrics,
  byteLength: totalBytes(row.files),
  files: row.files.map(({ key, byteLength, treeSha256 }) => ({ key, byteLength, treeSha256 })),
  ...present(row),
});

export const binEntry = (row: BinRow): BinEntry => ({
  id: row.id,
  kind: row.kind,
  run: row.run.name,
  ...(row.kind === 'step' ? { step: row.step.step } : {}),
  binnedAt: row.binnedAt,
  expiresAt: row.binnedAt + BIN_MS,
});
