import type { CheckpointInfo, CheckpointRef, ExportFormat } from '#linnet/core';
import { runShown, showExperiment } from '../state/experiment';
import { inspect } from '../state/inspection';
import { say } from '../state/messages';
import { adoptRun, refreshLists, sandbox } from '../state/sandbox';
import { patchSession, useSession } from '../state/session';
import { goTo, openDialog, setView } from '../state/view';
import { stepText } from '../ui/numbers';
import type { Action } from './action';
import { download } from './download';
import { copySaved } from './folders';
import { blockedElsewhere } from './tabs';

const state = () => useSession.getState();
const runId = () => state().session.run?.id ?? null;

const blockedWithoutRun = (): string | null => (runId() === null ? 'No run has started yet.' : null);
const blockedWithoutCheckpoints = (): string | null =>
  state().checkpoints.length === 0 ? 'No checkpoint of this run is saved yet.' : null;

/** The step that actions on "this checkpoint" mean: the one looked at, else the latest saved. */
export const stepInView = (): number | null => state().session.lookingAt ?? state().checkpoints.at(-1)?.step ?? null;

/** Saves the present state. The page says "Saved" when the worker reports the commit as verified, not before. */
export async function saveNow(options: { name?: string; note?: string } = {}): Promise<void> {
  await runShown();
  const { step } = await sandbox().save(options);
  const run = runId();
  if (run !== null) patchSession({ checkpoints: await sandbox().listCheckpoints(run) });
  await refreshLists();
  await copySaved(step);
}

export const save: Action = {
  id: 'save',
  label: 'Save checkpoint',
  group: 'Checkpoints',
  keys: ['s', 'ctrl+s'],
  keyLabel: 'S',
  blocked: () => {
    if (state().session.status === 'stopped') return 'There is nothing good to save: training stopped itself.';
    return blockedWithoutRun() ?? blockedElsewhere();
  },
  run: () => saveNow(),
};

export const saveNamed: Action = {
  id: 'name',
  label: 'Save with a name…',
  group: 'Checkpoints',
  keys: ['n'],
  blocked: save.blocked,
  run: () => openDialog('name'),
};

/** Shows a checkpoint, or the present with null. Looking changes nothing. */
let wanted: number | null | undefined;
let looking = false;
export async function lookAt(step: number | null): Promise<void> {
  wanted = step;
  if (looking) return;
  looking = true;
  try {
    while (wanted !== undefined) {
      const next: number | null = wanted;
      wanted = undefined;
      await sandbox().lookAt(next);
    }
  } finally {
    looking = false;
  }
}

function neighbour(direction: -1 | 1): number | null {
  const { session, checkpoints } = state();
  const here = session.lookingAt ?? Number.POSITIVE_INFINITY;
  const candidates = checkpoints.map(({ step }) => step).filter((step) => (direction < 0 ? step < here : step > here));
  return (direction < 0 ? candidates.at(-1) : candidates[0]) ?? null;
}

export const previous: Action = {
  id: 'previous',
  label: 'Look at the checkpoint before',
  group: 'Checkpoints',
  keys: ['['],
  blocked: () => blockedWithoutCheckpoints() ?? (neighbour(-1) === null ? 'This is the first checkpoint.' : null),
  run: () => lookAt(neighbour(-1)),
};

export const next: Action = {
  id: 'next',
  label: 'Look at the checkpoint after',
  group: 'Checkpoints',
  keys: [']'],
  blocked: () => (state().session.lookingAt === null ? 'This is now: there is nothing later.' : null),
  run: () => lookAt(neighbour(1)),
};

export const first: Action = {
  id: 'first',
  label: 'Look at the first checkpoint',
  group: 'Checkpoints',
  keys: ['Home'],
  blocked: blockedWithoutCheckpoints,
  run: () => lookAt(state().checkpoints[0]!.step),
};

export const now: Action = {
  id: 'now',
  label: 'Back to now',
  group: 'Checkpoints',
  keys: ['End'],
  blocked: () => (state().session.lookingAt === null ? 'This is now.' : null),
  run: () => lookAt(null),
};

/** Starts a new run at a checkpoint; the old run stays as it is. */
export async function branchFrom(run: string, step: number): Promise<void> {
  const branched = await sandbox().branch(run, step);
  showExperiment(branched.experiment);
  await adoptRun(branched);
  say({ tone: 'good', title: `${branched.name} starts at step ${stepText(step)}`, happened: 'The run it came from is unchanged.' });
}

