import { showExperiment } from '../state/experiment';
import { say } from '../state/messages';
import { adoptRun, sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { stepText } from '../ui/numbers';
import type { Action } from './action';

/** Makes this tab the one that trains the open run. */
export const takeOver: Action = {
  id: 'take-over',
  label: 'Take this run over from another tab',
  group: 'Training',
  blocked: () => (useSession.getState().session.elsewhere === null ? 'No other tab has this run.' : null),
  run: async () => {
    const run = await sandbox().takeOver();
    showExperiment(run.experiment);
    await adoptRun(run);
    const { step } = useSession.getState().session;
    say({ tone: 'good', title: `This tab has the run now`, happened: `It goes on from step ${stepText(step)}, saved by the other tab.` });
  },
};

/** Why what changes the open run is not done here; null when it is. */
export const blockedElsewhere = (): string | null =>
  useSession.getState().session.elsewhere === null ? null : 'This run is read-only here: take it over, or branch it.';
