import { hideParts, useExperiment } from '../state/experiment';
import { say } from '../state/messages';
import { chooseTheme, goTo, openDialog, setView, store, useView, VIEWS } from '../state/view';
import { type Action, always } from './action';
import { copyText } from './download';
import { pickUpload } from './upload';

const LABELS = { train: 'Train', checkpoints: 'Checkpoints', inspect: 'Inspect', guide: 'Guide' } as const;

/** One action per view, on the number keys. */
export const viewActions: readonly Action[] = VIEWS.map((view, i) => ({
  id: `view-${view}`,
  label: `Go to ${LABELS[view]}`,
  group: 'Page',
  keys: [String(i + 1)],
  blocked: always,
  run: () => goTo(view),
}));

export const palette: Action = {
  id: 'palette',
  label: 'Do anything',
  group: 'Page',
  keys: ['ctrl+k'],
  keyLabel: 'Ctrl K',
  blocked: always,
  run: () => openDialog('palette'),
};

export const shortcuts: Action = {
  id: 'shortcuts',
  label: 'Keyboard shortcuts',
  also: 'help keys',
  group: 'Page',
  keys: ['?'],
  blocked: always,
  run: () => openDialog('shortcuts'),
};

export const share: Action = {
  id: 'share',
  label: 'Copy a link to this experiment',
  also: 'url share',
  group: 'Page',
  blocked: always,
  run: async () => {
    const own = ['csv', 'points'].includes(useExperiment.getState().draft.data.name);
    await copyText(location.href);
    say({
      tone: own ? 'caution' : 'good',
      title: 'Link copied',
      happened: own
        ? 'It holds the settings. Your own rows are not in it: they never leave this device.'
        : 'It holds every setting of this experiment, and nothing else.',
    });
  },
};

export const lesson: Action = {
  id: 'lesson',
  label: 'Share as a lesson: hide controls, embed…',
  also: 'embed teach hide',
  group: 'Page',
  blocked: always,
  run: () => openDialog('lesson'),
};

export const showAll: Action = {
  id: 'show-all',
  label: 'Show every control again',
  group: 'Look',
  blocked: () => (useView.getState().hidden.length === 0 ? 'Nothing is hidden.' : null),
  run: () => hideParts([]),
};

export const nextTheme: Action = {
  id: 'theme',
  label: 'Change the theme',
  also: 'dark mode appearance colours',
  group: 'Look',
  blocked: always,
  run: () => {
    const order = ['light', 'dark', 'contrast'] as const;
    chooseTheme(order[(order.indexOf(useView.getState().theme) + 1) % order.length]!);
  },
};

export const lossScale: Action = {
  id: 'loss-scale',
  label: 'Loss on a log or linear axis',
  group: 'Look',
  blocked: always,
  run: () => setView({ lossScale: useView.getState().lossScale === 'log' ? 'linear' : 'log' }),
};

export const testPoints: Action = {
  id: 'test-points',
  label: 'Show or hide test points',
  group: 'Look',
  blocked: always,
  run: () => setView({ showTestPoints: !useView.getState().showTestPoints }),
};

export const modelCode: Action = {
  id: 'code',
  label: 'Show the model as code or picture',
  group: 'Look',
  keys: ['c'],
  blocked: always,
  run: () => {
    setView({ modelAs: useView.getState().modelAs === 'picture' ? 'code' : 'picture' });
    goTo('train');
  },
};

export const histograms: Action = {
  id: 'histograms',
  label: 'Show histograms of weights and gradients',
  group: 'Look',
  keys: ['h'],
  blocked: always,
  run: () => {
    setView({ modelAs: useView.getState().modelAs === 'spread' ? 'picture' : 'spread', smallTab: 'model' });
    goTo('train');
  },
};

export const dataDrawer: Action = {
  id: 'data',
  label: 'Data and optimiser',
  group: 'Data',
  keys: ['d'],
  blocked: always,
  run: () => {
    goTo('train');
    setView({ drawerOpen: !useView.getState().drawerOpen, smallTab: 'data' });
  },
};

export const pasteCsv: Action = {
  id: 'csv',
  label: 'Train on a CSV table…',
  also: 'import own data upload paste',
  group: 'Data',
  blocked: always,
  run: () => openDialog('csv'),
};

export const drawPoints: Action = {
  id: 'points',
  label: 'Draw my own points…',
  also: 'own data canvas',
  group: 'Data',
  blocked: always,
  run: () => openDialog('points'),
};

export const openFile: Action = {
  id: 'open-file',
  label: 'Look inside a checkpoint file…',
  also: 'upload import drop safetensors npz zip inspect',
  group: 'Data',
  blocked: always,
  run: () => pickUpload('file'),
};

export const openFolder: Action = {
  id: 'open-folder',
  label: 'Look inside a checkpoint folder…',
  also: 'upload import drop orbax inspect',
  group: 'Data',
  blocked: always,
  run: () => pickUpload('folder'),
};

export const singleKeys: Action = {
  id: 'single-keys',
  label: 'Turn single-key shortcuts on or off',
  group: 'Page',
  blocked: always,
  run: () => {
    const on = !useView.getState().singleKeys;
    setView({ singleKeys: on });
    store('single-keys', on ? 'on' : 'off');
    say({ tone: 'calm', title: `Single-key shortcuts are ${on ? 'on' : 'off'}`, happened: 'Ctrl K works either way.' });
  },
};
