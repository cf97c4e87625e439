import { useEffect, useState } from 'react';
import type { CheckpointInfo } from '#linnet/core';
import { CheckpointDetail } from '../checkpoints/CheckpointDetail';
import { ComparePane } from '../checkpoints/ComparePane';
import { FolderPanel } from '../checkpoints/FolderPanel';
import { RunList } from '../checkpoints/RunList';
import { StepList } from '../checkpoints/StepList';
import { StoragePanel } from '../checkpoints/StoragePanel';
import { sayError } from '../state/messages';
import { refreshLists, sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { useView } from '../state/view';

/** Checkpoints of the chosen run: the present one's are pushed by the worker, another's are read. */
function useStepsOf(run: string | null): readonly CheckpointInfo[] {
  const present = useSession((state) => state.session.run?.id ?? null);
  const pushed = useSession((state) => state.checkpoints);
  const runs = useSession((state) => state.runs);
  const [read, setRead] = useState<readonly CheckpointInfo[]>([]);
  const other = run !== null && run !== present;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list of runs says that something was saved or binned
  useEffect(() => {
    if (!other) return;
    let live = true;
    sandbox()
      .listCheckpoints(run)
      .then((list) => live && setRead(list))
      .catch(sayError);
    return () => {
      live = false;
    };
  }, [run, other, runs]);
  return other ? read : pushed;
}

/** Runs, the steps of one, and what can be done with a step. */
export default function CheckpointsView() {
  const present = useSession((state) => state.session.run?.id ?? null);
  const chosen = useView((state) => state.chosenRun);
  const chosenStep = useView((state) => state.chosenStep);
  const compareWith = useView((state) => state.compareWith);
  const isNew = useSession(({ session, checkpoints }) => session.step === 0 && checkpoints.length === 0);
  const newest = useSession((state) => state.runs[0]?.run.id ?? null);
  const run = chosen ?? (isNew ? (newest ?? present) : present);
  const steps = useStepsOf(run);
  const hasPictures = useSession(({ session, runs }) =>
    Boolean(session.run?.id === run ? session.run?.hasSurface : runs.find((summary) => summary.run.id === run)?.run.hasSurface),
  );
  const selected = steps.find(({ step }) => step === chosenStep) ?? steps.at(-1) ?? null;
  const at = selected === null ? -1 : steps.indexOf(selected);
  const before = steps[at - 1] ?? steps[at + 1] ?? null;
  // A step is never compared with itself, nor with one that went to the bin: its neighbour takes that place.
  const isOfRun = compareWith?.run === selected?.run;
  const isThere = steps.some(({ step }) => step === compareWith?.step && step !== selected?.step);
  const first = compareWith !== null && isOfRun && !isThere ? before : compareWith;
  useEffect(() => {
    refreshLists().catch(sayError);
  }, []);
  return (
    <div className="view checkpoints-view">
      <div className="column left">
        <RunList chosen={run} />
        <StoragePanel />
        <FolderPanel />
      </div>
      <div className="column middle">
        <StepList steps={steps} selected={selected} isPresent={run === present} hasPictures={hasPictures} />
        {selected !== null && first !== null && <ComparePane first={first} second={selected} steps={steps} />}
      </div>
      <div className="column right">
        {selected !== null && (
          <CheckpointDetail key={`${selected.run}-${selected.step}`} checkpoint={selected} before={before} isPresent={run === present} />
        )}
      </div>
    </div>
  );
}
