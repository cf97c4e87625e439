import { Menu } from '@base-ui/react/menu';
import { ChevronDown, Download, Eye, GitBranch, GitCompareArrows, RotateCcw } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { CheckpointInfo } from '#linnet/core';
import { branchFrom, compareSteps, exportAs, lookAt, restoreTo } from '../actions/checkpoints';
import { sayError } from '../state/messages';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { goTo } from '../state/view';
import { Code, CopyButton } from '../ui/Code';
import { LossNumbers } from '../ui/LossNumbers';
import { bytesText, stepText, timeText } from '../ui/numbers';
import { Pane } from '../ui/Pane';

const FORMATS = [
  ['orbax', 'Orbax zip, everything'],
  ['jax', 'Zip to go on in JAX: script and rows, too'],
  ['safetensors', 'safetensors, parameters'],
  ['npz', 'npz, parameters'],
] as const;

function ExportMenu({ checkpoint: { run, step } }: { readonly checkpoint: CheckpointInfo }) {
  return (
    <Menu.Root>
      <Menu.Trigger className="button compact">
        <Download className="icon" aria-hidden="true" />
        Export
        <ChevronDown className="icon" aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="floating" sideOffset={6} align="end">
          <Menu.Popup className="menu">
            {FORMATS.map(([format, label]) => (
              <Menu.Item key={format} className="menu-item" onClick={() => void exportAs(run, step, format).catch(sayError)}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Annotations({ checkpoint: { run, step, name, note } }: { readonly checkpoint: CheckpointInfo }) {
  const [texts, setTexts] = useState({ name: name ?? '', note: note ?? '' });
  const commit = () => {
    const change = { name: texts.name.trim() || null, note: texts.note.trim() || null };
    if (change.name === name && change.note === note) return;
    sandbox().annotate(run, step, change).catch(sayError);
  };
  return (
    <div className="annotations save-form">
      <label>
        Name
        <input
          className="text-input"
          maxLength={60}
          value={texts.name}
          onChange={(event) => setTexts({ ...texts, name: event.target.value })}
          onBlur={commit}
        />
      </label>
      <label>
        Note
        <textarea
          className="text-input note-input"
          rows={2}
          maxLength={2000}
          value={texts.note}
          onChange={(event) => setTexts({ ...texts, note: event.target.value })}
          onBlur={commit}
        />
      </label>
    </div>
  );
}

function PythonPane({ run, step }: { readonly run: string; readonly step: number }) {
  const [code, setCode] = useState('');
  useEffect(() => {
    let live = true;
    sandbox()
      .continueInJax(run, step)
      .then((text) => live && setCode(text))
      .catch((error: unknown) => live && setCode(`# ${error instanceof Error ? error.message : String(error)}`));
    return () => {
      live = false;
    };
  }, [run, step]);
  return (
    <Pane title="Continue in JAX" meta={`step ${stepText(step)}`} tools={<CopyButton text={code} what="Python" />} className="python-pane">
      <Code text={code} label="Python" />
    </Pane>
  );
}

/** One checkpoint: its numbers, its words, and everything that can be done with it. */
export function CheckpointDetail({
  checkpoint,
  before,
  isPresent,
}: {
  readonly checkpoint: CheckpointInfo;
  /** The checkpoint before it, or after it when it is the first. */
  readonly before: CheckpointInfo | null;
  readonly isPresent: boolean;
}) {
  const { run, step, kind, savedAtMs, byteLength, trainLoss, testLoss, testAccuracy } = checkpoint;
  const testVariance = useSession(
    ({ runs, session }) => (session.run?.id === run ? session.run : runs.find((one) => one.run.id === run)?.run)?.testVariance,
  );
  const show = () => {
    lookAt(step).catch(sayError);
    goTo('train');
  };
  return (
    <>
      <Pane
        title={`Step ${stepText(step)}`}
        meta={kind === 'auto' ? 'saved for you' : 'saved by hand'}
        tools={<ExportMenu checkpoint={checkpoint} />}
        className="detail-pane"
      >
        <LossNumbers
          testLoss={testLoss}
          trainLoss={trainLoss}
          testAccuracy={testAccuracy}
          showAccuracy={testAccuracy !== null}
          testVariance={testVariance}
        />
        <p className="quiet small pane-line">
          Saved {timeText(savedAtMs)}, re-read and verified. {bytesText(byteLength)}.
        </p>
        <div className="row detail-actions">
          <button type="button" className="button primary compact" onClick={() => void restoreTo(run, step).catch(sayError)}>
            <RotateCcw className="icon" aria-hidden="true" />
            Restore
          </button>
          <button type="button" className="button compact" onClick={() => void branchFrom(run, step).catch(sayError)}>
            <GitBranch className="icon" aria-hidden="true" />
            Branch
          </button>
          {isPresent && (
            <button type="button" className="button compact" onClick={show}>
              <Eye className="icon" aria-hidden="true" />
              Look at it
            </button>
          )}
          {before !== null && (
            <button type="button" className="button compact" onClick={() => compareSteps(before, checkpoint)}>
              <GitCompareArrows className="icon" aria-hidden="true" />
              Compare
            </button>
          )}
        </div>
        <Annotations checkpoint={checkpoint} />
      </Pane>
      <PythonPane run={run} step={step} />
    </>
  );
}
