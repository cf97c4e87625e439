import { useEffect, useState } from 'react';
import { divergingColor } from '../charts/colorMaps';
import { sandbox } from '../state/sandbox';
import { useClassNames, useSession } from '../state/session';
import { useView } from '../state/view';
import { countText } from '../ui/numbers';
import { Pane } from '../ui/Pane';

const INTERVAL_MS = 1000;

/** The test set's counts, once a second while training and whenever the state shown changes. */
function useConfusion(): readonly (readonly number[])[] | null {
  const [read, setRead] = useState<{ readonly run: string | undefined; readonly counts: readonly (readonly number[])[] } | null>(null);
  const run = useSession((state) => state.session.run?.id);
  const training = useSession((state) => state.session.status === 'training');
  const shown = useSession(({ session }) => (session.status === 'training' ? null : (session.lookingAt ?? session.step)));
  // biome-ignore lint/correctness/useExhaustiveDependencies: run and step say that the counts have changed
  useEffect(() => {
    let live = true;
    const read = () => {
      sandbox()
        .confusion()
        .then((counts) => live && setRead({ run, counts }))
        .catch(() => live && setRead(null));
    };
    read();
    const timer = training ? setInterval(read, INTERVAL_MS) : undefined;
    return () => {
      live = false;
      clearInterval(timer);
    };
  }, [run, training, shown]);
  // Those of the run before would be read as this one's.
  return read !== null && read.run === run ? read.counts : null;
}

/** Colours of a cell: right answers in flax, wrong ones in seed, by share of the row; ink that reads on them. */
function cellStyle(count: number, rowSum: number, right: boolean, ground: 'light' | 'dark'): React.CSSProperties {
  if (count === 0) return {};
  const share = 0.25 + 0.75 * (count / Math.max(1, rowSum));
  const [r, g, b] = divergingColor(right ? -share : share, ground);
  const bright = 0.299 * r + 0.587 * g + 0.114 * b > 130;
  return { background: `rgb(${r} ${g} ${b})`, color: bright ? '#101722' : '#ffffff' };
}

/** Which class is read as which: a table of the test set. */
export function ConfusionPanel() {
  const counts = useConfusion();
  const names = useClassNames();
  const ground = useView((state) => (state.theme === 'light' ? 'light' : 'dark'));
  const total = counts?.flat().reduce((a, b) => a + b, 0) ?? 0;
  const right = counts?.reduce((sum, row, i) => sum + (row[i] ?? 0), 0) ?? 0;
  return (
    <Pane
      title="Confusion matrix"
      meta={total > 0 ? `${total - right} of ${total} wrong` : ''}
      tools={<span className="quiet small">true ↓ read as →</span>}
      className="confusion-panel"
    >
      {counts === null || counts.length !== names.length ? (
        <p className="quiet small pane-note">Counts appear when the first test rows are read.</p>
      ) : (
        <table className="confusion" data-large={names.length > 4}>
          <caption className="sr">{countText(total, 'test row')}: true class in rows, what the model reads in columns</caption>
          <thead>
            <tr>
              <th />
              {names.map((name) => (
                <th key={name} scope="col" title={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {counts.map((row, i) => (
              <tr key={names[i]}>
                <th scope="row" title={names[i]}>
                  {names[i]}
                </th>
                {row.map((count, j) => (
                  <td
                    key={names[j]}
                    style={cellStyle(
                      count,
                      row.reduce((a, b) => a + b, 0),
                      i === j,
                      ground,
                    )}
                  >
                    {count > 0 ? count : <span className="sr">0</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Pane>
  );
}
