import type { LeafStatistics } from '#linnet/core';

/** Width of a bin and the gap beside it, and the height of the whole, in the picture's own units. */
const BIN = 5;
const PITCH = 6;
const HEIGHT = 48;

/** Bars from `first` up to `end` as one path. */
function bars(histogram: Uint32Array, first: number, end: number, most: number): string {
  let path = '';
  for (let i = first; i < end; i++) {
    const height = histogram[i] === 0 ? 0 : Math.max(1, (46 * histogram[i]!) / most);
    if (height > 0) path += `M${i * PITCH} ${HEIGHT}v${-height.toFixed(1)}h${BIN}v${height.toFixed(1)}z`;
  }
  return path;
}

/** How a leaf's values are spread: blue below zero, amber above. */
export function Histogram({ statistics: { histogram, min, max } }: { readonly statistics: LeafStatistics }) {
  const count = histogram.length;
  const most = histogram.reduce((a, b) => Math.max(a, b), 1);
  const zeroAt = min < 0 && max > 0 ? (-min / (max - min)) * count : min >= 0 ? 0 : count;
  const firstPositive = Math.max(0, Math.ceil(zeroAt - 0.5));
  return (
    <svg className="histogram" viewBox={`0 0 ${count * PITCH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path className="negative" d={bars(histogram, 0, firstPositive, most)} />
      <path className="positive" d={bars(histogram, firstPositive, count, most)} />
    </svg>
  );
}
