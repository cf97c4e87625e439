import { CircleAlert, CircleCheck, FileArchive, FolderOpen, Info, ShieldQuestionMark, TriangleAlert, X } from 'lucide-react';
import type { ByteCheck, InspectReport } from '#linnet/core';
import type { InspectStage } from '#linnet/worker';
import { perform } from '../actions/action';
import { lookInsideThis, stepInView } from '../actions/checkpoints';
import { pickUpload } from '../actions/upload';
import { LeafTreeView } from '../inspect/LeafTreeView';
import { MatchPane } from '../inspect/MatchPane';
import { chooseItem, closeInspection, useInspection } from '../state/inspection';
import { useSession } from '../state/session';
import { bytesText, countText, stepText, timeText } from '../ui/numbers';
import { Segments } from '../ui/Segments';

/** What is done before the structure can be shown, in order. */
const STAGES = ['finding out what it is', 'reading its tree'] as const satisfies readonly InspectStage[];
/** More are counted, not listed. */
const MOST_FINDINGS = 100;
const SEVERITIES = { error: CircleAlert, warning: TriangleAlert, note: Info } as const;

/** For those who have no file at hand: what this tab has saved itself. */
function OwnCheckpoint() {
  const blocked = useSession(() => lookInsideThis.blocked());
  const step = useSession(() => stepInView());
  if (blocked !== null || step === null) return null;
  return (
    <button type="button" className="button ghost inspect-own" onClick={() => void perform(lookInsideThis)}>
      Or look inside step {stepText(step)} of this run
    </button>
  );
}

function Empty() {
  const reading = useInspection((state) => state.reading);
  if (reading !== null) {
    return (
      <div className="inspect-empty" role="status">
        <h2>
          Reading <bdi className="anywhere">{reading.name}</bdi>
        </h2>
        <p>
          {Math.max(0, STAGES.indexOf(reading.stage as (typeof STAGES)[number])) + 1} of {STAGES.length}: {reading.stage}. A worker of its
          own reads it; training goes on.
        </p>
        <button type="button" className="button" onClick={closeInspection}>
          Stop
        </button>
      </div>
    );
  }
  return (
    <div className="inspect-empty">
      <h2>Look inside a checkpoint</h2>
      <p>
        Drop it anywhere on this page: an Orbax folder or zip, a safetensors or an npz file. It stays on this device, and you need none of
        the code that wrote it.
      </p>
      <div className="row inspect-buttons">
        <button type="button" className="button primary large" onClick={() => pickUpload('file')}>
          <FileArchive className="icon" aria-hidden="true" />
          Choose a file
        </button>
        <button type="button" className="button large" onClick={() => pickUpload('folder')}>
          <FolderOpen className="icon" aria-hidden="true" />
          Choose a folder
        </button>
      </div>
      <OwnCheckpoint />
    </div>
  );
}

function FindingList({ findings }: { readonly findings: ByteCheck['findings'] }) {
  return (
    <details className="findings">
      <summary className="small">{countText(findings.length, 'finding')}</summary>
      <ul>
        {findings.slice(0, MOST_FINDINGS).map(({ severity, where, message }) => {
          const Icon = SEVERITIES[severity];
          return (
            <li key={`${where} ${message}`} className={`row finding ${severity}`}>
              <Icon className="icon" aria-label={severity} />
              <span className="selectable anywhere">
                <b className="mono">
                  <bdi>{where}</bdi>
                </b>{' '}
                {message}
              </span>
            </li>
          );
        })}
        {findings.length > MOST_FINDINGS && (
          <li className="small quiet">And {countText(findings.length - MOST_FINDINGS, 'finding')} more.</li>
        )}
      </ul>
    </details>
  );
}

/** What `verify` says: what is right, what nothing vouches for, what is wrong. */
function Verdict({ arrays }: { readonly arrays: number }) {
  const check = useInspection((state) => state.check);
  if (check === null) return <span className="small quiet">checking its bytes</span>;
  if (typeof check === 'string') return <span className="small bad-text">not checked: {check}</span>;
  const { findings, unchecked } = check;
  const sound = findings.every(({ severity }) => severity !== 'error');
  const words =
    unchecked.length === 0
      ? 'verified: every checksum is right'
      : unchecked.length >= arrays
        ? 'readable; it carries no checksums, so nothing vouches for its bytes'
        : `verified, but ${countText(unchecked.length, 'array')} carry no checksum`;
  return (
    <>
      {sound && (
        <span className={`row small ${unchecked.length === 0 ? 'verified' : 'unchecked'}`}>
          {unchecked.length === 0 ? (
            <CircleCheck className="icon" aria-hidden="true" />
          ) : (
            <ShieldQuestionMark className="icon" aria-hidden="true" />
          )}
          {words}
        </span>
      )}
      {findings.length > 0 && <FindingList findings={findings} />}
    </>
  );
}

function Head({ report, item }: { readonly report: InspectReport; readonly item: string | null }) {
  const leaves = report.items.flatMap((one) => one.leaves);
  return (
    <header className="inspect-head">
      <FileArchive className="icon file-icon" aria-hidden="true" />
      <div className="grow">
        <h2 className="ellipsis">
          <bdi>{report.name}</bdi>
        </h2>
        <div className="row inspect-facts small">
          <span>
            <b>{report.description}</b>, {report.storage}
          </span>
          <span>
            written by {report.writer}
            {report.savedAtMs !== null && `, ${timeText(report.savedAtMs)}`}
          </span>
          <span>
            <b>{countText(leaves.length, 'leaf').replace(/leafs$/, 'leaves')}</b>, {bytesText(report.byteLength)}
          </span>
          <Verdict arrays={leaves.filter(({ kind }) => kind === 'array' || kind === 'scalar').length} />
        </div>
      </div>
      {report.items.length > 1 && (
        <Segments label="Item" options={report.items.map(({ name }) => [name, name] as const)} value={item ?? ''} onChange={chooseItem} />
      )}
      <button type="button" className="button ghost square" aria-label="Close this checkpoint" onClick={closeInspection}>
        <X className="icon" aria-hidden="true" />
      </button>
    </header>
  );
}

/** Any checkpoint from outside: what it is, what is in it, how it meets the model. */
export default function InspectView() {
  const report = useInspection((state) => state.report);
  const item = useInspection((state) => state.item);
  if (report === null) {
    return (
      <div className="view inspect-view empty">
        <Empty />
      </div>
    );
  }
  const shown = report.items.find(({ name }) => name === item) ?? report.items[0];
  return (
    <div className="view inspect-view">
      <Head report={report} item={item} />
      <div className="inspect-body">
        <div className="column contents">
          {shown !== undefined && <LeafTreeView key={`${report.id} ${shown.name}`} leaves={shown.leaves} />}
        </div>
        <div className="column loading">
          <MatchPane report={report} />
        </div>
      </div>
    </div>
  );
}
