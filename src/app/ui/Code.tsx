import { Copy } from 'lucide-react';
import { copyText } from '../actions/download';
import { say, sayError } from '../state/messages';

const TOKENS =
  /(?<comment>#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>"""[\s\S]*?"""|'[^'\n]*'|"[^"\n]*"|`[^`]*`)|(?<keyword>\b(?:import|from|as|def|class|return|for|in|if|else|with|del|const|let|new|extends|super|this|async|await|export|function|type|None|True|False|null|true|false)\b)|(?<number>\b\d[\d_.]*(?:e[+-]?\d+)?\b)/g;

/** Code in Python or TypeScript, coloured just enough to read by: text nodes only. */
export function Code({ text, label }: { readonly text: string; readonly label: string }) {
  const parts: React.ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    parts.push(text.slice(at, match.index));
    const kind = Object.entries(match.groups!).find(([, value]) => value !== undefined)![0];
    parts.push(
      <span key={match.index} className={`code-${kind}`}>
        {match[0]}
      </span>,
    );
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
    <section className="code-frame" aria-label={label} tabIndex={0}>
      <pre className="code mono selectable">{parts}</pre>
    </section>
  );
}

/** Copies `text` and says so. */
export function CopyButton({ text, what, label = 'Copy' }: { readonly text: string; readonly what: string; readonly label?: string }) {
  const copy = () =>
    copyText(text)
      .then(() => say({ tone: 'good', title: `${what} copied`, happened: '' }))
      .catch(sayError);
  return (
    <button type="button" className="button compact" onClick={() => void copy()}>
      <Copy className="icon" aria-hidden="true" />
      {label}
    </button>
  );
}
