import { Copy } from 'lucide-react';
import type { LeafInfo, LeafStatistics } from '#linnet/core';
import { copyText } from '../actions/download';
import { useInspection } from '../state/inspection';
import { say, sayError } from '../state/messages';
import { bytesText, numberText, stepText } from '../ui/numbers';
import { HeatTile } from './HeatTile';

const dotted = (path: readonly (string | number)[]): string => path.join('.');

/** `float32[64, 32]`, or the kind of a leaf that is no array. */
export const leafType = ({ kind, dtype, shape }: LeafInfo): string => (dtype === null ? kind : `${dtype}[${shape?.join(', ') ?? ''}]`);

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

/** The selected leaf: path to copy, type, bytes, numbers, histogram and heat map. */
export function LeafDetail({ leaf }: { readonly leaf: LeafInfo }) {
  const statistics = useInspection((state) => state.statistics);
  const trouble = useInspection((state) => state.trouble);
  const path = dotted(leaf.path);
  const copy = () =>
    copyText(path)
      .then(() => say({ tone: 'good', title: 'Path copied', happened: path }))
      .catch(sayError);
  return (
    <section className="leaf-detail" aria-label="Selected leaf">
      <div className="row">
        <h3 className="mono ellipsis selectable">{path}</h3>
        <button type="button" className="button ghost square compact" aria-label="Copy the path" onClick={() => void copy()}>
          <Copy className="icon" aria-hidden="true" />
        </button>
        <span className="grow" />
        <span className="mono quiet small">{leafType(leaf)}</span>
        <span className="quiet small">{bytesText(leaf.byteLength)}</span>
      </div>
      {leaf.text !== null && <p className="mono selectable leaf-text">{leaf.text}</p>}
      {trouble !== null && <p className="bad-text">{trouble}</p>}
      {statistics !== null && (
        <div className="leaf-body">
          <HeatTile tile={statistics.tile} />
          <Histogram statistics={statistics} />
          <Facts statistics={statistics} />
        </div>
      )}
      {statistics === null && trouble === null && leaf.kind === 'array' && <p className="quiet small">Reading its values…</p>}
    </section>
  );
}
