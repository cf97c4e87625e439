import { adoptExperiment, useExperiment, wasChangedEarly } from '../state/experiment';
import { readLink, writeLink } from '../state/link';
import { update, useOffline } from '../state/offline';
import { runLeft } from '../state/resume';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import type { Action } from './action';
import { restoreTo, saveNow } from './checkpoints';

/** Where the run that is open is named while the page reloads. */
const RESUME = 'linnet-resume';

/** Pauses, saves what is not saved, and remembers which run to open again. What fails keeps the page as it is. */
async function settle(): Promise<void> {
  if (useSession.getState().session.status === 'training') await sandbox().pause();
  const { run, step, save } = useSession.getState().session;
  if (run === null || step === 0) return;
  if (save.type !== 'saved' || save.step !== step) await saveNow();
  sessionStorage.setItem(RESUME, JSON.stringify([run.id, useSession.getState().session.step]));
}

export const updatePage: Action = {
  id: 'update',
  label: 'Bring in the new version (saves first)',
  group: 'Page',
  blocked: () => (useOffline.getState().waiting === null ? 'This is the newest version that is known here.' : null),
  run: () => update(settle),
};

/** Opens the run that was open in this tab before, at its newest step; false when there is none, or it cannot be opened. */
async function goOn(): Promise<boolean> {
  const left = runLeft(writeLink(readLink(location.hash).experiment));
  if (left === null) return false;
  const saved = (await sandbox().listRuns()).find(({ run }) => run.id === left);
  if (saved?.latestStep == null) return false;
  return restoreTo(left, saved.latestStep).then(
    () => true,
    () => false,
  );
}

/**
 * Opens the run that was open before an update or a reload; else the one that the address asks for. What a person has set meanwhile
 * comes before both.
 */
export async function openFirstRun(): Promise<void> {
  const resume = sessionStorage.getItem(RESUME);
  sessionStorage.removeItem(RESUME);
  if (resume === null || wasChangedEarly()) {
    if (wasChangedEarly() || !(await goOn())) await adoptExperiment(useExperiment.getState().draft);
    return;
  }
  const [run, step] = JSON.parse(resume) as [string, number];
  await restoreTo(run, step);
}
