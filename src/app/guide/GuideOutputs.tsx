import { CircleAlert, Download, TriangleAlert } from 'lucide-react';
import type { GuideOutput, GuideResult } from '#linnet/core';
import { download } from '../actions/download';
import { DisplayTree } from '../display/DisplayTree';
import { ADVICE } from '../state/advice';
import { bytesText } from '../ui/numbers';

function Output({ output }: { readonly output: GuideOutput }) {
  switch (output.kind) {
    case 'tree':
      return <DisplayTree node={output.tree} root={output.label} label={output.label} />;
    case 'text':
      return (
        <p className="row guide-text">
          <span className="mono">{output.label}</span>
          <span className="mono display-type">{output.text}</span>
        </p>
      );
    case 'warning':
      return (
        <p className="row guide-warning">
          <TriangleAlert className="icon" aria-label="Warning" />
          <span className="anywhere">{output.text}</span>
        </p>
      );
    case 'files':
      return (
        <ul className="guide-files" aria-label={`Files in ${output.label}`}>
          {output.files.map(({ path, byteLength }) => (
            <li key={path} className="row">
              <span className="mono ellipsis selectable">{path}</span>
              <span className="num quiet small">{bytesText(byteLength)}</span>
            </li>
          ))}
        </ul>
      );
    case 'file':
      return (
        <button type="button" className="button" onClick={() => download(output.label, output.blob)}>
          <Download className="icon" aria-hidden="true" />
          Download <bdi className="ellipsis">{output.label}</bdi> ({bytesText(output.blob.size)})
        </button>
      );
  }
}

/** What a section put on the page, and how it ended. */
export function GuideOutputs({ result }: { readonly result: GuideResult }) {
  const { outputs, error } = result;
  return (
    <>
      {outputs.map((output, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: outputs of a run have no other name than their place
        <Output key={i} output={output} />
      ))}
      {error !== null && (
        <div className="guide-error" role="alert">
          <p className="row">
            <CircleAlert className="icon" aria-hidden="true" />
            <strong>{ADVICE[error.kind].title}</strong>
          </p>
          <p className="anywhere">{error.message}</p>
          <p className="small">{ADVICE[error.kind].todo}</p>
        </div>
      )}
    </>
  );
}
