import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { losses, onLosses } from '../state/sandbox';
import { useSession } from '../state/session';
import { useView } from '../state/view';
import { stepText } from '../ui/numbers';

/** Room at the right for the lines' names, px. */
const LABEL_ROOM = 40;
const SLOW_INTERVAL_MS = 250;
/** Ends of a log axis: below 1e-24 uPlot never comes to an end with its ticks, and a loss below the first of these is a perfect one. */
const [LEAST, MOST] = [1e-12, 1e15];

const onAxis = (value: number): number => Math.min(MOST, Math.max(LEAST, value));

const clean = (values: Float64Array, log: boolean): (number | null)[] =>
  Array.from(values, (value) => (Number.isFinite(value) && (!log || value > 0) ? value : null));

function drawData(log: boolean): uPlot.AlignedData {
  const { steps, raw, smooth, test } = losses.draw();
  return [Array.from(steps), clean(raw, log), clean(smooth, log), clean(test, log)];
}

function tickText(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3)
    return `1e${Math.round(Math.log10(size))}`.replace('-', '\u2212').replace(/^1e/, Math.abs(Math.log10(size) % 1) < 1e-6 ? '1e' : '~1e');
  return String(Number(value.toPrecision(6)));
}

/** The splits of a log axis that are powers of ten, with 2 and 5 times those when there are few. */
function powersOfTen(splits: readonly number[]): (number | null)[] {
  const isTimesPower = (split: number, factors: readonly number[]) =>
    factors.some((factor) => Math.abs(Math.log10(split / factor) - Math.round(Math.log10(split / factor))) < 1e-9);
  const few = splits.filter((split) => isTimesPower(split, [1])).length < 2;
  return splits.map((split) => (isTimesPower(split, few ? [1, 2, 5] : [1]) ? split : null));
}

interface Ink {
  readonly color: (token: string) => string;
  readonly font: string;
}

function inkOf(element: HTMLElement): Ink {
  const style = getComputedStyle(element);
  return { color: (token) => style.getPropertyValue(token).trim(), font: `11px ${style.fontFamily}` };
}

/** Names the lines at their ends, and marks the step looked at and the first that was not a number. */
function annotate(chart: uPlot, { color, font }: Ink): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = font.replace('11px', `${12 * ratio}px`);
  ctx.textBaseline = 'middle';
  const ends = [3, 2].map((series) => {
    const values = chart.data[series] as (number | null)[];
    const at = values.findLastIndex((value) => value !== null);
    return at < 0 ? null : chart.valToPos(values[at]!, 'y', true);
  });
  const [testY, trainY] = ends;
  const apart = 13 * ratio;
  const clash = testY != null && trainY != null && Math.abs(testY - trainY) < apart;
  const shift = clash ? ((apart - Math.abs(testY - trainY)) / 2) * (testY <= trainY ? -1 : 1) : 0;
  ctx.textAlign = 'left';
  const x = bbox.left + bbox.width + 5 * ratio;
  if (testY != null) {
    ctx.fillStyle = color('--test');
    ctx.fillText('test', x, testY + shift);
  }
  if (trainY != null) {
    ctx.fillStyle = color('--ink-3');
    ctx.fillText('train', x, trainY - shift);
  }
  const { lookingAt, problem } = useSession.getState().session;
  const bad = problem?.divergedAt ?? null;
  for (const [step, token] of [
    [lookingAt, '--ink'],
    [bad, '--rose'],
  ] as const) {
    if (step === null) continue;
    const at = chart.valToPos(step, 'x', true);
    ctx.strokeStyle = color(token);
    ctx.lineWidth = ratio;
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
  }
  if (bad !== null) {
    ctx.fillStyle = color('--rose');
    ctx.textAlign = 'right';
    ctx.fillText(
      `NaN at ${stepText(bad)}`,
      Math.max(chart.valToPos(bad, 'x', true) - 4 * ratio, bbox.left + 70 * ratio),
      bbox.top + 8 * ratio,
    );
  }
  ctx.restore();
}

function options(element: HTMLElement, log: boolean, onHover: (step: number | null) => void): uPlot.Options {
  const ink = inkOf(element);
  const { color, font } = ink;
  const axis = { stroke: color('--ink-3'), font, ticks: { show: false }, border: { show: false } };
  const train = color('--train');
  return {
    width: Math.max(50, element.clientWidth),
    height: Math.max(50, element.clientHeight),
    padding: [8, LABEL_ROOM, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 }, y: false },
    scales: {
      x: { time: false, range: (_, min, max) => [Math.min(0, min ?? 0), Math.max(100, max ?? 100)] },
      y: log
        ? { distr: 3, range: (_, min, max) => (min == null ? [0.01, 1] : uPlot.rangeLog(onAxis(min), onAxis(max), 10, false)) }
        : { range: (_, __, max) => [0, (max ?? 1) * 1.05] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, values: (_, ticks) => ticks.map((tick) => stepText(tick)) },
      {
        ...axis,
        size: 44,
        filter: (_, splits) => (log ? powersOfTen(splits) : splits),
        grid: { stroke: color('--line'), width: 1, filter: (_, splits) => (log ? powersOfTen(splits) : splits) },
        values: (_, ticks) => ticks.map((tick) => (tick == null ? '' : tickText(tick))),
      },
    ],
    series: [
      {},
      { stroke: train, width: 1, alpha: 0.38, points: { show: false }, spanGaps: true },
      { stroke: train, width: 1.5, points: { show: false }, spanGaps: true },
      { stroke: color('--test'), width: 2, points: { show: false }, spanGaps: true },
    ],
    hooks: {
      draw: [(chart) => annotate(chart, ink)],
      setCursor: [(chart) => onHover(chart.cursor.idx == null ? null : (chart.data[0][chart.cursor.idx] ?? null))],
    },
  };
}

/** Losses as lines: raw always, smoothed above it, test thicker. `onHover` gets the step under the pointer. */
export function LossChart({ onHover }: { onHover(step: number | null): void }) {
  const host = useRef<HTMLDivElement>(null);
  const scale = useView((state) => state.lossScale);
  const theme = useView((state) => state.theme);
  const lookingAt = useSession((state) => state.session.lookingAt);
  const chart = useRef<uPlot | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a theme changes the colours that are read from the page
  useEffect(() => {
    const element = host.current!;
    const log = scale === 'log';
    const made = new uPlot(options(element, log, onHover), drawData(log), element);
    chart.current = made;
    const slow = matchMedia('(prefers-reduced-motion: reduce)').matches;
    let last = 0;
    const stop = onLosses(() => {
      if (slow && performance.now() - last < SLOW_INTERVAL_MS) return;
      last = performance.now();
      made.setData(drawData(log));
    });
    const observer = new ResizeObserver(() =>
      made.setSize({ width: Math.max(50, element.clientWidth), height: Math.max(50, element.clientHeight) }),
    );
    observer.observe(element);
    return () => {
      stop();
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [scale, theme, onHover]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the mark of the step looked at is drawn anew
  useEffect(() => chart.current?.redraw(false), [lookingAt]);
  return <div ref={host} className="loss-chart" aria-hidden="true" />;
}
