import type { LeafInfo } from '#linnet/core';
import { useLeafNumbers } from '../state/leafNumbers';
import { CopyPath } from '../ui/CopyPath';
import { bytesText } from '../ui/numbers';
import { LeafNumbers } from './LeafNumbers';

const dotted = (path: readonly (string | number)[]): string => path.join('.');

/** `float32[64, 32]`, or the kind of a leaf that is no array. */
export const leafType = ({ kind, dtype, shape }: LeafInfo): string => (dtype === null ? kind : `${dtype}[${shape?.join(', ') ?? ''}]`);

/** The selected leaf: path to copy, type, bytes, numbers, histogram and heat map. */
export function LeafDetail({ leaf, isUnchecked }: { readonly leaf: LeafInfo; readonly isUnchecked: boolean }) {
  const numbers = useLeafNumbers(leaf, true);
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
      {typeof numbers === 'string' && <p className="bad-text">{numbers}</p>}
      {typeof numbers === 'object' && numbers !== null && <LeafNumbers statistics={numbers} />}
      {numbers === null && (leaf.kind === 'array' || leaf.kind === 'scalar') && (
        <p className="quiet small leaf-wait">Reading {bytesText(leaf.byteLength)}</p>
      )}
      {isUnchecked && <p className="small quiet">Nothing in the file vouches for its bytes: a flipped bit would not be noticed.</p>}
    </section>
  );
}
