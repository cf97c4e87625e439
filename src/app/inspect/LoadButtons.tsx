import { useState } from 'react';
import type { InspectReport, MatchReport, RunInfo } from '#linnet/core';
import { restoreTo } from '../actions/checkpoints';
import { adoptExperiment, showExperiment } from '../state/experiment';
import { inspector, useInspection } from '../state/inspection';
import { say, sayError } from '../state/messages';
import { useRepairs } from '../state/repairs';
import { adoptRun, sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { goTo } from '../state/view';
import { countText, stepText } from '../ui/numbers';

/** Back to the run before a load: from its latest checkpoint, or, if it had not begun, from its start. */
async function backTo(former: RunInfo): Promise<void> {
  const saved = (await sandbox().listRuns()).find(({ run }) => run.id === former.id);
  if (saved?.latestStep == null) await adoptExperiment(former.experiment);
  else await restoreTo(former.id, saved.latestStep);
}

/** Shows the run that a load made, and offers the way back to the one before. */
async function show(run: RunInfo, name: string, happened: string): Promise<void> {
  const former = useSession.getState().session.run;
  showExperiment(run.experiment);
  await adoptRun(run);
  goTo('train');
  const back = former === null ? [] : [{ label: 'Undo', run: () => void backTo(former).catch(sayError) }];
  say({ tone: 'good', title: `${name} is loaded`, happened, safe: 'The run before is unchanged in Checkpoints.', actions: back });
}

async function loadArrays(report: InspectReport, item: string): Promise<void> {
  const [inside, leaves] = [inspector(), await sandbox().modelLeaves()];
  if (inside === null || leaves === null) return;
  const arrays = await inside.arrays(item, leaves, useRepairs.getState().repairs);
  const { run, loaded, zeroed, fresh } = await sandbox().load(arrays);
  const parts = [
    `${countText(loaded.length, 'array')} loaded`,
    ...(arrays.optimizer === null ? [] : ['the optimiser with them']),
    ...(zeroed.length === 0 ? [] : [`${zeroed.length} filled with zeros`]),
    ...(fresh.length === 0 ? [] : [`${fresh.length} as in a new model`]),
    ...(arrays.dropped === 0 ? [] : [`${arrays.dropped} dropped`]),
  ];
  await show(run, report.name, `${parts.join(', ')}.`);
}

async function restoreRun(report: InspectReport): Promise<void> {
  const { upload } = useInspection.getState();
  if (upload === null) return;
  await show(await sandbox().importRun(upload), report.name, 'The whole run: weights, optimiser, random state, data and history.');
}

/** Loads what fits; a whole run that Linnet saved is restored as it was. */
export function LoadButtons({ report, match }: { readonly report: InspectReport; readonly match: MatchReport }) {
  const [busy, setBusy] = useState(false);
  const item = useInspection((state) => state.item);
  const checked = useInspection((state) => state.check !== null && typeof state.check !== 'string');
  const isRun = report.ownStep !== null;
  const fits = match.rows.some(({ wanted, fill }) => wanted !== null && (fill === null || fill === 'cut'));
  const perform = (work: () => Promise<void>) => {
    setBusy(true);
    work()
      .catch(sayError)
      .finally(() => setBusy(false));
  };
  const partly = (
    <button
      type="button"
      className={isRun ? 'button' : 'button primary'}
      disabled={busy || !fits || item === null}
      onClick={() => perform(() => loadArrays(report, item!))}
    >
      {isRun ? 'Only what fits this model' : busy ? 'Loading' : 'Load into the model'}
    </button>
  );
  return (
    <>
      <div className="row load-row">
        <span className="small quiet grow">
          {isRun
            ? `A whole run saved by Linnet at step ${stepText(report.ownStep!)}: it comes back as it was, bit for bit.`
            : match.optimizerFits === true
              ? 'The optimiser’s state fits and is loaded with the model.'
              : 'A new run starts from it; the present one stays in Checkpoints.'}
        </span>
        {partly}
        {isRun && (
          <button type="button" className="button primary" disabled={busy || !checked} onClick={() => perform(() => restoreRun(report))}>
            {busy ? 'Loading' : 'Load into the model'}
          </button>
        )}
      </div>
      {!fits && !isRun && (
        <p className="pane-note small bad-text">
          Nothing fits yet: rename what belongs together, or choose another model or data set first. The match above says why.
        </p>
      )}
    </>
  );
}
