import type { ScheduleName } from '#linnet/core';

/** Share of the rate at `t` in 0..1 of a schedule, for its picture. */
function shareAt(schedule: ScheduleName, t: number): number {
  switch (schedule) {
    case 'constant':
      return 1;
    case 'cosine':
      return 0.5 * (1 + Math.cos(Math.PI * t));
    case 'warmupCosine':
      return t < 0.1 ? t / 0.1 : 0.5 * (1 + Math.cos((Math.PI * (t - 0.1)) / 0.9));
    case 'exponential':
      return Math.exp(-4 * t);
    case 'linear':
      return 1 - t;
  }
}

/** A schedule's shape, small. */
export function ScheduleCurve({ schedule }: { readonly schedule: ScheduleName }) {
  const points = Array.from(
    { length: 33 },
    (_, i) => `${(2 + (i / 32) * 96).toFixed(1)},${(20 - 16 * shareAt(schedule, i / 32)).toFixed(1)}`,
  );
  return (
    <svg className="schedule-curve" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}
