import { playOn, runShown, startRunNow } from '../state/experiment';
import { adoptRun, sandbox } from '../state/sandbox';
import { patchSessionNow, useSession } from '../state/session';
import { useView } from '../state/view';
import type { Action } from './action';
import { blockedElsewhere } from './tabs';

const NOT_READY = 'The training worker is still starting.';
const session = () => useSession.getState().session;

const blockedUnlessReady = (): string | null => {
  const { connection } = useSession.getState();
  if (connection !== 'ready' || session().run === null) return NOT_READY;
  if (session().status === 'stopped') return 'Training stopped itself. Go back to a good checkpoint or start again first.';
  return blockedElsewhere();
};

/** Leaves a checkpoint that is looked at and waits for a run that is starting, so that what follows acts on the present. */
async function backToNow(): Promise<void> {
  await runShown();
  if (session().lookingAt !== null) await sandbox().lookAt(null);
}

export const playOrPause: Action = {
  id: 'play',
  label: 'Play or pause',
  group: 'Training',
  keys: [' '],
  keyLabel: 'Space',
  blocked: blockedUnlessReady,
  run: async () => {
    if (session().status === 'training') {
      await sandbox().pause();
    } else {
      await backToNow();
      await playOn();
    }
  },
};

export const oneStep: Action = {
  id: 'step',
  label: 'One step',
  group: 'Training',
  keys: ['.'],
  blocked: blockedUnlessReady,
  run: async () => {
    await backToNow();
    await sandbox().step(1);
  },
};

export const oneEpoch: Action = {
  id: 'epoch',
  label: 'One epoch',
  group: 'Training',
  keys: ['e'],
  blocked: blockedUnlessReady,
  run: async () => {
    await backToNow();
    await sandbox().epoch();
  },
};

export const reset: Action = {
  id: 'reset',
  label: 'Start again from step 0',
  also: 'restart clear',
  group: 'Training',
  keys: ['r'],
  blocked: () => (session().run === null ? NOT_READY : null),
  run: async () => {
    const { lookingAt } = session();
    if (lookingAt !== null) await sandbox().lookAt(null);
    patchSessionNow({ checkpoints: [] });
    if (session().run === null) await startRunNow();
    else await adoptRun(await sandbox().reset());
  },
};

/** Sets how fast Play goes: one step a frame, ten, or as many as fit. */
export async function chooseSpeed(speed: 1 | 10 | 'max'): Promise<void> {
  useView.setState({ speed });
  if (session().status === 'training') await playOn();
}

/** Sets how long training waits for a better test loss; 0 for ever. */
export async function choosePatience(patience: number): Promise<void> {
  useView.setState({ patience });
  if (session().status === 'training') await playOn();
}
