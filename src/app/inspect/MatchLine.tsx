import { ArrowLeftRight, Check, Equal, EqualNot, GripVertical, Minus, Plus } from 'lucide-react';
import { type DragEvent, useState } from 'react';
import type { MatchRow } from '#linnet/core';
import { rename } from '../state/repairs';
import { RowRepairs } from './RowRepairs';

const GLYPHS = { fits: Check, renamed: ArrowLeftRight, missing: Plus, unexpected: Minus, shape: EqualNot, dtype: Equal } as const;
/** What each way of meeting is called. */
export const MATCH_WORDS = {
  fits: 'fits',
  renamed: 'renamed',
  missing: 'missing',
  unexpected: 'unexpected',
  shape: 'other shape',
  dtype: 'cast',
} as const;

/** Marks a drag as a leaf of the checkpoint; its data is the leaf's name. */
const LEAF_TYPE = 'application/x-linnet-leaf';

/** One side of a row: name and type, or that it has none. */
function Side({ name, type, other }: { readonly name: string | null; readonly type: string | null; readonly other: string | null }) {
  if (name === null || type === null) return <span className="quiet plain small">not there</span>;
  const differing = other !== null && other !== type ? 'differs' : '';
  return (
    <>
      <bdi className="mono ellipsis selectable match-name" title={name}>
        {name}
      </bdi>
      <span className={`mono ellipsis quiet match-type ${differing}`}>{type}</span>
    </>
  );
}

/** What a leaf of the model does with a leaf of the checkpoint that is dragged onto it. */
function useDropOn(row: MatchRow) {
  const [over, setOver] = useState(false);
  const takes = row.wanted !== null && row.status !== 'fits' && row.status !== 'dtype';
  const carriesLeaf = (event: DragEvent) => takes && event.dataTransfer.types.includes(LEAF_TYPE);
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!carriesLeaf(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        setOver(false);
        if (!carriesLeaf(event)) return;
        event.preventDefault();
        rename(event.dataTransfer.getData(LEAF_TYPE), row.path);
      },
    },
  };
}

/** A pair of leaves, both sides named; an unexpected leaf can be dragged onto the leaf of the model that it is. */
export function MatchLine({
  row,
  rows,
  index,
  top,
}: {
  readonly row: MatchRow;
  readonly rows: readonly MatchRow[];
  readonly index: number;
  readonly top: number;
}) {
  const { status, path, from, saved, wanted } = row;
  const Glyph = GLYPHS[status];
  const draggable = status === 'unexpected';
  const { over, handlers } = useDropOn(row);
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed one by one, which a table element cannot be
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      className={`match-line ${status} ${over ? 'drop-here' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      {...handlers}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <span
        role="cell"
        className="match-side"
        draggable={draggable}
        onDragStart={(event) => {
          event.dataTransfer.setData(LEAF_TYPE, path);
          event.dataTransfer.effectAllowed = 'move';
        }}
      >
        {draggable && <GripVertical className="icon grip" aria-hidden="true" />}
        <span className="match-text">
          <Side name={from} type={saved} other={wanted} />
        </span>
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <span role="cell" className="match-how">
        <span className={`glyph ${status}`} title={MATCH_WORDS[status]}>
          <Glyph className="icon" aria-label={MATCH_WORDS[status]} />
        </span>
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <span role="cell" className="match-side">
        <span className="match-text">
          <Side name={wanted === null ? null : path} type={wanted} other={saved} />
        </span>
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <span role="cell" className="match-repair">
        <RowRepairs row={row} rows={rows} />
      </span>
    </div>
  );
}
