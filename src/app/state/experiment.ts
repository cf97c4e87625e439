import { create } from 'zustand';
import { DEFAULT_EXPERIMENT, type Experiment } from '#linnet/core';
import type { OwnData } from '#linnet/worker';
import type { LessonPart } from './lessonParts';
import { writeLink } from './link';
import { sayError } from './messages';
import { adoptRun, sandbox } from './sandbox';
import { useSession } from './session';
import { useView } from './view';

export interface ExperimentStore {
  /** What the controls show; the run follows within a moment. */
  readonly draft: Experiment;
  /** The person's own table or points, when the data is `csv` or `points`. */
  readonly ownData: OwnData | null;
  /** The last own table and points, so that choosing them again needs no new file. */
  readonly kept: { readonly csv: OwnData | null; readonly points: OwnData | null };
}

export const useExperiment = create<ExperimentStore>(() => ({
  draft: DEFAULT_EXPERIMENT,
  ownData: null,
  kept: { csv: null, points: null },
}));

/** Long enough for a slider's drag to be one run, short enough to feel at once. */
const SETTLE_MS = 180;
let timer: ReturnType<typeof setTimeout> | undefined;
let starting: Promise<void> = Promise.resolve();

/** The address of an experiment, with what this page hides. */
const linkTo = (draft: Experiment): string => `#${writeLink(draft, useView.getState().hidden)}`;

const isOwn = (experiment: Experiment): boolean => experiment.data.name === 'csv' || experiment.data.name === 'points';

/** Trains as the page is set: how fast, and until when. */
export function playOn(): Promise<void> {
  const { speed, patience } = useView.getState();
  return sandbox().play({ speed, ...(patience > 0 && { patience }) });
}

/** Something was changed before there was a worker that could start a run of it. */
let early = false;

/** Whether the controls were used while the sandbox was being started: the first run is then theirs. */
export const wasChangedEarly = (): boolean => early;

async function startRun(): Promise<void> {
  if (useSession.getState().connection === 'connecting') {
    early = true;
    return;
  }
  const { draft, ownData } = useExperiment.getState();
  const wasTraining = useSession.getState().session.status === 'training';
  const run = await sandbox().newRun(draft, isOwn(draft) && ownData !== null ? ownData : undefined);
  await adoptRun(run);
  history.replaceState(history.state, '', linkTo(draft));
  if (wasTraining) await playOn();
}

/** Starts a run of the draft now; runs start one after the other. */
export function startRunNow(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  starting = starting.then(startRun, startRun).catch((error: unknown) => void sayError(error));
  return starting;
}

function startRunSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void startRunNow(), SETTLE_MS);
}

/** Resolves when the run that the controls show is the present one: what is done right after a change is meant for it. */
export const runShown = (): Promise<void> => (timer === undefined ? starting : startRunNow());

type Section = 'data' | 'model' | 'training';

/** Changes what a run is made of: a new run starts, the old one stays in Checkpoints. */
export function change<S extends Section>(section: S, patch: Partial<Experiment[S]>): void {
  useExperiment.setState(({ draft }) => ({ draft: { ...draft, [section]: { ...draft[section], ...patch } } }));
  startRunSoon();
}

/** Changes how the present run goes on: rate, schedule, decay and clipping apply at once; another method needs a new run. */
export function changeOptimizer(patch: Partial<Experiment['optimizer']>): void {
  const { draft } = useExperiment.getState();
  const optimizer = { ...draft.optimizer, ...patch };
  useExperiment.setState({ draft: { ...draft, optimizer } });
  const isStarted = useSession.getState().session.run !== null;
  if (!isStarted || (patch.name !== undefined && patch.name !== draft.optimizer.name)) {
    startRunSoon();
    return;
  }
  sandbox()
    .updateOptimizer(optimizer)
    .then(() => history.replaceState(history.state, '', linkTo(useExperiment.getState().draft)))
    .catch(sayError);
}

/** Trains on the person's own rows. */
export function trainOnOwnData(name: 'csv' | 'points', ownData: OwnData): void {
  useExperiment.setState(({ draft, kept }) => ({
    draft: { ...draft, data: { ...draft.data, name, standardize: name === 'csv' } },
    ownData,
    kept: { ...kept, [name]: ownData },
  }));
  void startRunNow();
}

/** Replaces the whole experiment, as a preset or a link does. */
export function adoptExperiment(draft: Experiment): Promise<void> {
  useExperiment.setState({ draft });
  return startRunNow();
}

/** Shows the experiment of a run that was restored, branched or loaded, without starting another. */
export function showExperiment(draft: Experiment): void {
  useExperiment.setState({ draft });
  history.replaceState(history.state, '', linkTo(draft));
}

/** Leaves parts of the page out, here and in its address. */
export function hideParts(hidden: readonly LessonPart[]): void {
  useView.setState({ hidden });
  history.replaceState(history.state, '', linkTo(useExperiment.getState().draft));
}
