import { Copy } from 'lucide-react';
import { copyText } from '../actions/download';
import { say, sayError } from '../state/messages';

/** Copies a path and says so. `label` names it where several stand together. */
export function CopyPath({ path, label = 'Copy the path' }: { readonly path: string; readonly label?: string }) {
  const copy = () =>
    copyText(path)
      .then(() => say({ tone: 'good', title: 'Path copied', happened: path }))
      .catch(sayError);
  return (
    <button type="button" className="button ghost square compact" aria-label={label} onClick={() => void copy()}>
      <Copy className="icon" aria-hidden="true" />
    </button>
  );
}
