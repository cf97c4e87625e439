import type { LeafStatistics } from '#linnet/core';
import { numberText, stepText } from '../ui/numbers';
import { HeatTile } from './HeatTile';
import { Histogram } from './Histogram';

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
