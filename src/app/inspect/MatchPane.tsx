import { Check, Equal, EqualNot, Minus, Plus } from 'lucide-react';
import { useState } from 'react';
import type { InspectReport, MatchRow } from '#linnet/core';
import { showExperiment } from '../state/experiment';
import { say, sayError } from '../state/messages';
import { adoptRun, sandbox } from '../state/sandbox';
import { goTo } from '../state/view';
import { Code, CopyButton } from '../ui/Code';
import { countText } from '../ui/numbers';
import { Pane } from '../ui/Pane';
import { Segments } from '../ui/Segments';
import { type MissingChoice, repairCode } from './repairCode';

const GLYPHS = { fits: Check, missing: Plus, unexpected: Minus, shape: EqualNot, dtype: Equal } as const;
const WORDS = { fits: 'fits', missing: 'missing', unexpected: 'unexpected', shape: 'other shape', dtype: 'cast' } as const;
/** More rows than this are counted, not listed. */
const MOST_ROWS = 400;

const CHOICES = [
  ['keep', 'fresh values'],
  ['zeros', 'zeros'],
] as const;

function Row({ row: { status, path, saved, wanted, reason } }: { readonly row: MatchRow }) {
  const Glyph = GLYPHS[status];
  return (
    <tr>
      <td className="mono selectable">
        {saved === null ? <span className="quiet plain">not in the checkpoint</span> : path}
        {saved !== null && <span className="quiet">{saved}</span>}
      </td>
      <td className="glyph-cell">
        <span className={`glyph ${status}`} title={WORDS[status]}>
          <Glyph className="icon" aria-label={WORDS[status]} />
        </span>
      </td>
      <td className="mono selectable">
        {wanted === null ? <span className="quiet plain">not in the model</span> : path}
        {wanted !== null && <span className="quiet">{wanted}</span>}
      </td>
      <td className="small match-reason">{reason ?? WORDS[status]}</td>
    </tr>
  );
}

function Counts({ match }: { readonly match: readonly MatchRow[] }) {
  return (
    <ul className="row match-counts">
      {(Object.keys(WORDS) as MatchRow['status'][]).map((status) => {
        const count = match.filter((row) => row.status === status).length;
        return count === 0 ? null : (
          <li key={status} className="row small">
            <span className={`match-dot ${status}`} aria-hidden="true" />
            <b className="num">{count}</b> {WORDS[status]}
          </li>
        );
      })}
    </ul>
  );
}

/** How the checkpoint meets the model, leaf by leaf, what is done about each difference, and the button that does it. */
export function MatchPane({ report, item }: { readonly report: InspectReport; readonly item: string | null }) {
  const [missing, setMissing] = useState<MissingChoice>('keep');
  const [busy, setBusy] = useState(false);
  const match = report.match;
  if (match === null) return null;
  const fits = match.filter(({ status }) => status === 'fits' || status === 'dtype').length;
  const load = async () => {
    setBusy(true);
    try {
      const { run, loaded, kept, dropped } = await sandbox().load(report.id, {
        ...(item === null ? {} : { item }),
        missing,
        unexpected: 'drop',
      });
      showExperiment(run.experiment);
      await adoptRun(run);
      goTo('train');
      say({
        tone: 'good',
        title: `${report.name} is loaded`,
        happened: `${countText(loaded.length, 'array')} loaded, ${kept.length} ${missing === 'zeros' ? 'filled with zeros' : 'kept from the model'}, ${dropped.length} dropped.`,
        safe: 'The run before is unchanged in Checkpoints.',
      });
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Pane title="Load into the model" tools={<Counts match={match} />} className="match-pane">
        <div className="match-scroll">
          <table className="match">
            <thead>
              <tr>
                <th scope="col">in the checkpoint</th>
                <th scope="col" aria-label="how they meet" />
                <th scope="col">in the model</th>
                <th scope="col">what happens</th>
              </tr>
            </thead>
            <tbody>
              {match.slice(0, MOST_ROWS).map((row) => (
                <Row key={`${row.status} ${row.path}`} row={row} />
              ))}
            </tbody>
          </table>
          {match.length > MOST_ROWS && <p className="quiet pane-note">And {countText(match.length - MOST_ROWS, 'row')} more.</p>}
        </div>
      </Pane>
      <Pane
        title="The same in Python"
        tools={<CopyButton text={repairCode(report.name, match, missing)} what="Python" />}
        className="repair-pane"
      >
        <Code text={repairCode(report.name, match, missing)} label="Python that does the same" />
        <div className="row load-row">
          <span className="small">What is missing gets</span>
          <Segments label="What is missing gets" options={CHOICES} value={missing} onChange={(next) => setMissing(next)} />
          <span className="grow" />
          <button type="button" className="button primary" disabled={busy || fits === 0} onClick={() => void load()}>
            {busy ? 'Loading' : 'Load into the model'}
          </button>
        </div>
        {fits === 0 && (
          <p className="pane-note small bad-text">
            Nothing fits: another model or data set must be chosen first. The match above says why.
          </p>
        )}
      </Pane>
    </>
  );
}
