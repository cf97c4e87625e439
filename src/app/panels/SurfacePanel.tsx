import { useEffect, useRef } from 'react';
import { divergingTable, GAINS } from '../charts/colorMaps';
import { useClassNames, useSession } from '../state/session';
import { setView, useView } from '../state/view';
import { Check } from '../ui/Check';
import { percentText, stepText } from '../ui/numbers';
import { Pane } from '../ui/Pane';
import { WorkerCanvas } from '../ui/WorkerCanvas';

function Ramp() {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useView((state) => state.theme);
  useEffect(() => {
    const canvas = ref.current!;
    canvas.width = 256;
    canvas.height = 1;
    const image = new ImageData(256, 1);
    const table = divergingTable(theme === 'light' ? 'light' : 'dark');
    for (let i = 0; i < 256; i++) {
      const entry = Math.round(127.5 + (i - 127.5) * GAINS[theme].surface);
      image.data.set(table.subarray(4 * entry, 4 * entry + 4), 4 * i);
    }
    canvas.getContext('2d')!.putImageData(image, 0, 0);
  }, [theme]);
  return <canvas ref={ref} className="ramp" />;
}

const DOTS = ['--flax', '--seed-mark', '--test', '--rose', '--code-keyword', '--stem', '--train', '--edge', '--seed', '--ink-2'];

function Legend() {
  const names = useClassNames();
  if (names.length > 2) {
    return (
      <ul className="surface-legend many">
        {names.slice(0, DOTS.length).map((name, i) => (
          <li key={name} className="row">
            <span className="dot" style={{ background: `var(${DOTS[i]})` }} aria-hidden="true" />
            <span className="ellipsis">{name}</span>
          </li>
        ))}
      </ul>
    );
  }
  const [low, high] = names.length === 2 ? names : ['low', 'high'];
  return (
    <div className="surface-legend row small">
      <span className="dot negative" aria-hidden="true" />
      <span className="ellipsis">{low}</span>
      <Ramp />
      <span className="ellipsis">{high}</span>
      <span className="dot positive" aria-hidden="true" />
    </div>
  );
}

/** What the picture says, in words, redone when training pauses. */
function SurfaceText() {
  const text = useSession(({ session, checkpoints }) => {
    if (session.status === 'training') return 'Decision surface, changing while training.';
    const seen = checkpoints.find(({ step }) => step === session.lookingAt);
    const accuracy = seen === undefined ? session.testAccuracy : seen.testAccuracy;
    const right = accuracy === null ? '' : ` ${percentText(accuracy, 0)} of test points right.`;
    return `Decision surface over ${session.run?.featureNames.slice(0, 2).join(' and ') ?? 'the plane'} at step ${session.lookingAt ?? session.step}.${right}`;
  });
  return <p className="sr">{text}</p>;
}

/** The answer over the plane, with the points that teach and test it. */
export function SurfacePanel() {
  const showTestPoints = useView((state) => state.showTestPoints);
  const lookingAt = useSession((state) => state.session.lookingAt);
  const stopped = useSession((state) => state.session.status === 'stopped' && state.session.lookingAt === null);
  return (
    <Pane
      title="Decision surface"
      meta={lookingAt === null ? '' : `as it was at step ${stepText(lookingAt)}`}
      tools={<Check label="test points" checked={showTestPoints} onChange={(show) => setView({ showTestPoints: show })} />}
      className="surface-panel"
    >
      <div className={`surface ${stopped ? 'muted' : ''}`}>
        <WorkerCanvas name="surface" />
        {stopped && (
          <p className="surface-note">
            <strong>The last good surface</strong>
            Nothing can be drawn from NaN.
          </p>
        )}
      </div>
      <SurfaceText />
      <Legend />
    </Pane>
  );
}
