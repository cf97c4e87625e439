import type { LeafStatistics } from '#linnet/core';
import { numberText, stepText } from '../ui/numbers';
import { HeatTile } from './HeatTile';

function Histogram({ statistics: { histogram, min, max } }: { readonly statistics: LeafStatistics }) {
  const most = Math.max(1, ...histogram);
  const zeroAt = min < 0 && max > 0 ? (-min / (max - min)) * histogram.length : min >= 0 ? 0 : histogram.length;
  return (
    <svg className="histogram" viewBox={`0 0 ${histogram.length * 6} 48`} preserveAspectRatio="none" aria-hidden="true">
      {[...histogram].map((count, i) => {
        const height = count === 0 ? 0 : Math.max(1, (46 * count) / most);
        // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its index
        return <rect key={i} className={i + 0.5 < zeroAt ? 'negative' : 'positive'} x={i * 6} y={48 - height} width="5" height={height} />;
      })}
    </svg>
  );
}

function Facts({ statistics }: { readonly statistics: LeafStatistics }) {
  const { mean, std, min, max, zeros, nans, infinities } = statistics;
  const facts = [
    ['mean', numberText(mean)],
    ['std', numberText(std)],
    ['min', numberText(min)],
    ['max', numberText(max)],
    ['zeros', stepText(zeros)],
    ['NaN, inf', `${stepText(nans)}, ${stepText(infinities)}`],
  ] as const;
  return (
    <dl className="leaf-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={name === 'NaN, inf' && nans + infinities > 0 ? 'bad-text' : ''}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What an array's elements are like: heat map, histogram and numbers. */
export function LeafNumbers({ statistics }: { readonly statistics: LeafStatistics }) {
  return (
    <div className="leaf-body">
      <HeatTile tile={statistics.tile} />
      <Histogram statistics={statistics} />
      <Facts statistics={statistics} />
    </div>
  );
}
