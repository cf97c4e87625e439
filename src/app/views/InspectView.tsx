import { CircleAlert, CircleCheck, FileArchive, FolderOpen, Info, TriangleAlert, X } from 'lucide-react';
import type { InspectReport } from '#linnet/core';
import { pickUpload } from '../actions/upload';
import { LeafTreeView } from '../inspect/LeafTreeView';
import { MatchPane } from '../inspect/MatchPane';
import { closeInspection, useInspection } from '../state/inspection';
import { sayError } from '../state/messages';
import { bytesText, countText } from '../ui/numbers';
import { Segments } from '../ui/Segments';

const SEVERITIES = { error: CircleAlert, warning: TriangleAlert, note: Info } as const;

function Empty() {
  const reading = useInspection((state) => state.reading);
  if (reading !== null) {
    return (
      <div className="inspect-empty" role="status">
        <h2>Reading {reading}</h2>
        <p>Its structure first; arrays are read when you look at them.</p>
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
    </div>
  );
}

function Findings({ findings }: { readonly findings: InspectReport['findings'] }) {
  if (findings.length === 0) {
    return (
      <span className="row small verified">
        <CircleCheck className="icon" aria-hidden="true" />
        verified: everything that carries a checksum is right
      </span>
    );
  }
  return (
    <details className="findings">
      <summary className="small">{countText(findings.length, 'finding')}</summary>
      <ul>
        {findings.map(({ severity, where, message }) => {
          const Icon = SEVERITIES[severity];
          return (
            <li key={`${where} ${message}`} className={`row finding ${severity}`}>
              <Icon className="icon" aria-label={severity} />
              <span className="selectable">
                <b className="mono">{where}</b> {message}
              </span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

function Head({ report, item }: { readonly report: InspectReport; readonly item: string | null }) {
  const arrays = report.items.reduce((sum, { leaves }) => sum + leaves.length, 0);
  return (
    <header className="inspect-head">
      <FileArchive className="icon file-icon" aria-hidden="true" />
      <div className="grow">
        <h2 className="ellipsis">{report.name}</h2>
        <div className="row inspect-facts small">
          <span>{report.description}</span>
          <span>
            <b>{countText(arrays, 'leaf').replace(/leafs$/, 'leaves')}</b>, {bytesText(report.byteLength)}
          </span>
          <Findings findings={report.findings} />
        </div>
      </div>
      {report.items.length > 1 && (
        <Segments
          label="Item"
          options={report.items.map(({ name }) => [name, name] as const)}
          value={item ?? ''}
          onChange={(name) => useInspection.setState({ item: name, selected: null, statistics: null, trouble: null })}
        />
      )}
      <button
        type="button"
        className="button ghost square"
        aria-label="Close this checkpoint"
        onClick={() => void closeInspection().catch(sayError)}
      >
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
        <div className="column contents">{shown !== undefined && <LeafTreeView leaves={shown.leaves} />}</div>
        <div className="column loading">
          <MatchPane report={report} item={item} />
        </div>
      </div>
    </div>
  );
}
