import { Table2 } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { losses, onLosses } from '../state/sandbox';
import { useSession } from '../state/session';
import { setView, useView } from '../state/view';
import { LossNumbers } from '../ui/LossNumbers';
import { lossText, percentText, stepText } from '../ui/numbers';
import { Pane } from '../ui/Pane';
import { Segments } from '../ui/Segments';

const LossChart = lazy(() => import('../charts/LossChart').then((module) => ({ default: module.LossChart })));

const SCALES = [
  ['log', 'log'],
  ['linear', 'linear'],
] as const;

const TABLE_ROWS = 24;

interface Shown {
  readonly trainLoss: number | null;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
}

/** The numbers above the chart: of the pointer's step, of the checkpoint looked at, or of now. */
function useShown(hovered: number | null): Shown {
  const session = useSession((state) => state.session);
  const checkpoints = useSession((state) => state.checkpoints);
  if (hovered !== null) {
    const at = losses.at(hovered);
    if (at !== null) return at;
  }
  return checkpoints.find(({ step }) => step === session.lookingAt) ?? session;
}

function Numbers({ hovered }: { readonly hovered: number | null }) {
  const { testLoss, trainLoss, testAccuracy } = useShown(hovered);
  const classes = useSession((state) => (state.session.run?.classNames.length ?? 0) > 0);
  const testVariance = useSession((state) => state.session.run?.testVariance);
  return (
    <LossNumbers testLoss={testLoss} trainLoss={trainLoss} testAccuracy={testAccuracy} showAccuracy={classes} testVariance={testVariance} />
  );
}

function LossTable() {
  const [rows, setRows] = useState(() => losses.rows(TABLE_ROWS));
  useEffect(() => {
    const timer = setInterval(() => setRows(losses.rows(TABLE_ROWS)), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
    <section className="loss-table" tabIndex={0} aria-label="Losses as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">step</th>
            <th scope="col">train loss</th>
            <th scope="col">test loss</th>
            <th scope="col">accuracy</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ step, trainLoss, testLoss, testAccuracy }) => (
            <tr key={step}>
              <th scope="row">{stepText(step)}</th>
              <td>{lossText(trainLoss)}</td>
              <td>{Number.isNaN(testLoss) ? '–' : lossText(testLoss)}</td>
              <td>{percentText(testAccuracy)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function EmptyNote() {
  const [empty, setEmpty] = useState(losses.isEmpty);
  const run = useSession((state) => state.session.run);
  useEffect(() => onLosses(() => setEmpty(losses.isEmpty)), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run has other losses
  useEffect(() => setEmpty(losses.isEmpty), [run]);
  return empty ? <p className="chart-note">The loss of every step draws here, raw and smoothed.</p> : null;
}

/** Train and test loss: numbers, lines, and the same as a table. */
export function LossPanel() {
  const scale = useView((state) => state.lossScale);
  const [hovered, setHovered] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const onHover = useCallback((step: number | null) => setHovered(step), []);
  const tools = (
    <>
      <button
        type="button"
        className="button ghost compact square"
        aria-label="View as table"
        aria-pressed={asTable}
        onClick={() => setAsTable(!asTable)}
      >
        <Table2 className="icon" aria-hidden="true" />
      </button>
      <Segments label="Loss axis" options={SCALES} value={scale} onChange={(lossScale) => setView({ lossScale })} />
    </>
  );
  return (
    <Pane title="Loss" meta={hovered === null ? '' : `at step ${stepText(hovered)}`} tools={tools} className="loss-panel">
      <Numbers hovered={hovered} />
      {asTable ? (
        <LossTable />
      ) : (
        <div className="loss-frame">
          <Suspense fallback={<div className="loss-chart" />}>
            <LossChart onHover={onHover} />
          </Suspense>
          <EmptyNote />
        </div>
      )}
    </Pane>
  );
}
