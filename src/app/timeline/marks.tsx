import type { CheckpointInfo } from '#linnet/core';
import type { RunSummary } from '../state/session';
import { numberText, stepText } from '../ui/numbers';
import type { TimelineScale } from './timelineScale';

/** Height of the stem and of the axis below it, px. */
const STEM_Y = 36;
const BRANCH_Y = 52;
const AXIS_Y = 60;
const PETALS = [0, 72, 144, 216, 288];

interface Scaled {
  readonly scale: TimelineScale;
}

/** Axis with round steps. */
export function Ticks({ scale }: Scaled) {
  return (
    <g className="ticks">
      <line x1={scale.x(0)} x2={scale.x(scale.end)} y1={AXIS_Y} y2={AXIS_Y} />
      {scale.ticks.map((tick, i) => (
        <g key={tick}>
          <line x1={scale.x(tick)} x2={scale.x(tick)} y1={AXIS_Y} y2={AXIS_Y + 3} />
          <text
            x={scale.x(tick)}
            y={AXIS_Y + 15}
            textAnchor={i === 0 ? 'start' : tick === scale.end ? 'end' : 'middle'}
            dx={i === 0 ? -3 : tick === scale.end ? 3 : 0}
          >
            {stepText(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

/** The test loss on a log scale as a faint hill behind the stem. */
export function Landscape({ rows, scale }: Scaled & { readonly rows: readonly { readonly step: number; readonly testLoss: number }[] }) {
  const points = rows.map(({ step, testLoss }) => ({ step, loss: testLoss })).filter(({ loss }) => Number.isFinite(loss) && loss > 0);
  if (points.length < 2) return null;
  const logs = points.map(({ loss }) => Math.log(loss));
  const low = Math.min(...logs);
  const span = Math.max(0.5, Math.max(...logs) - low);
  const at = (i: number) => `${scale.x(points[i]!.step).toFixed(1)} ${(AXIS_Y - 4 - (36 * (logs[i]! - low)) / span).toFixed(1)}`;
  const line = points.map((_, i) => `L${at(i)}`).join('');
  return <path className="landscape" d={`M${scale.x(points[0]!.step)} ${AXIS_Y}${line}L${scale.x(points.at(-1)!.step)} ${AXIS_Y}Z`} />;
}

/** Steps so far, dotted ahead. */
export function Stem({ step, scale }: Scaled & { readonly step: number }) {
  return (
    <g className="stem">
      <line className="ahead" x1={scale.x(step)} x2={scale.x(scale.end)} y1={STEM_Y} y2={STEM_Y} />
      <line x1={scale.x(0)} x2={scale.x(step)} y1={STEM_Y} y2={STEM_Y} />
    </g>
  );
}

/** Runs that started from a checkpoint of this one, as lower stems. */
export function Branches({ branches, scale }: Scaled & { readonly branches: readonly RunSummary[] }) {
  return (
    <g className="branches">
      {branches.map(({ run, latestStep }) => {
        const from = scale.x(run.parent!.step);
        const to = Math.max(from + 30, Math.min(scale.x(latestStep ?? 0), scale.x(scale.end) - 80));
        return (
          <g key={run.id}>
            <path d={`M${from} ${STEM_Y}C${from + 12} ${STEM_Y} ${from + 6} ${BRANCH_Y} ${from + 20} ${BRANCH_Y}L${to} ${BRANCH_Y}`} />
            <text x={to + 6} y={BRANCH_Y + 4}>
              {run.name}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Flower({ x }: { readonly x: number }) {
  return (
    <g className="flower" transform={`translate(${x} ${STEM_Y})`}>
      {PETALS.map((angle) => (
        <ellipse key={angle} cx="0" cy="-6" rx="4" ry="5" transform={`rotate(${angle})`} />
      ))}
      <circle r="2.6" />
    </g>
  );
}

function Seed({ x, large }: { readonly x: number; readonly large: boolean }) {
  const size = large ? 1.45 : 1;
  return (
    <path
      className="seed"
      transform={`translate(${x} ${STEM_Y}) scale(${size})`}
      d="M2.600-6.500C4-1.500 2.500 3-2.600 6.500-4 1.500-2.500-3 2.600-6.500z"
    />
  );
}

function SeedLabel({
  seed,
  x,
  end,
  head,
}: {
  readonly seed: CheckpointInfo;
  readonly x: number;
  readonly end: number;
  readonly head: number;
}) {
  const nearEnd = x > end - 90;
  if (seed.isBest) {
    const underHead = Math.abs(x - head) < 80;
    const before = underHead && head > 120;
    const nearStart = underHead ? !before : x < 60;
    return (
      <text
        className="best-label"
        x={before ? head - 44 : underHead ? head + 44 : nearStart ? 8 : x}
        y="19"
        textAnchor={nearStart ? 'start' : before || nearEnd ? 'end' : 'middle'}
      >
        best {numberText(seed.testLoss ?? seed.trainLoss, 3)}
      </text>
    );
  }
  if (seed.name === null) return null;
  return (
    <>
      <line className="stalk" x1={x} x2={x} y1="19" y2={STEM_Y - 6} />
      <text className="seed-label" x={x + (nearEnd ? -6 : 6)} y="24" textAnchor={nearEnd ? 'end' : 'start'}>
        {seed.name}
      </text>
    </>
  );
}

/** Checkpoints: a seed each, larger when saved by hand, a flower for the best; what comes after the one looked at fades. */
export function Seeds({
  seeds,
  scale,
  lookingAt,
  step,
}: Scaled & { readonly seeds: readonly CheckpointInfo[]; readonly lookingAt: number | null; readonly step: number }) {
  return (
    <g>
      {seeds.map((seed) => {
        const x = scale.x(seed.step);
        return (
          <g key={seed.step} opacity={lookingAt !== null && seed.step > lookingAt ? 0.4 : 1}>
            {seed.isBest ? <Flower x={x} /> : <Seed x={x} large={seed.kind === 'manual'} />}
            <SeedLabel seed={seed} x={x} end={scale.x(scale.end)} head={scale.x(lookingAt ?? step)} />
          </g>
        );
      })}
    </g>
  );
}

/** Where the page looks: now, or a step of the past. */
export function Playhead({
  step,
  isNow,
  scale,
  width,
}: Scaled & { readonly step: number; readonly isNow: boolean; readonly width: number }) {
  const text = isNow ? `now ${stepText(step)}` : stepText(step);
  const x = scale.x(step);
  const pill = 18 + text.length * 6.4;
  const left = Math.min(Math.max(2, x - pill / 2), width - pill - 2);
  return (
    <g className="playhead">
      <line x1={x} x2={x} y1="12" y2={AXIS_Y} />
      <rect x={left} y="3" width={pill} height="18" rx="9" />
      <text x={left + pill / 2} y="16" textAnchor="middle">
        {text}
      </text>
    </g>
  );
}
