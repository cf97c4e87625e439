import { Menu } from '@base-ui/react/menu';
import type { Fill, MatchRow } from '#linnet/core';
import { fillOne, rename, renameBack } from '../state/repairs';

const FILL_WORDS: Readonly<Record<Fill, string>> = { cut: 'Cut', zeros: 'Zeros', fresh: 'Fresh' };
const FILL_HINTS: Readonly<Record<Fill, string>> = {
  cut: 'What there is, cut off or filled up with zeros',
  zeros: 'Zeros',
  fresh: 'The initial values of a new model',
};
/** More leaves than this are not offered in a menu: the search of a tree would be the better tool, and no model here has as many. */
const MOST_TARGETS = 60;

/** What a leaf of the model gets that has nothing fitting. */
function Fills({ row: { path, fill, canCut } }: { readonly row: MatchRow }) {
  const fills: readonly Fill[] = canCut ? ['cut', 'zeros', 'fresh'] : ['zeros', 'fresh'];
  return (
    <>
      {fills.map((choice) => (
        <button
          type="button"
          key={choice}
          className="button compact"
          title={FILL_HINTS[choice]}
          aria-label={`${FILL_WORDS[choice]} for ${path}`}
          aria-pressed={fill === choice}
          onClick={() => fillOne(path, choice)}
        >
          {FILL_WORDS[choice]}
        </button>
      ))}
    </>
  );
}

/** The leaves of the model that `row` may become: those of its shape first. */
function targetsOf(row: MatchRow, rows: readonly MatchRow[]): readonly MatchRow[] {
  const open = rows.filter(({ status }) => status === 'missing' || status === 'shape');
  const alike = ({ wanted }: MatchRow): number => (wanted === row.saved ? 0 : 1);
  return [...open].sort((a, b) => alike(a) - alike(b)).slice(0, MOST_TARGETS);
}

/** The same as dragging the leaf, by key: a menu of the leaves it may become. */
function RenameMenu({ row, rows }: { readonly row: MatchRow; readonly rows: readonly MatchRow[] }) {
  return (
    <Menu.Root>
      <Menu.Trigger className="button compact" aria-label={`Rename ${row.path}`}>
        Rename…
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="floating" sideOffset={4} align="end">
          <Menu.Popup className="menu">
            {targetsOf(row, rows).map(({ path, wanted }) => (
              <Menu.Item key={path} className="menu-item" onClick={() => rename(row.path, path)}>
                <bdi className="mono ellipsis">{path}</bdi>
                <span className="mono small quiet">{wanted}</span>
              </Menu.Item>
            ))}
            {targetsOf(row, rows).length === 0 && <p className="small quiet pane-note">The model misses no leaf.</p>}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** What can be done about one row. */
export function RowRepairs({ row, rows }: { readonly row: MatchRow; readonly rows: readonly MatchRow[] }) {
  const { status, path, from, likely, reason } = row;
  switch (status) {
    case 'fits':
      return <span className="small quiet">fits</span>;
    case 'dtype':
      return <span className="small quiet ellipsis">{reason}</span>;
    case 'renamed':
      return (
        <button type="button" className="button compact" aria-label={`Take the name of ${from} back`} onClick={() => renameBack(from!)}>
          Own name
        </button>
      );
    case 'unexpected':
      return (
        <>
          <span className="small quiet">dropped</span>
          <RenameMenu row={row} rows={rows} />
        </>
      );
    default:
      return (
        <>
          {likely !== null && (
            <button
              type="button"
              className="button compact likely"
              aria-label={`Take ${likely} for ${path}`}
              onClick={() => rename(likely, path)}
            >
              <span className="ellipsis">
                = <bdi className="mono">{likely}</bdi>
              </span>
            </button>
          )}
          <Fills row={row} />
        </>
      );
  }
}
