import { Play, X } from 'lucide-react';
import { useState } from 'react';
import { perform } from '../actions/action';
import { drawPoints } from '../actions/page';
import { playOrPause } from '../actions/training';
import { PRESETS } from '../data/presets';
import { adoptExperiment, useExperiment } from '../state/experiment';
import { useSession } from '../state/session';
import { store, stored } from '../state/view';
import { ActionButton } from '../ui/ActionButton';
import { DatasetPicture } from './DatasetPicture';

/** Known before anything is read from the store, so that the welcome does not come up and go again. */
const seenBefore = (): boolean => stored('seen') !== null || stored('first-save') !== null;

/** What a first visit needs to know, until the first step is trained. */
export function FirstVisit() {
  const [closed, setClosed] = useState(seenBefore);
  const step = useSession((state) => state.session.step);
  const noRuns = useSession((state) => state.runs.every(({ checkpoints }) => checkpoints === 0));
  const hasSurface = useSession((state) => state.session.run?.hasSurface ?? true);
  const spiral = useExperiment((state) => state.draft.data.name === 'spiral');
  if (closed || step > 0 || !noRuns || !hasSurface) return null;
  const close = () => {
    store('seen', 'yes');
    setClosed(true);
  };
  return (
    <section className="first-visit" aria-label="Welcome">
      <button type="button" className="button ghost square compact first-close" aria-label="Close the welcome" onClick={close}>
        <X className="icon" aria-hidden="true" />
      </button>
      <h2>{spiral ? 'Two spirals, one small network.' : 'A small network, and your data.'}</h2>
      <p>
        Press Play and watch the surface bend until it fits. Training runs in this tab, on your own GPU, and every step can be gone back to.
      </p>
      <div className="row first-actions">
        <ActionButton action={playOrPause} icon={Play} text="Play" className="button primary large" showKey />
        <button type="button" className="button large" onClick={() => void perform(drawPoints)}>
          Draw my own points
        </button>
        <span className="quiet">or drop a CSV or a checkpoint anywhere</span>
      </div>
      <ul className="first-presets">
        {PRESETS.slice(0, 4).map(({ name, short, experiment }) => (
          <li key={name}>
            <button type="button" onClick={() => void adoptExperiment(experiment)}>
              <DatasetPicture name={experiment.data.name} />
              <span>
                <strong>{name}</strong>
                <span className="quiet small">{short}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
