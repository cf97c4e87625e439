import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useState } from 'react';
import type { CheckpointInfo } from '#linnet/core';
import { lookAt } from '../actions/checkpoints';
import { sayError } from '../state/messages';
import { losses, onLosses } from '../state/sandbox';
import { useSession } from '../state/session';
import { lossText, numberText, stepText } from '../ui/numbers';
import { useSize } from '../ui/useSize';
import { Branches, Landscape, Playhead, Seeds, Stem, Ticks } from './marks';
import { StepPicture } from './StepPicture';
import { snap, thinSeeds, timelineScale } from './timelineScale';

/** Rows of the landscape: more would not be seen. */
const LANDSCAPE_POINTS = 160;
const LANDSCAPE_INTERVAL_MS = 400;
/** How near the pointer must be to a seed to mean it, px. */
const REACH = 12;

/** The test loss of a run so far, a few times a second. */
function useLandscape(run: string | undefined) {
  const [rows, setRows] = useState(() => losses.tests(LANDSCAPE_POINTS));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run has other losses
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readSoon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setRows(losses.tests(LANDSCAPE_POINTS));
      }, LANDSCAPE_INTERVAL_MS);
    };
    setRows([]);
    readSoon();
    const stop = onLosses(readSoon);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [run]);
  return rows;
}

function useValueText(): string {
  const { step, lookingAt, testLoss } = useSession((state) => state.session);
  const checkpoints = useSession((state) => state.checkpoints);
  const seen = checkpoints.find((checkpoint) => checkpoint.step === lookingAt);
  const loss = numberText(seen === undefined ? testLoss : seen.testLoss, 3);
  const name = seen?.name ? `, ${seen.name}` : lookingAt === null ? ', now' : '';
  return `step ${stepText(lookingAt ?? step)}${name}, test loss ${loss}, ${checkpoints.length} checkpoints`;
}

/** What a seed is, shown under the pointer: its surface, step and loss. */
function SeedTip({
  checkpoint: { run, step, name, testLoss, trainLoss },
  x,
  width,
  hasPicture,
}: {
  readonly checkpoint: CheckpointInfo;
  readonly x: number;
  readonly width: number;
  readonly hasPicture: boolean;
}) {
  return (
    <div className="seed-tip" style={{ left: Math.min(Math.max(x, 80), width - 80) }} aria-hidden="true">
      {hasPicture && <StepPicture run={run} step={step} />}
      <span>
        <b>step {stepText(step)}</b>
        <span className="quiet">{name ?? `loss ${lossText(testLoss ?? trainLoss)}`}</span>
      </span>
    </div>
  );
}

/** The run as a stem, its checkpoints as seeds. Dragging or arrow keys look back; nothing is changed by looking. */
export function Timeline() {
  const [box, { width }] = useSize<HTMLDivElement>();
  const { step, lookingAt, status, run } = useSession((state) => state.session);
  const checkpoints = useSession((state) => state.checkpoints);
  const runs = useSession((state) => state.runs);
  const landscape = useLandscape(run?.id);
  const valueText = useValueText();
  const lastStep = Math.max(step, checkpoints.at(-1)?.step ?? 0);
  const scale = useMemo(() => timelineScale(lastStep, width), [lastStep, width]);
  const seeds = useMemo(() => thinSeeds(checkpoints, scale, lookingAt), [checkpoints, scale, lookingAt]);
  const [pointed, setPointed] = useState<CheckpointInfo | null>(null);
  const branches = run === null ? [] : runs.filter((summary) => summary.run.parent?.run === run.id && summary.run.id !== run.id);

  const look = (target: number | null) => {
    if (target !== lookingAt) lookAt(target).catch(sayError);
  };
  const byPointer = (event: PointerEvent<HTMLDivElement>) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    look(snap(scale.step(event.clientX - left), checkpoints, step));
  };
  /** The checkpoint whose seed is under the pointer. */
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const nearest = snap(scale.step(x), checkpoints, Number.POSITIVE_INFINITY);
    const found = checkpoints.find((checkpoint) => checkpoint.step === nearest);
    setPointed(found !== undefined && Math.abs(scale.x(found.step) - x) <= REACH ? found : null);
  };
  const byKey = (event: KeyboardEvent) => {
    const places: (number | null)[] = [...checkpoints.map((checkpoint) => checkpoint.step), null];
    const here = lookingAt === null ? places.length - 1 : Math.max(0, places.indexOf(lookingAt));
    const move = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity }[
      event.key
    ];
    if (move === undefined) return;
    event.preventDefault();
    look(places[Math.min(places.length - 1, Math.max(0, here + move))] ?? null);
  };

  return (
    <div
      ref={box}
      className="timeline"
      role="slider"
      tabIndex={0}
      aria-label="Timeline of checkpoints"
      aria-valuemin={0}
      aria-valuemax={lastStep}
      aria-valuenow={lookingAt ?? step}
      aria-valuetext={valueText}
      onKeyDown={byKey}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        byPointer(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons === 1) byPointer(event);
        point(event);
      }}
      onPointerLeave={() => setPointed(null)}
    >
      {pointed !== null && run !== null && (
        <SeedTip checkpoint={pointed} x={scale.x(pointed.step)} width={width} hasPicture={run.hasSurface} />
      )}
      {width > 0 && (
        <svg aria-hidden="true" width={width} height="82">
          <Landscape rows={landscape} scale={scale} />
          <Ticks scale={scale} />
          {status === 'stopped' && (
            <rect
              className="stopped-span"
              x={scale.x(checkpoints.at(-1)?.step ?? 0)}
              y="6"
              width={Math.max(2, scale.x(step) - scale.x(checkpoints.at(-1)?.step ?? 0))}
              height="54"
            />
          )}
          <Branches branches={branches} scale={scale} />
          <Stem step={step} scale={scale} />
          <Seeds seeds={seeds} scale={scale} lookingAt={lookingAt} step={step} />
          {checkpoints.length === 0 && step === 0 && (
            <text className="timeline-hint" x={scale.x(0) + 40} y="24">
              {width > 620
                ? 'Your run grows along this line. Each seed is a checkpoint, saved for you, in the Orbax format JAX reads. Drag back to any of them.'
                : 'Each seed on this line will be a checkpoint.'}
            </text>
          )}
          <Playhead step={lookingAt ?? step} isNow={lookingAt === null} scale={scale} width={width} />
        </svg>
      )}
    </div>
  );
}
