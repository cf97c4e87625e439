import type { Action } from './action';
import { branch, compare, continueInJax, downloadLatest, first, next, now, previous, save, saveNamed, undo } from './checkpoints';
import {
  dataDrawer,
  drawPoints,
  histograms,
  lossScale,
  modelCode,
  nextTheme,
  openFile,
  openFolder,
  palette,
  pasteCsv,
  share,
  shortcuts,
  singleKeys,
  testPoints,
  viewActions,
} from './page';
import { takeOver } from './tabs';
import { oneEpoch, oneStep, playOrPause, reset } from './training';
import { updatePage } from './updating';

/** Everything a person can do by key or palette, in the order both show it. */
export const ACTIONS: readonly Action[] = [
  playOrPause,
  oneStep,
  oneEpoch,
  reset,
  takeOver,
  save,
  saveNamed,
  branch,
  previous,
  next,
  first,
  now,
  compare,
  downloadLatest,
  continueInJax,
  undo,
  pasteCsv,
  drawPoints,
  openFile,
  openFolder,
  dataDrawer,
  modelCode,
  histograms,
  lossScale,
  testPoints,
  nextTheme,
  ...viewActions,
  share,
  shortcuts,
  singleKeys,
  updatePage,
  palette,
];
