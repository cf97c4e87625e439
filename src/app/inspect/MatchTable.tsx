import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { MatchRow } from '#linnet/core';
import { useMedia } from '../ui/useMedia';
import { MatchLine } from './MatchLine';

/** Height of a row, px; where there is no room beside, repairs stand on a line of their own. */
const ROW_HEIGHT = 44;
const TALL_ROW_HEIGHT = 84;

const HEADS = ['in the checkpoint', 'how they meet', 'in the model', 'what happens'];

/** How each leaf of the checkpoint meets the model, differences first: only the rows in sight are in the page. */
export function MatchTable({ rows }: { readonly rows: readonly MatchRow[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const isWide = useMedia('(min-width: 900px)');
  const height = isWide ? ROW_HEIGHT : TALL_ROW_HEIGHT;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6,
    getItemKey: (index) => `${rows[index]!.wanted === null ? '-' : '+'} ${rows[index]!.path}`,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height moves every row
  useEffect(() => virtual.measure(), [height]);
  return (
    <div ref={scroller} className="match-scroll">
      {/* biome-ignore lint/a11y/useSemanticElements: rows are placed one by one, which a table element cannot be */}
      <div role="table" className="match" aria-label="Match with the model" aria-rowcount={rows.length + 1}>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="row" className="match-line match-head" aria-rowindex={1} tabIndex={-1}>
          {HEADS.map((head, i) => (
            // biome-ignore lint/a11y/useSemanticElements: as above
            <span role="columnheader" key={head} tabIndex={-1} className={i === 1 ? 'match-how' : ''}>
              <span className={i === 1 ? 'sr' : ''}>{head}</span>
            </span>
          ))}
        </div>
        <div role="presentation" className="match-rows" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ key, index, start }) => (
            <MatchLine key={key} row={rows[index]!} rows={rows} index={index} top={start} />
          ))}
        </div>
      </div>
    </div>
  );
}
