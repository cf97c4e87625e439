import type { CheckpointInfo } from '#linnet/core';
import type { StepInfo } from '#linnet/store';

/** The kind of a step that was saved without being asked for. */
const AUTOSAVE = 'autosave';

/** How a step is saved. */
export interface SaveDetails {
  readonly kind: 'auto' | 'manual';
  readonly name?: string | undefined;
  readonly note?: string | undefined;
  readonly metrics: { readonly trainLoss: number | null; readonly testLoss: number | null; readonly testAccuracy: number | null };
}

/** The same in the library's words. */
export function saveOptions({ kind, name, note, metrics }: SaveDetails) {
  return {
    metrics: Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== null)) as Record<string, number>,
    kind: kind === 'auto' ? AUTOSAVE : 'manual',
    replace: true,
    ...(name === undefined ? {} : { name }),
    ...(note === undefined ? {} : { note }),
  };
}

/** The step with the lowest test loss; undefined when none was evaluated. */
function bestOf(steps: readonly StepInfo[]): StepInfo | undefined {
  const evaluated = steps.filter(({ metrics }) => Number.isFinite(metrics.testLoss));
  return evaluated.reduce<StepInfo | undefined>(
    (best, info) => (best === undefined || info.metrics.testLoss! < best.metrics.testLoss! ? info : best),
    undefined,
  );
}

/** The step that was saved last, whatever its number; null when there is none. */
export const savedLast = (steps: readonly StepInfo[]): StepInfo | null =>
  steps.reduce<StepInfo | null>((latest, info) => (latest === null || info.id > latest.id ? info : latest), null);

const checkpointInfo = (info: StepInfo, isBest: boolean): CheckpointInfo => ({
  run: info.run,
  step: info.step,
  savedAtMs: info.savedAt,
  byteLength: info.byteLength,
  kind: info.kind === AUTOSAVE ? 'auto' : 'manual',
  name: info.name ?? null,
  note: info.note ?? null,
  trainLoss: info.metrics.trainLoss ?? null,
  testLoss: info.metrics.testLoss ?? null,
  testAccuracy: info.metrics.testAccuracy ?? null,
  isBest,
});

/** Steps of one run as the page lists them. */
export function checkpointInfos(steps: readonly StepInfo[]): CheckpointInfo[] {
  const best = bestOf(steps);
  return steps.map((info) => checkpointInfo(info, info === best));
}

/** The autosaves of a run beyond the newest `kept`: neither the best nor one with a name. */
export function surplusAutosaves(steps: readonly StepInfo[], kept: number): number[] {
  const best = bestOf(steps);
  const disposable = steps.filter((info) => info.kind === AUTOSAVE && info.name === undefined && info !== best);
  return disposable.slice(0, Math.max(0, disposable.length - kept)).map(({ step }) => step);
}
