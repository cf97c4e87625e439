import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronRight, Search, ShieldQuestionMark } from 'lucide-react';
import { type KeyboardEvent, memo, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { LeafInfo } from '#linnet/core';
import { copyText } from '../actions/download';
import { selectLeaf, useInspection } from '../state/inspection';
import { useLeafNumbers } from '../state/leafNumbers';
import { sayError } from '../state/messages';
import { useView } from '../state/view';
import { bytesText, countText } from '../ui/numbers';
import { Pane } from '../ui/Pane';
import { HeatTile } from './HeatTile';
import { Histogram } from './Histogram';
import { LeafDetail, leafType } from './LeafDetail';
import { leafKey, leafTree, openAtFirst, type TreeRow, visibleRows } from './leafTree';

const ROW_HEIGHT = 30;
const PAGE_ROWS = 12;

/** Histogram and heat map of a leaf, small. */
function RowPictures({ leaf }: { readonly leaf: LeafInfo | null }) {
  const numbers = useLeafNumbers(leaf, false);
  if (typeof numbers === 'string' || numbers === null) return <span className="row-pictures" />;
  return (
    <span className="row-pictures">
      <Histogram statistics={numbers} />
      <HeatTile tile={numbers.tile} />
    </span>
  );
}

const Row = memo(function Row({
  row,
  id,
  top,
  isSelected,
  isUnchecked,
  onPick,
}: {
  readonly row: TreeRow;
  readonly id: string;
  readonly top: number;
  readonly isSelected: boolean;
  readonly isUnchecked: boolean;
  onPick(row: TreeRow): void;
}) {
  const { node, level, position, setSize, expanded } = row;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself has the keyboard
    <div
      id={id}
      role="treeitem"
      tabIndex={-1}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={setSize}
      aria-expanded={expanded ?? undefined}
      aria-selected={isSelected}
      className="tree-row"
      style={{ top }}
      onClick={() => onPick(row)}
    >
      <span className="tree-label" style={{ paddingLeft: 12 + (level - 1) * 16 }}>
        <span className="twisty" aria-hidden="true">
          {expanded === true && <ChevronDown className="icon" />}
          {expanded === false && <ChevronRight className="icon" />}
        </span>
        <span className="mono ellipsis tree-name">{node.name === '' ? '""' : node.name}</span>
      </span>
      <span className="mono ellipsis tree-type">
        {node.leaf === null ? countText(node.leaves, 'leaf').replace(/leafs$/, 'leaves') : leafType(node.leaf)}
      </span>
      <span className="num quiet tree-bytes">{bytesText(node.byteLength)}</span>
      <RowPictures leaf={node.leaf} />
      <span className="unchecked-mark">
        {isUnchecked && <ShieldQuestionMark className="icon" aria-label="unchecked: nothing vouches for its bytes" />}
      </span>
    </div>
  );
});

/** Where a key leads from row `active`, or null when it is no key of movement. */
function rowAfterKey(key: string, active: number, rows: readonly TreeRow[]): number | null {
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return active + 1;
    case 'ArrowUp':
      return active - 1;
    case 'ArrowLeft':
      return rows.findLastIndex((candidate, i) => i < active && candidate.level < rows[active]!.level);
    case 'Home':
      return 0;
    case 'End':
      return rows.length - 1;
    case 'PageDown':
      return active + PAGE_ROWS;
    case 'PageUp':
      return active - PAGE_ROWS;
    default:
      return null;
  }
}

/** `/` anywhere in the view goes to the search field. */
function useFindKey(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const inText = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key !== '/' || inText || useView.getState().dialog !== null) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [input]);
}

/** Keys of the shown item's leaves whose bytes nothing vouches for. */
function useUnchecked(): ReadonlySet<string> {
  const check = useInspection((state) => state.check);
  const item = useInspection((state) => state.item);
  return useMemo(() => {
    const unchecked = check === null || typeof check === 'string' ? [] : check.unchecked;
    return new Set(unchecked.filter(([name]) => name === item).map(([, path]) => leafKey(path)));
  }, [check, item]);
}

/** The leaves of an item as a tree: only the rows in sight are in the page, whatever their number. */
export function LeafTreeView({ leaves }: { readonly leaves: readonly LeafInfo[] }) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const tree = useMemo(() => leafTree(leaves), [leaves]);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => openAtFirst(tree));
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const selected = useInspection((state) => state.selected);
  const unchecked = useUnchecked();
  const rows = useMemo(() => visibleRows(tree, open, query), [tree, open, query]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    useFlushSync: false,
  });
  const chosen = useMemo(() => (selected === null ? undefined : leaves.find(({ path }) => leafKey(path) === selected)), [leaves, selected]);
  useEffect(() => setOpen(openAtFirst(tree)), [tree]);
  useFindKey(search);

  const toggle = useCallback((key: string) => {
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  // The same function while one scrolls, so that rows that stay are not drawn again.
  const pick = useCallback(
    (row: TreeRow) => {
      setActive(rows.indexOf(row));
      if (row.expanded !== null) toggle(row.node.key);
      else selectLeaf(row.node.path);
    },
    [rows, toggle],
  );
  const goTo = (index: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, index));
    setActive(next);
    virtual.scrollToIndex(next, { align: 'auto' });
  };
  const typeahead = (letter: string) => {
    const after = [...rows.slice(active + 1), ...rows.slice(0, active + 1)];
    const found = after.find(({ node }) => node.name.toLowerCase().startsWith(letter));
    if (found !== undefined) goTo(rows.indexOf(found));
  };
  const byKey = (event: KeyboardEvent) => {
    const row = rows[active];
    if (row === undefined) return;
    if (event.key === 'c' && (event.ctrlKey || event.metaKey)) {
      copyText(row.node.path.join('.')).catch(sayError);
      return;
    }
    const folds =
      (event.key === 'ArrowRight' && row.expanded === false) || (event.key === 'ArrowLeft' && row.expanded === true && query === '');
    const target = folds ? null : rowAfterKey(event.key, active, rows);
    if (folds || target !== null || event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (folds) toggle(row.node.key);
      else if (target !== null) goTo(target);
      else pick(row);
    } else if (/^[a-z0-9_]$/i.test(event.key) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      typeahead(event.key.toLowerCase());
    }
  };

  const find = (
    <label className="find">
      <Search className="icon" aria-hidden="true" />
      <input
        ref={search}
        type="search"
        aria-label="Find a leaf"
        placeholder="Find a leaf"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <kbd>/</kbd>
    </label>
  );
  return (
    <Pane title="Contents" meta={countText(leaves.length, 'leaf').replace(/leafs$/, 'leaves')} tools={find} className="contents-pane">
      <div
        ref={scroller}
        className="tree"
        role="tree"
        tabIndex={0}
        aria-label="Contents of the checkpoint"
        aria-activedescendant={rows.length > 0 ? `${id}-${active}` : undefined}
        onKeyDown={byKey}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index]!;
            return (
              <Row
                key={row.node.key}
                row={row}
                id={`${id}-${index}`}
                top={start}
                isSelected={row.node.key === selected || (index === active && selected === null)}
                isUnchecked={unchecked.has(row.node.key)}
                onPick={pick}
              />
            );
          })}
        </div>
        {rows.length === 0 && <p className="quiet pane-note">No leaf has “{query}” in its path.</p>}
      </div>
      {chosen !== undefined && <LeafDetail leaf={chosen} isUnchecked={unchecked.has(leafKey(chosen.path))} />}
    </Pane>
  );
}
