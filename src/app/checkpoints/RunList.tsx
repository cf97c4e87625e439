import { Pencil } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { sayError } from '../state/messages';
import { refreshLists, sandbox } from '../state/sandbox';
import { type RunSummary, useSession } from '../state/session';
import { setView } from '../state/view';
import { countText, timeText } from '../ui/numbers';
import { Pane } from '../ui/Pane';

function summaryText({ run, checkpoints, savedAtMs }: RunSummary): string {
  if (run.parent !== null) return `from step ${run.parent.step.toLocaleString('en')} of another run`;
  if (checkpoints === 0) return 'no checkpoint yet';
  return `${countText(checkpoints, 'checkpoint')}${savedAtMs === null ? '' : `, ${timeText(savedAtMs)}`}`;
}

function RenameForm({ run, onDone }: { readonly run: RunSummary['run']; onDone(): void }) {
  const [name, setName] = useState(run.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDone();
    sandbox()
      .renameRun(run.id, name.trim() || run.name)
      .then(refreshLists)
      .catch(sayError);
  };
  return (
    <form className="rename-form" onSubmit={submit}>
      <input
        className="text-input"
        aria-label="Name of the run"
        maxLength={60}
        value={name}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to type here
        autoFocus
        onFocus={(event) => event.target.select()}
        onChange={(event) => setName(event.target.value)}
        onBlur={submit}
        onKeyDown={(event) => event.key === 'Escape' && onDone()}
      />
    </form>
  );
}

/** The runs of the store, and the present one before its first checkpoint. */
function useRuns(): readonly RunSummary[] {
  const stored = useSession((state) => state.runs);
  const run = useSession((state) => state.session.run);
  const isNew = useSession((state) => state.session.step === 0);
  if (run === null || stored.some((summary) => summary.run.id === run.id)) return stored;
  // A run that has just begun is no news beside those that people come back for.
  if (isNew && stored.length > 0) return stored;
  return [{ run, latestStep: null, savedAtMs: null, checkpoints: 0 }, ...stored];
}

/** Every run that has something saved, and the present one. */
export function RunList({ chosen }: { readonly chosen: string | null }) {
  const runs = useRuns();
  const present = useSession((state) => state.session.run?.id ?? null);
  const [renaming, setRenaming] = useState<string | null>(null);
  return (
    <Pane title="Runs" className="run-list">
      <ul>
        {runs.map((summary) => (
          <li key={summary.run.id} className="run-row" data-chosen={summary.run.id === chosen}>
            {renaming === summary.run.id ? (
              <RenameForm run={summary.run} onDone={() => setRenaming(null)} />
            ) : (
              <>
                <button
                  type="button"
                  className="run-button"
                  aria-current={summary.run.id === chosen}
                  onClick={() => setView({ chosenRun: summary.run.id, chosenStep: null })}
                >
                  <span className={`run-dot ${summary.run.id === present ? 'present' : ''}`} aria-hidden="true" />
                  <span className="grow">
                    <strong className="ellipsis">{summary.run.name}</strong>
                    <span className="quiet small ellipsis">{summaryText(summary)}</span>
                  </span>
                </button>
                <button
                  type="button"
                  className="button ghost square compact rename-button"
                  aria-label={`Rename ${summary.run.name}`}
                  onClick={() => setRenaming(summary.run.id)}
                >
                  <Pencil className="icon" aria-hidden="true" />
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
    </Pane>
  );
}
