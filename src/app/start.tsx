import { createRoot } from 'react-dom/client';
import { perform } from './actions/action';
import { downloadLatest } from './actions/checkpoints';
import { openFirstRun } from './actions/updating';
import { App } from './shell/App';
import { loadCheckpoints, loadDialogs, loadGuide, loadInspect } from './shell/lazyParts';
import { adoptExperiment, useExperiment } from './state/experiment';
import { readHidden, readLink } from './state/link';
import { say, sayError } from './state/messages';
import { prepareOffline } from './state/offline';
import { askAtFirstSave, remindOfBackup } from './state/persistence';
import { watchRequests } from './state/requests';
import { rememberRun } from './state/resume';
import { connectSandbox, refreshLists, sandbox } from './state/sandbox';
import { useSession } from './state/session';
import { setView, useView, VIEWS } from './state/view';

function readAddress(): void {
  const { experiment, problems } = readLink(location.hash);
  setView({ hidden: readHidden(location.hash) });
  const own = experiment.data.name === 'csv' || experiment.data.name === 'points';
  const draft = own ? { ...experiment, data: { ...experiment.data, name: 'spiral' as const } } : experiment;
  useExperiment.setState({ draft });
  if (problems.length > 0) {
    say({
      tone: 'caution',
      title: 'This link cannot be read',
      happened: problems.slice(0, 3).join(' '),
      todo: 'The first visit’s experiment is shown instead.',
    });
  }
  if (own) {
    say({
      tone: 'caution',
      title: 'This link was made with own data',
      happened: 'Links carry settings, never rows.',
      todo: 'Drop the table on the page, or draw the points, to train with these settings.',
    });
  }
}

/** Builds the page, starts the worker and the run that the address asks for. */
export function startPage(): void {
  document.documentElement.dataset.theme = useView.getState().theme;
  readAddress();
  createRoot(document.getElementById('linnet')!).render(<App />);
  addEventListener('popstate', ({ state }) => {
    const view = VIEWS.find((name) => name === state?.view) ?? 'train';
    setView({ view });
  });
  addEventListener('hashchange', () => {
    readAddress();
    void adoptExperiment(useExperiment.getState().draft);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && useSession.getState().connection === 'ready') sandbox().hidden().catch(sayError);
  });
  rememberRun();
  askAtFirstSave(() => void refreshLists().catch(sayError));
  remindOfBackup(() => void perform(downloadLatest));
  addEventListener('load', () => {
    watchRequests();
    void prepareOffline();
    requestIdleCallback(() => void Promise.all([loadCheckpoints(), loadInspect(), loadGuide(), loadDialogs()]), { timeout: 3000 });
  });
  void connectSandbox()
    .then((ready) => (ready ? openFirstRun() : undefined))
    .catch(sayError);
}
