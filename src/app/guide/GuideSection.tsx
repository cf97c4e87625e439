import { Play } from 'lucide-react';
import { runGuide, useGuide } from '../state/guide';
import { goTo } from '../state/view';
import { Code, CopyButton } from '../ui/Code';
import { GuideOutputs } from './GuideOutputs';
import type { SectionText } from './sectionTexts';

/** How a section's outputs stand to the values that are set now. */
function Standing({ id }: { readonly id: string }) {
  const values = useGuide((state) => state.values);
  const ran = useGuide((state) => state.results.get(id));
  if (ran === undefined) return <span className="small quiet">not run yet</span>;
  if (JSON.stringify(ran.values) !== JSON.stringify(values)) {
    return <span className="small guide-stale">ran with other values: run it again</span>;
  }
  const { elapsedMs, error } = ran.result;
  const ms = elapsedMs < 10 ? elapsedMs.toFixed(1) : Math.round(elapsedMs);
  return (
    <span className="small quiet num">
      {error === null ? 'ran' : 'failed after'} {error === null ? 'in ' : ''}
      {ms} ms
    </span>
  );
}

/** A section: words, the code that runs, and what came of it. */
export function GuideSection({ index, section, code }: { readonly index: number; readonly section: SectionText; readonly code: string }) {
  const { id, title, text, link } = section;
  const ran = useGuide((state) => state.results.get(id));
  const busy = useGuide((state) => state.running !== null);
  return (
    <section aria-label={title} id={`guide-${id}`}>
      <h3>
        {index + 1}. {title}
      </h3>
      <p>{text}</p>
      <div className="guide-code">
        <Code text={code} label={`Code: ${title}`} />
        <div className="row guide-run">
          <button
            type="button"
            className="button compact"
            disabled={busy}
            aria-label={`Run: ${title}`}
            onClick={() => void runGuide(index)}
          >
            <Play className="icon" aria-hidden="true" />
            Run
          </button>
          <Standing id={id} />
          <span className="grow" />
          {link !== undefined && (
            <button type="button" className="button ghost compact" onClick={() => goTo(link.view)}>
              {link.label}
            </button>
          )}
          <CopyButton text={code} what="Code" />
        </div>
      </div>
      {ran !== undefined && (
        <div className="guide-outputs">
          <GuideOutputs result={ran.result} />
        </div>
      )}
    </section>
  );
}
