import type { CheckpointInfo } from '#linnet/core';

/** Room at both ends of the stem, px, so that no seed is cut. */
const MARGIN = 24;
/** Seeds nearer than this are thinned out of the picture, px; the checkpoints stay. */
const SEED_PITCH = 13;

/** Steps to pixels along the stem. */
export interface TimelineScale {
  readonly end: number;
  readonly ticks: readonly number[];
  x(step: number): number;
  step(x: number): number;
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `value`. */
function niceAtLeast(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * decade).find((nice) => nice >= value * (1 - 1e-9))!;
}

/** A scale from step 0 to a round step past `lastStep`, `width` px wide. It grows in jumps, so that seeds keep their places between them. */
export function timelineScale(lastStep: number, width: number): TimelineScale {
  const wantedTicks = Math.max(2, Math.floor(width / 130));
  const goal = Math.max(200, lastStep * 1.04);
  const pitch = niceAtLeast(goal / wantedTicks);
  const end = Math.ceil(goal / pitch) * pitch;
  const span = Math.max(1, width - 2 * MARGIN);
  return {
    end,
    ticks: Array.from({ length: Math.round(end / pitch) + 1 }, (_, i) => i * pitch),
    x: (step) => MARGIN + (step / end) * span,
    step: (x) => ((x - MARGIN) / span) * end,
  };
}

const matters = (checkpoint: CheckpointInfo): boolean => checkpoint.isBest || checkpoint.kind === 'manual' || checkpoint.name !== null;

/** The checkpoints to draw: those by hand, named, best, looked at and latest always, the others no nearer than 13 px. */
export function thinSeeds(
  checkpoints: readonly CheckpointInfo[],
  scale: TimelineScale,
  keepStep: number | null,
): readonly CheckpointInfo[] {
  const last = checkpoints.at(-1);
  const kept: CheckpointInfo[] = [];
  let lastX = Number.NEGATIVE_INFINITY;
  for (const checkpoint of checkpoints) {
    const x = scale.x(checkpoint.step);
    if (x - lastX < SEED_PITCH && !matters(checkpoint) && checkpoint !== last && checkpoint.step !== keepStep) continue;
    kept.push(checkpoint);
    lastX = x;
  }
  return kept;
}

/** What the pointer at `step` means: the nearest checkpoint, or null for now when now is nearer. */
export function snap(step: number, checkpoints: readonly CheckpointInfo[], now: number): number | null {
  let best: number | null = null;
  let distance = Math.abs(now - step);
  for (const checkpoint of checkpoints) {
    if (Math.abs(checkpoint.step - step) < distance) {
      best = checkpoint.step;
      distance = Math.abs(checkpoint.step - step);
    }
  }
  return best;
}
