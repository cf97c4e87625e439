import { SlidersHorizontal } from 'lucide-react';
import { ConfusionPanel } from '../panels/ConfusionPanel';
import { DataPanel } from '../panels/DataPanel';
import { DrawDigitPanel } from '../panels/DrawDigitPanel';
import { LayersPanel } from '../panels/LayersPanel';
import { LossPanel } from '../panels/LossPanel';
import { ModelPanel } from '../panels/ModelPanel';
import { OptimizerPanel } from '../panels/OptimizerPanel';
import { PresetsPanel } from '../panels/PresetsPanel';
import { SeedPanel } from '../panels/SeedPanel';
import { SurfacePanel } from '../panels/SurfacePanel';
import { ProblemBanner } from '../shell/ProblemBanner';
import { useSession } from '../state/session';
import { setView, useView } from '../state/view';
import { useMedia } from '../ui/useMedia';

/** The parts of the left column. */
const LEFT = ['data', 'optimizer', 'layers', 'seed', 'presets'] as const;

/** Data and optimiser on the left, the model in the middle, what it does on the right. On small screens, one of them at a time. */
export function TrainView() {
  const smallTab = useView((state) => state.smallTab);
  const drawerOpen = useView((state) => state.drawerOpen);
  const hasSurface = useSession((state) => state.session.run?.hasSurface ?? true);
  const classes = useSession((state) => (state.session.run?.classNames.length ?? 0) > 0);
  const isDigits = useSession((state) => state.session.run?.experiment.data.name === 'digits');
  const hidden = useView((state) => state.hidden);
  const showLoss = !hidden.includes('loss');
  const leftIsEmpty = LEFT.every((part) => hidden.includes(part));
  const roomy = useMedia('(min-width: 900px)');
  return (
    <div
      className="view train-view"
      data-tab={smallTab === 'runs' ? 'result' : smallTab}
      data-drawer={drawerOpen}
      data-left={leftIsEmpty ? 'none' : 'shown'}
    >
      <div className="column left">
        {!hidden.includes('data') && <DataPanel />}
        {!hidden.includes('optimizer') && <OptimizerPanel />}
        {!hidden.includes('layers') && <LayersPanel />}
        {!hidden.includes('seed') && <SeedPanel />}
        {!hidden.includes('presets') && <PresetsPanel />}
      </div>
      <div className="column middle">
        <button
          type="button"
          className="button compact drawer-button"
          aria-expanded={drawerOpen}
          onClick={() => setView({ drawerOpen: !drawerOpen })}
        >
          <SlidersHorizontal className="icon" aria-hidden="true" />
          Data and optimiser <kbd>D</kbd>
        </button>
        <ProblemBanner place="middle" />
        <ModelPanel />
        {!hasSurface && roomy && showLoss && <LossPanel />}
      </div>
      <div className="column right">
        {hasSurface && <SurfacePanel />}
        {isDigits && <DrawDigitPanel />}
        {(hasSurface || !roomy) && showLoss && <LossPanel />}
        {!hasSurface && classes && <ConfusionPanel />}
      </div>
    </div>
  );
}
