import { create } from 'zustand';
import { type GuideResult, type GuideValues, isLinnetError } from '#linnet/core';
import { type GuideSectionCode, GuideWorker } from '#linnet/worker';
import { sayError } from './messages';

export interface GuideStore {
  readonly values: GuideValues;
  /** The sections' code; null before the worker has told it. */
  readonly sections: readonly GuideSectionCode[] | null;
  /** What the last run of each section came to, with the values it ran with. */
  readonly results: ReadonlyMap<string, { readonly result: GuideResult; readonly values: GuideValues }>;
  /** Index of the section that is wanted, while it or those before it run. */
  readonly running: number | null;
}

/** The guide as the page shows it: outputs stay when the view is left. */
export const useGuide = create<GuideStore>(() => ({
  values: { dim: 4, seed: 0, partitionable: true, useBias: false, name: 'state' },
  sections: null,
  results: new Map(),
  running: null,
}));

let worker: GuideWorker | null = null;

/** Starts the guide's worker, if it does not run, and asks for the sections' code. */
export async function openGuide(): Promise<void> {
  worker ??= new GuideWorker();
  if (useGuide.getState().sections !== null) return;
  try {
    useGuide.setState({ sections: await worker.sections() });
  } catch (error) {
    if (!isLinnetError(error, 'AbortedError')) sayError(error);
  }
}

/** Ends the guide's worker, and with it what runs. */
export function closeGuide(): void {
  worker?.close();
  worker = null;
  useGuide.setState({ running: null });
}

/** Changes values; sections keep their outputs, marked as those of other values, until they are run again. */
export const changeGuide = (patch: Partial<GuideValues>): void => useGuide.setState(({ values }) => ({ values: { ...values, ...patch } }));

/** Runs a section with the present values, and before it what has not run with them yet. */
export async function runGuide(index: number): Promise<void> {
  const { values, running } = useGuide.getState();
  if (running !== null) return;
  worker ??= new GuideWorker();
  useGuide.setState({ running: index });
  try {
    await worker.run(index, values, (result) =>
      useGuide.setState(({ results }) => ({ results: new Map(results).set(result.id, { result, values }) })),
    );
  } catch (error) {
    if (!isLinnetError(error, 'AbortedError')) sayError(error);
  } finally {
    useGuide.setState({ running: null });
  }
}
