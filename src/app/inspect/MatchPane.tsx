import { Undo2 } from 'lucide-react';
import type { InspectReport, MatchReport, MatchRow } from '#linnet/core';
import { fillAll, likelyRenames, renameLikely, undoRepair, useMatch, useRepairs } from '../state/repairs';
import { Code, CopyButton } from '../ui/Code';
import { stepText } from '../ui/numbers';
import { Pane } from '../ui/Pane';
import { Segments } from '../ui/Segments';
import { LoadButtons } from './LoadButtons';
import { MATCH_WORDS } from './MatchLine';
import { MatchTable } from './MatchTable';
import { repairCode } from './repairCode';

const CHOICES = [
  ['fresh', 'fresh values'],
  ['zeros', 'zeros'],
] as const;

/** More repairs than this are a program of its own; the code then shows how they begin. */
const MOST_CODE_ROWS = 400;

function Counts({ rows }: { readonly rows: readonly MatchRow[] }) {
  return (
    <ul className="row match-counts">
      {(Object.keys(MATCH_WORDS) as MatchRow['status'][]).map((status) => {
        const count = rows.filter((row) => row.status === status).length;
        return count === 0 ? null : (
          <li key={status} className="row small">
            <span className={`match-dot ${status}`} aria-hidden="true" />
            <b className="num">{count}</b> {MATCH_WORDS[status]}
          </li>
        );
      })}
    </ul>
  );
}

/** Repairs that concern many leaves at once, and the way back. */
function Mending({ rows }: { readonly rows: readonly MatchRow[] }) {
  const { repairs, former } = useRepairs();
  const likely = likelyRenames(rows).length;
  return (
    <div className="row mending">
      <span className="small">What is missing gets</span>
      <Segments label="What is missing gets" options={CHOICES} value={repairs.fill} onChange={fillAll} />
      {likely > 0 && (
        <button type="button" className="button compact" onClick={() => renameLikely(rows)}>
          Rename {likely === 1 ? '1 leaf that looks' : `${stepText(likely)} leaves that look`} the same
        </button>
      )}
      <span className="grow" />
      <button type="button" className="button ghost compact" disabled={former.length === 0} onClick={undoRepair}>
        <Undo2 className="icon" aria-hidden="true" />
        Undo repair
      </button>
    </div>
  );
}

function Repair({ report, match }: { readonly report: InspectReport; readonly match: MatchReport }) {
  const { preamble, repair } = repairCode(report, { ...match, rows: match.rows.slice(0, MOST_CODE_ROWS) });
  const copy = <CopyButton text={`${preamble}\n${repair}`} what="Python" />;
  return (
    <Pane title="The same in Python" meta="imports come along with Copy" tools={copy} className="repair-pane">
      <Code text={repair} label="Python that does the same" />
      <LoadButtons report={report} match={match} />
    </Pane>
  );
}

/** How the checkpoint meets the model, leaf by leaf, what is done about each difference, and the button that does it. */
export function MatchPane({ report }: { readonly report: InspectReport }) {
  const match = useMatch();
  if (match === null) return <Pane title="Load into the model">{null}</Pane>;
  return (
    <>
      <Pane title="Load into the model" tools={<Counts rows={match.rows} />} className="match-pane">
        <Mending rows={match.rows} />
        <MatchTable rows={match.rows} />
      </Pane>
      <Repair report={report} match={match} />
    </>
  );
}
