import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { Problem } from '#linnet/core';
import { perform } from '../actions/action';
import { exportAs, restoreTo, saveNow } from '../actions/checkpoints';
import { reset } from '../actions/training';
import { ADVICE } from '../state/advice';
import { changeOptimizer, useExperiment } from '../state/experiment';
import { sayError } from '../state/messages';
import { goOnOnCpu } from '../state/sandbox';
import { useSession } from '../state/session';
import { Check } from '../ui/Check';
import { Countdown } from '../ui/Countdown';
import { stepText } from '../ui/numbers';

const CALMER_CLIP = 1;

/** The newest checkpoint of a run from before training stopped at its present step; where there is none, the newest of all. */
const useWayBack = (): number | undefined =>
  useSession(({ checkpoints, session }) => (checkpoints.findLast(({ step }) => step < (session.step ?? 0)) ?? checkpoints.at(-1))?.step);

function GoBack() {
  const [calmer, setCalmer] = useState(true);
  const run = useSession((state) => state.session.run);
  const latest = useWayBack();
  const rate = useExperiment((state) => state.draft.optimizer.learningRate);
  if (run === null) return null;
  const goBack = async () => {
    if (latest === undefined) await perform(reset);
    else await restoreTo(run.id, latest);
    if (calmer) changeOptimizer({ learningRate: rate / 10, clipNorm: CALMER_CLIP });
  };
  return (
    <>
      <button type="button" className="button primary" onClick={() => void goBack().catch(sayError)}>
        {latest === undefined ? 'Start again from step 0' : `Go back to step ${stepText(latest)}`}
      </button>
      <Check
        label={`then use rate ${Number((rate / 10).toPrecision(3))} and clip norm ${CALMER_CLIP}`}
        checked={calmer}
        onChange={setCalmer}
      />
    </>
  );
}

function ProblemAction({ action }: { readonly action: Problem['actions'][number] }) {
  const run = useSession((state) => state.session.run);
  const latest = useSession((state) => state.checkpoints.at(-1)?.step);
  switch (action) {
    case 'goBack':
      return <GoBack />;
    case 'retrySave':
      return (
        <button type="button" className="button" onClick={() => void saveNow().catch(sayError)}>
          Try now
        </button>
      );
    case 'download':
      if (run === null || latest === undefined) return null;
      return (
        <button type="button" className="button" onClick={() => void exportAs(run.id, latest, 'orbax').catch(sayError)}>
          Download step {stepText(latest)}
        </button>
      );
    case 'useCpu':
      return (
        <button type="button" className="button" onClick={() => void goOnOnCpu().catch(sayError)}>
          Train on the CPU
        </button>
      );
    case 'reload':
      return (
        <button type="button" className="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      );
    case 'dismiss':
      return null;
  }
}

/** Where the eye already is: what stopped, what is safe, what to do. Beside the model where there is room, else above the view. */
export function ProblemBanner({ place }: { readonly place: 'top' | 'middle' }) {
  const problem = useSession(({ session }) => session.problem ?? (session.save.type === 'failed' ? session.save.problem : null));
  const step = useSession((state) => state.session.step);
  const stopped = useSession((state) => state.session.status === 'stopped');
  const [hidden, setHidden] = useState<string | null>(null);
  // Each news of the worker brings a copy of the problem; another one is shown, and the same one when it comes again.
  if (problem === null && hidden !== null) setHidden(null);
  if (problem === null || hidden === problem.message) return null;
  return (
    <section className={`problem problem-${place}`} role="alert" aria-label="Problem">
      <h2>
        <TriangleAlert className="icon" aria-hidden="true" />
        {stopped ? `Training stopped itself at step ${stepText(step)}` : (problem.title ?? ADVICE[problem.kind].title)}
      </h2>
      <dl>
        <dt>What happened</dt>
        <dd className="selectable">{problem.message}</dd>
        <dt>What is safe</dt>
        <dd>{problem.safe}</dd>
        <dt>What to do</dt>
        <dd>{problem.todo}</dd>
        {problem.retryAtMs !== undefined && (
          <>
            <dt>Next try</dt>
            <dd>
              in <Countdown atMs={problem.retryAtMs} />
            </dd>
          </>
        )}
      </dl>
      <div className="row problem-actions">
        {problem.actions.map((action) => (
          <ProblemAction key={action} action={action} />
        ))}
        {!stopped && (
          <button type="button" className="button ghost" onClick={() => setHidden(problem.message)}>
            Close
          </button>
        )}
      </div>
    </section>
  );
}
