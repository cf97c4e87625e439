import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { blockCounts, centred, GRID, stroke } from '../data/digitBitmap';
import { sandbox } from '../state/sandbox';
import { useClassNames, useSession } from '../state/session';
import { useView } from '../state/view';
import { arrowDelta } from '../ui/arrows';
import { percentText } from '../ui/numbers';
import { Pane } from '../ui/Pane';

interface Pen {
  readonly x: number;
  readonly y: number;
  readonly down: boolean;
}

const EMPTY = new Uint8Array(GRID * GRID);
const PREDICT_INTERVAL_MS = 500;

/** What the model reads, asked again as it learns; null without ink. */
function useReading(bitmap: Uint8Array): Float32Array | null {
  const [shares, setShares] = useState<Float32Array | null>(null);
  const run = useSession((state) => state.session.run?.id);
  const training = useSession((state) => state.session.status === 'training');
  const shown = useSession(({ session }) => (session.status === 'training' ? null : (session.lookingAt ?? session.step)));
  // biome-ignore lint/correctness/useExhaustiveDependencies: run and step say that the model has changed
  useEffect(() => {
    if (bitmap === EMPTY) {
      setShares(null);
      return;
    }
    let live = true;
    const row = blockCounts(centred(bitmap));
    const read = () => {
      sandbox()
        .predict(row)
        .then((next) => live && setShares(next))
        .catch(() => live && setShares(null));
    };
    read();
    const timer = training ? setInterval(read, PREDICT_INTERVAL_MS) : undefined;
    return () => {
      live = false;
      clearInterval(timer);
    };
  }, [bitmap, run, training, shown]);
  return shares;
}

function Pad({ bitmap, onDraw }: { readonly bitmap: Uint8Array; onDraw(next: Uint8Array): void }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const [pen, setPen] = useState<Pen>({ x: GRID / 2, y: GRID / 2, down: false });
  const [focused, setFocused] = useState(false);
  const theme = useView((state) => state.theme);
  const last = useRef<{ x: number; y: number } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a theme changes the colours that are read from the page
  useEffect(() => {
    const canvas = ref.current!;
    const context = canvas.getContext('2d')!;
    const style = getComputedStyle(canvas);
    const cell = canvas.width / GRID;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = style.getPropertyValue('--ink').trim();
    bitmap.forEach((ink, i) => {
      if (ink === 1) context.fillRect((i % GRID) * cell, Math.floor(i / GRID) * cell, cell + 0.5, cell + 0.5);
    });
    if (!focused) return;
    context.strokeStyle = style.getPropertyValue(pen.down ? '--seed-mark' : '--flax').trim();
    context.lineWidth = 3;
    context.beginPath();
    context.arc(pen.x * cell, pen.y * cell, 2.4 * cell, 0, 7);
    context.stroke();
  }, [bitmap, pen, focused, theme]);
  const at = (event: PointerEvent<HTMLCanvasElement>) => {
    const { left, top, width } = event.currentTarget.getBoundingClientRect();
    return { x: ((event.clientX - left) / width) * GRID, y: ((event.clientY - top) / width) * GRID };
  };
  const draw = (event: PointerEvent<HTMLCanvasElement>) => {
    const to = at(event);
    const from = last.current ?? to;
    last.current = to;
    onDraw(stroke(bitmap, from.x, from.y, to.x, to.y));
  };
  const byKey = (event: KeyboardEvent) => {
    const [dx, dy] = arrowDelta(event.key);
    if (event.key !== ' ' && dx === 0 && dy === 0) return;
    event.preventDefault();
    const down = event.key === ' ' ? !pen.down : pen.down;
    const clamp = (value: number) => Math.min(GRID, Math.max(0, value));
    const next = { x: clamp(pen.x + dx), y: clamp(pen.y + dy), down };
    if (down) onDraw(stroke(bitmap, pen.x, pen.y, next.x, next.y));
    setPen(next);
  };
  return (
    <canvas
      ref={ref}
      width={320}
      height={320}
      className="draw-pad"
      role="img"
      tabIndex={0}
      aria-label={`Drawing pad, 32 by 32. Arrow keys move the pen, Space ${pen.down ? 'lifts' : 'lowers'} it.`}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      onKeyDown={byKey}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        last.current = null;
        draw(event);
      }}
      onPointerMove={(event) => event.buttons === 1 && draw(event)}
    />
  );
}

/** A pad for the mouse, a finger or the arrow keys, and what the model reads on it. */
export function DrawDigitPanel() {
  const [bitmap, setBitmap] = useState<Uint8Array>(EMPTY);
  const shares = useReading(bitmap);
  const names = useClassNames();
  const best = shares === null ? -1 : shares.indexOf(Math.max(...shares));
  return (
    <Pane
      title="Draw a digit"
      tools={
        <button type="button" className="button ghost compact" onClick={() => setBitmap(EMPTY)}>
          Clear
        </button>
      }
      className="digit-panel"
    >
      <div className="digit-frame">
        <div className="pad-frame">
          <Pad bitmap={bitmap} onDraw={setBitmap} />
          {bitmap === EMPTY && <p className="pad-hint quiet small">Draw here</p>}
        </div>
        <ol className="readings">
          {names.map((name, i) => (
            <li key={name} className={i === best ? 'best' : ''}>
              <span className="num">{name}</span>
              <span className="bar" aria-hidden="true">
                <span style={{ width: `${100 * (shares?.[i] ?? 0)}%` }} />
              </span>
              <span className="num share">{shares === null ? '–' : percentText(shares[i]!, 0)}</span>
            </li>
          ))}
        </ol>
      </div>
      <p className="sr" role="status">
        {best >= 0 ? `Read as ${names[best]}, ${percentText(shares![best]!, 0)}` : ''}
      </p>
    </Pane>
  );
}
