import { closeInspection, useInspection } from '../state/inspection';
import { undoRepair, useRepairs } from '../state/repairs';
import { useSession } from '../state/session';
import { chooseTheme, goTo, useView } from '../state/view';
import { type Action, always } from './action';
import { downloadLatest, exportAs, stepInView } from './checkpoints';
import { chooseSpeed } from './training';

const SPEEDS = [
  [1, 'one step a frame'],
  [10, 'ten steps a frame'],
  ['max', 'as fast as it goes'],
] as const;

/** How fast Play goes. */
export const speedActions: readonly Action[] = SPEEDS.map(([speed, words]) => ({
  id: `speed-${speed}`,
  label: `Speed: ${words}`,
  group: 'Training',
  blocked: () => (useView.getState().speed === speed ? 'This is the speed now.' : null),
  run: () => chooseSpeed(speed),
}));

const THEMES = [
  ['system', 'as the system'],
  ['light', 'light'],
  ['dark', 'dark'],
  ['contrast', 'high contrast'],
] as const;

/** The themes by name. */
export const themeActions: readonly Action[] = THEMES.map(([theme, words]) => ({
  id: `theme-${theme}`,
  also: 'mode appearance colours',
  label: `Theme: ${words}`,
  group: 'Look',
  blocked: () => (useView.getState().themeChoice === theme ? 'This is the theme now.' : null),
  run: () => chooseTheme(theme),
}));

/** The checkpoint in view as one file of arrays. */
export const exportActions: readonly Action[] = (['safetensors', 'npz'] as const).map((format) => ({
  id: `download-${format}`,
  also: 'export save file weights',
  label: `Download this checkpoint’s parameters (${format})`,
  group: 'Checkpoints',
  blocked: downloadLatest.blocked,
  run: () => exportAs(useSession.getState().session.run!.id, stepInView()!, format),
}));

export const runGuideAction: Action = {
  id: 'run-guide',
  label: 'Run the whole guide',
  group: 'Page',
  blocked: always,
  run: async () => {
    goTo('guide');
    const [{ runGuide }, { SECTION_TEXTS }] = await Promise.all([import('../state/guide'), import('../guide/sectionTexts')]);
    await runGuide(SECTION_TEXTS.length - 1);
  },
};

export const undoLastRepair: Action = {
  id: 'undo-repair',
  label: 'Undo the last repair (Inspect)',
  group: 'Data',
  blocked: () => (useRepairs.getState().former.length === 0 ? 'No repair was chosen.' : null),
  run: undoRepair,
};

export const closeInspected: Action = {
  id: 'close-inspected',
  label: 'Close the checkpoint that is looked into',
  group: 'Data',
  blocked: () => (useInspection.getState().report === null ? 'No checkpoint from outside is open.' : null),
  run: closeInspection,
};
