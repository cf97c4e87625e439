import { useEffect, useState } from 'react';
import type { LeafStatistics, ParameterSpread } from '#linnet/core';
import { Histogram } from '../inspect/Histogram';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { numberText } from '../ui/numbers';

/** Time between two looks while training, ms; a look that takes long makes the next one wait ten times as long. */
const INTERVAL_MS = 400;

/** The spread of every Param, counted by the worker, followed while training; null before the first answer. */
function useSpreads(): readonly ParameterSpread[] | null {
  const [spreads, setSpreads] = useState<readonly ParameterSpread[] | null>(null);
  const run = useSession((state) => state.session.run?.id);
  const training = useSession((state) => state.session.status === 'training');
  const shown = useSession(({ session }) => (session.status === 'training' ? null : (session.lookingAt ?? session.step)));
  // biome-ignore lint/correctness/useExhaustiveDependencies: run and step say that the parameters have changed
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let live = true;
    const read = async () => {
      const startedMs = performance.now();
      const next = await sandbox()
        .parameterSpread()
        .catch(() => null);
      if (!live) return;
      setSpreads(next);
      if (training) timer = setTimeout(read, Math.max(INTERVAL_MS, 10 * (performance.now() - startedMs)));
    };
    void read();
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [run, training, shown]);
  return spreads;
}

function Spread({ statistics, what }: { readonly statistics: LeafStatistics; readonly what: string }) {
  const { min, max, mean, std, nans, infinities } = statistics;
  const bad = nans + infinities;
  const range = `${numberText(min, 3)} to ${numberText(max, 3)}`;
  return (
    <td>
      <Histogram statistics={statistics} />
      <span className="spread-range num" aria-hidden="true">
        <span>{numberText(min, 3)}</span>
        <span className="quiet">±{numberText(std, 3)}</span>
        <span>{numberText(max, 3)}</span>
      </span>
      <span className="sr">
        {what} from {range}, mean {numberText(mean, 3)}, deviation {numberText(std, 3)}
      </span>
      {bad > 0 && <span className="bad-text small">{bad} not finite</span>}
    </td>
  );
}

/** Histograms of weights and gradients, a row for each Param: what vanishes, explodes or stands still is seen here. */
export function ParameterSpreads() {
  const spreads = useSpreads();
  if (spreads === null) return <p className="quiet pane-note">Counting…</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
    <section className="spreads" tabIndex={0} aria-label="Histograms">
      <table>
        <thead>
          <tr>
            <th scope="col" aria-label="parameter" />
            <th scope="col">values</th>
            <th scope="col">gradients on the next batch</th>
          </tr>
        </thead>
        <tbody>
          {spreads.map(({ path, values, gradients }) => (
            <tr key={path.join('.')}>
              <th scope="row" className="mono">
                {path.join('.')}
              </th>
              <Spread statistics={values} what="values" />
              <Spread statistics={gradients} what="gradients" />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
