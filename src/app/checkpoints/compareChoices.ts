import type { CheckpointInfo, CheckpointRef } from '#linnet/core';
import type { RunSummary } from '../state/session';
import { stepText } from '../ui/numbers';

/** A checkpoint as one text: the step, then the run, whose name may hold anything. */
export const keyOf = ({ run, step }: CheckpointRef): string => `${step} ${run}`;

/** What can be compared with: the run's other steps, newest first, the latest of other runs, and what is compared with now. */
export function choices(
  steps: readonly CheckpointInfo[],
  runs: readonly RunSummary[],
  first: CheckpointRef,
  second: CheckpointRef,
): (readonly [string, string])[] {
  const own = steps
    .toReversed()
    .filter(({ step }) => step !== second.step)
    .map((info) => {
      const marks = [info.isBest ? 'best' : '', info.name ?? ''].filter((mark) => mark !== '');
      return [keyOf(info), [`step ${stepText(info.step)}`, ...marks].join(', ')] as const;
    });
  const others = runs
    .filter(({ run, latestStep }) => run.id !== second.run && latestStep !== null)
    .map(({ run, latestStep }) => [keyOf({ run: run.id, step: latestStep! }), `${run.name}, step ${stepText(latestStep!)}`] as const);
  const all = [...own, ...others];
  if (all.some(([key]) => key === keyOf(first))) return all;
  const name = runs.find(({ run }) => run.id === first.run)?.run.name ?? 'another run';
  return [[keyOf(first), `${name}, step ${stepText(first.step)}`], ...all];
}
