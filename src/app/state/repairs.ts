import { useEffect } from 'react';
import { create } from 'zustand';
import { type Fill, isLinnetError, type MatchReport, type MatchRow, type Repairs } from '#linnet/core';
import { inspector, useInspection } from './inspection';
import { sayError } from './messages';
import { sandbox } from './sandbox';
import { useSession } from './session';

export interface RepairStore {
  /** How the shown item meets the model; null before that is known, and without a run. */
  readonly match: MatchReport | null;
  readonly repairs: Repairs;
  /** What was chosen before, newest last: each can be undone. */
  readonly former: readonly Repairs[];
}

/** A new model's values for what is missing: nothing is made up. */
const FIRST: Repairs = { renames: [], fill: 'fresh', fills: [] };

/** What is done about the differences between the upload and the model. */
export const useRepairs = create<RepairStore>(() => ({ match: null, repairs: FIRST, former: [] }));

function change(make: (repairs: Repairs) => Repairs): void {
  useRepairs.setState(({ repairs, former }) => ({ repairs: make(repairs), former: [...former, repairs] }));
}

/** What every leaf gets that has nothing fitting; choices for single leaves are given up. */
export const fillAll = (fill: Repairs['fill']): void => change((repairs) => ({ ...repairs, fill, fills: [] }));

/** What one leaf of the model gets. */
export const fillOne = (path: string, fill: Fill): void =>
  change((repairs) => ({ ...repairs, fills: [...repairs.fills.filter(([other]) => other !== path), [path, fill]] }));

const without = (renames: Repairs['renames'], from: string, to: string): Repairs['renames'] =>
  renames.filter(([a, b]) => a !== from && b !== to);

/** Takes the leaf `from` of the checkpoint for the leaf `to` of the model. */
export const rename = (from: string, to: string): void =>
  change((repairs) => ({ ...repairs, renames: [...without(repairs.renames, from, to), [from, to]] }));

/** Gives a leaf its own name back. */
export const renameBack = (from: string): void =>
  change((repairs) => ({ ...repairs, renames: repairs.renames.filter(([other]) => other !== from) }));

/** The renames that shapes and names suggest. */
export const likelyRenames = (rows: readonly MatchRow[]): Repairs['renames'] =>
  rows.flatMap(({ likely, path }) => (likely === null ? [] : [[likely, path] as const]));

/** Takes every rename that shapes and names suggest. */
export const renameLikely = (rows: readonly MatchRow[]): void =>
  change((repairs) => ({ ...repairs, renames: [...repairs.renames, ...likelyRenames(rows)] }));

/** Back to the choice before the last. */
export const undoRepair = (): void =>
  useRepairs.setState(({ former }) => (former.length === 0 ? {} : { repairs: former.at(-1)!, former: former.slice(0, -1) }));

let asked = 0;

async function findMatch(): Promise<void> {
  const turn = ++asked;
  const leaves = await sandbox().modelLeaves();
  const { item } = useInspection.getState();
  if (leaves === null || item === null) return useRepairs.setState({ match: null });
  const match = (await inspector()?.match(item, leaves, useRepairs.getState().repairs)) ?? null;
  if (turn === asked) useRepairs.setState({ match });
}

/** Keeps the match up to date with the item shown, the model and the repairs. */
export function useMatch(): MatchReport | null {
  const report = useInspection((state) => state.report?.id);
  const item = useInspection((state) => state.item);
  const run = useSession((state) => state.session.run?.id);
  const repairs = useRepairs((state) => state.repairs);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another upload or item begins anew
  useEffect(() => useRepairs.setState({ match: null, repairs: FIRST, former: [] }), [report, item]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the match depends on
  useEffect(() => {
    findMatch().catch((error: unknown) => {
      if (!isLinnetError(error, 'AbortedError')) sayError(error);
    });
  }, [report, item, run, repairs]);
  return useRepairs((state) => state.match);
}
