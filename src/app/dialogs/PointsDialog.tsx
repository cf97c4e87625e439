import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { trainOnOwnData, useExperiment } from '../state/experiment';
import { goTo, openDialog, useView } from '../state/view';
import { arrowDelta } from '../ui/arrows';
import { Modal } from '../ui/Modal';
import { countText } from '../ui/numbers';
import { Segments } from '../ui/Segments';

/** Half the width of the plane that is drawn on; the generated sets fill about the same. */
const REACH = 6;
const PAD = 360;
const KEY_STEP = 0.25;
/** Distance between points of one stroke, in the plane's units. */
const STROKE_PITCH = 0.35;

interface DrawnPoint {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

/** The points, and what they were before each change: every change can be undone, the clearing too. */
interface Drawing {
  readonly points: readonly DrawnPoint[];
  readonly former: readonly (readonly DrawnPoint[])[];
}

const CLASSES = [
  [0, 'class 0'],
  [1, 'class 1'],
  [2, 'class 2'],
] as const;
const COLORS = ['--flax', '--seed-mark', '--test'];

function kept(): readonly DrawnPoint[] {
  const points = useExperiment.getState().kept.points;
  if (points === null) return [];
  return Array.from({ length: points.values.length / 3 }, (_, i) => ({
    x: points.values[3 * i]!,
    y: points.values[3 * i + 1]!,
    label: points.values[3 * i + 2]!,
  }));
}

function Plane({
  points,
  label,
  onAdd,
}: {
  readonly points: readonly DrawnPoint[];
  readonly label: number;
  onAdd(point: DrawnPoint): void;
}) {
  const ref = useRef<HTMLCanvasElement>(null);
  const [cursor, setCursor] = useState({ x: 0, y: 0 });
  const [focused, setFocused] = useState(false);
  const last = useRef<{ x: number; y: number } | null>(null);
  const theme = useView((state) => state.theme);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a theme changes the colours that are read from the page
  useEffect(() => {
    const canvas = ref.current!;
    const context = canvas.getContext('2d')!;
    const style = getComputedStyle(canvas);
    const color = (token: string) => style.getPropertyValue(token).trim();
    const at = ({ x, y }: { x: number; y: number }) => [PAD * (1 + x / REACH), PAD * (1 - y / REACH)] as const;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = color('--line');
    context.lineWidth = 2;
    context.strokeRect(PAD, -2, 0, 2 * PAD + 4);
    context.strokeRect(-2, PAD, 2 * PAD + 4, 0);
    for (const point of points) {
      context.fillStyle = color(COLORS[point.label]!);
      context.beginPath();
      context.arc(...at(point), 8, 0, 7);
      context.fill();
    }
    if (!focused) return;
    context.strokeStyle = color(COLORS[label]!);
    context.lineWidth = 3;
    context.beginPath();
    context.arc(...at(cursor), 14, 0, 7);
    context.stroke();
  }, [points, cursor, focused, label, theme]);
  const byPointer = (event: PointerEvent<HTMLCanvasElement>) => {
    const { left, top, width } = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - left) / width - 0.5) * 2 * REACH;
    const y = (0.5 - (event.clientY - top) / width) * 2 * REACH;
    if (last.current !== null && Math.hypot(x - last.current.x, y - last.current.y) < STROKE_PITCH) return;
    if (Math.abs(x) > REACH || Math.abs(y) > REACH) return;
    last.current = { x, y };
    onAdd({ x, y, label });
  };
  const byKey = (event: KeyboardEvent) => {
    const [dx, dy] = arrowDelta(event.key);
    if (dx === 0 && dy === 0 && event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    if (dx === 0 && dy === 0) return onAdd({ ...cursor, label });
    const size = event.shiftKey ? 4 * KEY_STEP : KEY_STEP;
    const clamp = (value: number) => Math.min(REACH, Math.max(-REACH, value));
    setCursor({ x: clamp(cursor.x + dx * size), y: clamp(cursor.y - dy * size) });
  };
  return (
    <canvas
      ref={ref}
      width={2 * PAD}
      height={2 * PAD}
      className="points-pad"
      role="img"
      tabIndex={0}
      aria-label={`Plane with ${countText(points.length, 'point')}. Arrow keys move the mark, now at ${cursor.x.toFixed(1)}, ${cursor.y.toFixed(1)}; Space sets a point of class ${label}.`}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      onKeyDown={byKey}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        last.current = null;
        byPointer(event);
      }}
      onPointerMove={(event) => event.buttons === 1 && byPointer(event)}
    />
  );
}

function train(points: readonly DrawnPoint[]): void {
  const classes = Math.max(...points.map(({ label }) => label)) + 1;
  openDialog(null);
  goTo('train');
  trainOnOwnData('points', {
    name: 'your points',
    columns: ['x1', 'x2', 'label'],
    values: Float32Array.from(points.flatMap(({ x, y, label }) => [x, y, label])),
    classNames: CLASSES.slice(0, classes).map(([, name]) => name),
    task: 'classification',
  });
}

/** Points drawn with the pointer, a finger or the arrow keys, one class at a time. */
export function PointsDialog() {
  const [{ points, former }, setDrawing] = useState<Drawing>(() => ({ points: kept(), former: [] }));
  const [label, setLabel] = useState<0 | 1 | 2>(0);
  const change = (make: (points: Drawing['points']) => Drawing['points']) =>
    setDrawing((before) => ({ points: make(before.points), former: [...before.former, before.points] }));
  const undo = () => setDrawing((before) => ({ points: before.former.at(-1) ?? before.points, former: before.former.slice(0, -1) }));
  const classes = new Set(points.map((point) => point.label)).size;
  const reason = points.length < 8 ? 'Set at least 8 points.' : classes < 2 ? 'Set points of at least two classes.' : '';
  return (
    <Modal
      title="Draw your own points"
      footer={
        <>
          <span className="grow quiet small" role="status">
            {countText(points.length, 'point')}. {reason}
          </span>
          <button type="button" className="button" disabled={former.length === 0} onClick={undo}>
            Undo
          </button>
          <button type="button" className="button" disabled={points.length === 0} onClick={() => change(() => [])}>
            Clear
          </button>
          <button type="button" className="button primary" disabled={reason !== ''} onClick={() => train(points)}>
            Train on them
          </button>
        </>
      }
    >
      <div className="row points-head">
        <Segments label="Class to draw" options={CLASSES} value={label} onChange={(next) => setLabel(next)} />
        <span className="quiet small">Drag to set points of this class.</span>
      </div>
      <Plane points={points} label={label} onAdd={(point) => change((before) => [...before, point])} />
    </Modal>
  );
}
