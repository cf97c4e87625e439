import { LinnetError } from '#linnet/core';
import type { Locks } from '../locks';
import type { Catalog } from './catalog';
import type { Snapshot } from './catalogBackend';
import { noSuchRun, noSuchStep } from './names';
import type { Places } from './placedBytes';
import { type RunRow, type StepRow, stepPrefix, stepRowKey } from './rows';
import type { SlotPool } from './slotPool';

/** What can be told apart about time: one for people, which jumps, and one for waiting, which does not. */
export interface Clock {
  /** Milliseconds since 1970, as the computer believes. */
  now(): number;
  /** Milliseconds since some moment of this session; never goes back. */
  monotonic(): number;
}

/** What every part of the library works with. */
export interface Context {
  readonly catalog: Catalog;
  readonly pool: SlotPool;
  readonly places: Places;
  readonly locks: Locks;
  readonly clock: Clock;
  /** Checkpoints up to this size live in the catalogue. */
  readonly smallBytes: number;
  readonly lockScope: string;
  readonly lockLimitMs: number;
}

/** Runs `work` while no other tab changes the library; a LockedError when that takes too long. */
export async function exclusively<T>({ locks, lockScope, lockLimitMs }: Context, work: () => Promise<T>): Promise<T> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), lockLimitMs);
  const begin = () => {
    clearTimeout(timer);
    return work();
  };
  try {
    return await locks.run(`${lockScope}/commit`, begin, patience.signal);
  } catch (cause) {
    if (!patience.signal.aborted) throw cause;
    throw new LinnetError(
      'LockedError',
      `Another tab has kept the library busy for ${lockLimitMs / 1000} seconds. Close other Linnet tabs and try again.`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The row of a run that must be there. */
export async function getRun({ catalog }: Context, name: string): Promise<RunRow> {
  const row = (await catalog.look({ runs: { key: name } })).runs[0];
  if (row === undefined) throw noSuchRun(name);
  return row;
}

/** The run of a look that was planned by the run's id: it must still be the same run. */
export function sameRun(snapshot: Snapshot, run: RunRow): RunRow {
  const row = snapshot.runs[0];
  if (row?.id !== run.id) throw noSuchRun(run.name);
  return row;
}

/** Run and step rows that must be there. */
export async function getStep(context: Context, name: string, step: number): Promise<{ run: RunRow; row: StepRow }> {
  const run = await getRun(context, name);
  const row = (await context.catalog.look({ steps: { key: stepRowKey(run.id, step) } })).steps[0];
  if (row === undefined) throw noSuchStep(name, step);
  return { run, row };
}

/** All step rows of a run, by step; a CorruptFileError when the catalogue has lost some. */
export async function getSteps(context: Context, name: string): Promise<{ run: RunRow; rows: readonly StepRow[] }> {
  const { id } = await getRun(context, name);
  const snapshot = await context.catalog.look({ runs: { key: name }, steps: { prefix: stepPrefix(id) } });
  const run = snapshot.runs[0];
  if (run?.id !== id) throw noSuchRun(name);
  if (snapshot.steps.length !== run.stepCount) {
    throw new LinnetError(
      'CorruptFileError',
      `The catalogue lists ${snapshot.steps.length} steps of the run ${JSON.stringify(name)} but should list ${run.stepCount}. Download what is left.`,
    );
  }
  return { run, rows: snapshot.steps };
}
