import type { Context } from './context';
import { type StepRow, totalBytes } from './rows';

/** What the library holds, by its own count: exact, where the browser's estimate is padded. */
export interface LibraryUsage {
  readonly runs: number;
  readonly steps: number;
  /** Entries of the bin. */
  readonly binned: number;
  /** Rows of files kept in the catalogue. */
  readonly fileRows: number;
  readonly slots: number;
  readonly freeSlots: number;
  /** Bytes of the steps that are listed. */
  readonly stepBytes: number;
  /** Bytes that emptying the bin would free. */
  readonly binnedBytes: number;
  /** Bytes of all slot files, used or free. */
  readonly slotBytes: number;
  /** Everything on disk: rows of files and slot files. */
  readonly totalBytes: number;
}

const bytesOf = (rows: readonly StepRow[]): number => rows.reduce((sum, row) => sum + totalBytes(row.files), 0);

export async function measureUsage({ catalog }: Context): Promise<LibraryUsage> {
  const all = { prefix: '' };
  const { runs, steps, bin, slots } = await catalog.look({ runs: all, steps: all, bin: all, slots: all });
  const liveRuns = new Set(runs.map(({ id }) => id));
  const live = steps.filter(({ runId }) => liveRuns.has(runId));
  const binned = [
    ...steps.filter(({ runId }) => !liveRuns.has(runId)),
    ...bin.flatMap((entry) => (entry.kind === 'step' ? [entry.step] : [])),
  ];
  const inRows = [...live, ...binned].filter(({ place }) => place.in === 'files');
  return {
    runs: runs.length,
    steps: live.length,
    binned: bin.length,
    fileRows: (await catalog.backend.fileKeys('')).length,
    slots: slots.length,
    freeSlots: slots.filter(({ owner }) => owner === null).length,
    stepBytes: bytesOf(live),
    binnedBytes: bytesOf(binned),
    slotBytes: totalBytes(slots),
    totalBytes: bytesOf(inRows) + totalBytes(slots),
  };
}
