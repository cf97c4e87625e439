import type { LeafInfo } from '#linnet/core';
import { useInspection } from '../state/inspection';
import { CopyPath } from '../ui/CopyPath';
import { bytesText } from '../ui/numbers';
import { LeafNumbers } from './LeafNumbers';

const dotted = (path: readonly (string | number)[]): string => path.join('.');

/** `float32[64, 32]`, or the kind of a leaf that is no array. */
export const leafType = ({ kind, dtype, shape }: LeafInfo): string => (dtype === null ? kind : `${dtype}[${shape?.join(', ') ?? ''}]`);

/** The selected leaf: path to copy, type, bytes, numbers, histogram and heat map. */
export function LeafDetail({ leaf }: { readonly leaf: LeafInfo }) {
  const statistics = useInspection((state) => state.statistics);
  const trouble = useInspection((state) => state.trouble);
  const path = dotted(leaf.path);
  return (
    <section className="leaf-detail" aria-label="Selected leaf">
      <div className="row">
        <h3 className="mono ellipsis selectable">{path}</h3>
        <CopyPath path={path} />
        <span className="grow" />
        <span className="mono quiet small">{leafType(leaf)}</span>
        <span className="quiet small">{bytesText(leaf.byteLength)}</span>
      </div>
      {leaf.text !== null && <p className="mono selectable leaf-text">{leaf.text}</p>}
      {trouble !== null && <p className="bad-text">{trouble}</p>}
      {statistics !== null && <LeafNumbers statistics={statistics} />}
      {statistics === null && trouble === null && leaf.kind === 'array' && <p className="quiet small">Reading its values…</p>}
    </section>
  );
}