/** Goes back to a checkpoint: the run continues there, bit for bit; later checkpoints stay. */
export async function restoreTo(run: string, step: number): Promise<void> {
  const restored = await sandbox().restore(run, step);
  showExperiment(restored.experiment);
  await adoptRun(restored);
  setView({ chosenRun: null, chosenStep: null });
  say({
    tone: 'good',
    title: `Restored at step ${stepText(step)}`,
    happened: `${useSession.getState().session.deviation ?? 'Training goes on from there, bit for bit.'} Later checkpoints stay.`,
  });
}

export const branch: Action = {
  id: 'branch',
  label: 'Branch from here',
  also: 'fork copy',
  group: 'Checkpoints',
  keys: ['b'],
  blocked: () => blockedWithoutRun() ?? blockedWithoutCheckpoints(),
  run: () => branchFrom(runId()!, stepInView()!),
};

/** Compares a checkpoint with an earlier one, in Checkpoints. */
export function compareSteps(with_: CheckpointRef, { run, step }: CheckpointRef): void {
  setView({ chosenRun: run, chosenStep: step, compareWith: with_ });
  goTo('checkpoints');
}

export const compare: Action = {
  id: 'compare',
  label: 'Compare this checkpoint with the one before',
  also: 'diff difference',
  group: 'Checkpoints',
  keys: ['x'],
  blocked: () => blockedWithoutRun() ?? (state().checkpoints.length < 2 ? 'Two checkpoints are needed to compare.' : null),
  run: () => {
    const steps = state().checkpoints.map(({ step }) => step);
    const at = Math.max(1, steps.indexOf(stepInView()!));
    const run = runId()!;
    compareSteps({ run, step: steps[at - 1]! }, { run, step: steps[at]! });
  },
};

/** Hands a checkpoint out as a file. */
export async function exportAs(run: string, step: number, format: ExportFormat): Promise<void> {
  const { name, blob } = await sandbox().exportCheckpoint(run, step, format);
  download(name, blob);
  await refreshLists();
}

/** Shows a saved checkpoint in Inspect, as anybody else's would be shown. */
export async function lookInside(run: string, step: number): Promise<void> {
  const { name, blob } = await sandbox().checkpointFile(run, step);
  await inspect({ name, files: [{ path: name, blob }] });
}

export const lookInsideThis: Action = {
  id: 'look-inside',
  label: 'Look inside this checkpoint',
  also: 'inspect tree leaves verify',
  group: 'Checkpoints',
  blocked: blockedWithoutCheckpoints,
  run: () => lookInside(runId()!, stepInView()!),
};

export const downloadLatest: Action = {
  id: 'download',
  label: 'Download this checkpoint (Orbax zip)',
  also: 'export backup save file',
  group: 'Checkpoints',
  blocked: blockedWithoutCheckpoints,
  run: () => exportAs(runId()!, stepInView()!, 'orbax'),
};

export const continueInJax: Action = {
  id: 'jax',
  label: 'Continue in JAX',
  also: 'python flax colab export script',
  group: 'Checkpoints',
  keys: ['j'],
  blocked: blockedWithoutCheckpoints,
  run: () => openDialog('jax'),
};

/** Puts a checkpoint into the bin and offers the way back. */
export async function bin({ run, step }: CheckpointInfo): Promise<void> {
  await sandbox().remove(run, step);
  const reload = async () => {
    if (run === runId()) patchSession({ checkpoints: await sandbox().listCheckpoints(run) });
    await refreshLists();
  };
  await reload();
  lastBinned = { run, step };
  say({
    tone: 'calm',
    title: `Step ${stepText(step)} is in the bin for 7 days`,
    happened: '',
    actions: [{ label: 'Undo', run: () => void undoBin().catch(() => {}) }],
  });
}

let lastBinned: { readonly run: string; readonly step: number } | null = null;

async function undoBin(): Promise<void> {
  if (lastBinned === null) return;
  const { run, step } = lastBinned;
  lastBinned = null;
  await sandbox().undoRemove(run, step);
  if (run === runId()) patchSession({ checkpoints: await sandbox().listCheckpoints(run) });
  await refreshLists();
  say({ tone: 'good', title: `Step ${stepText(step)} is back`, happened: '' });
}

export const undo: Action = {
  id: 'undo',
  label: 'Take back what was binned last',
  also: 'undo undelete restore bin',
  group: 'Checkpoints',
  keys: ['ctrl+z'],
  keyLabel: 'Ctrl Z',
  blocked: () => (lastBinned === null ? 'Nothing was binned in this visit.' : null),
  run: undoBin,
};
