import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { lazy, Suspense } from 'react';
import { useView, type ViewName } from '../state/view';
import { Timeline } from '../timeline/Timeline';
import { ErrorBoundary } from '../ui/ErrorBoundary';
import { TrainView } from '../views/TrainView';
import { DropZone } from './DropZone';
import { loadCheckpoints, loadDialogs, loadGuide, loadInspect } from './lazyParts';
import { Messages } from './Messages';
import { ProblemBanner } from './ProblemBanner';
import { ReadOnlyBanner } from './ReadOnlyBanner';
import { StatusLine } from './StatusLine';
import { SmallTabs, TopBar } from './TopBar';
import { Transport } from './Transport';
import { useAppearance } from './useAppearance';
import { useKeys } from './useKeys';

const CheckpointsView = lazy(loadCheckpoints);
const InspectView = lazy(loadInspect);
const GuideView = lazy(loadGuide);
const Dialogs = lazy(loadDialogs);

function View({ view }: { readonly view: ViewName }) {
  switch (view) {
    case 'train':
      return <TrainView />;
    case 'checkpoints':
      return <CheckpointsView />;
    case 'inspect':
      return <InspectView />;
    case 'guide':
      return <GuideView />;
  }
}

/** The whole page: bar, view, dock, status; over it dialogs, messages and the drop zone. */
export function App() {
  const view = useView((state) => state.view);
  const dialog = useView((state) => state.dialog);
  const hidden = useView((state) => state.hidden);
  useKeys();
  useAppearance();
  return (
    <CSPProvider disableStyleElements>
      <Tooltip.Provider delay={400}>
        <div className="app" data-view={view}>
          <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
            Skip to the view
          </button>
          {!hidden.includes('views') && <TopBar />}
          <SmallTabs />
          <main id="main" tabIndex={-1}>
            <ProblemBanner place="top" />
            <ReadOnlyBanner />
            <ErrorBoundary key={view}>
              <Suspense fallback={<div className="view" />}>
                <View view={view} />
              </Suspense>
            </ErrorBoundary>
          </main>
          <section className="dock" aria-label="Run">
            <Transport />
            {!hidden.includes('timeline') && (
              <ErrorBoundary>
                <Timeline />
              </ErrorBoundary>
            )}
          </section>
          {!hidden.includes('status') && <StatusLine />}
          <Messages />
          <DropZone />
          <Suspense>{dialog !== null && <Dialogs dialog={dialog} />}</Suspense>
        </div>
      </Tooltip.Provider>
    </CSPProvider>
  );
}
