import { create } from 'zustand';
import type { CheckpointRef } from '#linnet/core';
import type { LessonPart } from './lessonParts';

export const VIEWS = ['train', 'checkpoints', 'inspect', 'guide'] as const;
export type ViewName = (typeof VIEWS)[number];
export type Theme = 'light' | 'dark' | 'contrast';
/** The tabs that small screens have instead of panes. */
export type SmallTab = 'data' | 'model' | 'result' | 'runs';
/** Dialogs that lie over the view, one at a time. */
export type DialogName = 'palette' | 'shortcuts' | 'csv' | 'points' | 'name' | 'jax' | 'lesson';

export interface ViewStore {
  readonly view: ViewName;
  readonly theme: Theme;
  /** `system` follows the operating system. */
  readonly themeChoice: Theme | 'system';
  readonly smallTab: SmallTab;
  /** The left pane of medium widths is a drawer. */
  readonly drawerOpen: boolean;
  readonly dialog: DialogName | null;
  readonly lossScale: 'log' | 'linear';
  readonly showTestPoints: boolean;
  readonly modelAs: 'picture' | 'code' | 'tree' | 'spread';
  readonly speed: 1 | 10 | 'max';
  /** Steps without a better test loss after which training pauses; 0 never. */
  readonly patience: number;
  readonly singleKeys: boolean;
  /** The run and step chosen in Checkpoints; null is the present run, or its latest. */
  readonly chosenRun: string | null;
  readonly chosenStep: number | null;
  /** What the chosen step is compared with; null when nothing is compared. */
  readonly compareWith: CheckpointRef | null;
  /** Parts that the link leaves out, for a lesson. */
  readonly hidden: readonly LessonPart[];
}

/** A choice of an earlier visit; null when there is none. */
export function stored(key: string): string | null {
  try {
    return localStorage.getItem(`linnet-${key}`);
  } catch {
    return null;
  }
}

/** Keeps a choice for the next visit, where the browser allows it. */
export function store(key: string, value: string): void {
  try {
    localStorage.setItem(`linnet-${key}`, value);
  } catch {
    // A browser without storage forgets the choice; nothing else depends on it.
  }
}

/** What the operating system asks for. */
export function systemTheme(): Theme {
  if (matchMedia('(prefers-contrast: more)').matches) return 'contrast';
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

const choice = stored('theme');
const themeChoice = choice === 'light' || choice === 'dark' || choice === 'contrast' ? choice : 'system';

/** What is shown and how; nothing of it reaches the worker but colours. */
export const useView = create<ViewStore>(() => ({
  view: 'train',
  theme: themeChoice === 'system' ? systemTheme() : themeChoice,
  themeChoice,
  smallTab: 'result',
  drawerOpen: false,
  dialog: null,
  lossScale: 'log',
  showTestPoints: true,
  modelAs: 'picture',
  speed: 'max',
  patience: 0,
  singleKeys: stored('single-keys') !== 'off',
  chosenRun: null,
  chosenStep: null,
  compareWith: null,
  hidden: [],
}));

export const setView = useView.setState;

/** Opens or closes a dialog. */
export const openDialog = (dialog: DialogName | null): void => setView({ dialog });

/** Shows a view; the browser's Back returns to the one before. */
export function goTo(view: ViewName): void {
  if (useView.getState().view === view) return;
  setView({ view, drawerOpen: false });
  history.pushState({ view }, '', location.href);
}

/** Chooses a theme for this and later visits. */
export function chooseTheme(themeChoice: Theme | 'system'): void {
  store('theme', themeChoice);
  setView({ themeChoice, theme: themeChoice === 'system' ? systemTheme() : themeChoice });
}
