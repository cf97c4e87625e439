import type { CheckpointPath } from '#linnet/checkpoint';
import type { ForeignArrays } from '#linnet/core';
import { type LoadReport, withForeign } from './foreign';
import { newRunId, type RunIdentity } from './runInfo';
import type { RunLibrary } from './runLibrary';
import type { RunRecord } from './runRecord';
import { Session } from './session';
import { readOwnRows, readRecord, readState } from './stepItems';
import type { LoopListener } from './trainingLoop';
import { continuation } from './trainingPlan';

/** A run that continues in another: who it is. */
type Identify = (identity: RunIdentity, record: RunRecord) => RunIdentity;

/** A session at the step that lies at `place`, called what `identify` says. */
async function resume(place: CheckpointPath, listener: LoopListener, identify: (record: RunRecord) => RunIdentity): Promise<Session> {
  const record = await readRecord(place);
  const own = await readOwnRows(place);
  return Session.resume(record, continuation(record), own, listener, identify(record), (target) => readState(place, target));
}

/** The run at a checkpoint of the library. */
export async function restored(
  library: RunLibrary,
  run: string,
  step: number,
  listener: LoopListener,
  identify: Identify = (same) => same,
): Promise<Session> {
  const name = await library.nameOf(run);
  return resume(await library.open(run, step), listener, (record) =>
    identify({ id: run, name: name ?? record.run.name, parent: record.run.parent }, record),
  );
}

/** A run of its own that starts at a checkpoint of the library. */
export function branched(library: RunLibrary, run: string, step: number, listener: LoopListener): Promise<Session> {
  return restored(library, run, step, listener, ({ name }, { experiment }) => ({
    id: newRunId(experiment),
    name: `${name}, from step ${step}`,
    parent: { run, step },
  }));
}

/** A step that Linnet saved somewhere else, as a run of its own. */
export function imported(place: CheckpointPath, listener: LoopListener): Promise<Session> {
  return resume(place, listener, ({ experiment, run }) => ({ id: newRunId(experiment), name: run.name, parent: null }));
}

/** A new run of the experiment of `present` that starts with the arrays of a foreign checkpoint. */
export async function loaded(
  arrays: ForeignArrays,
  present: Session,
  listener: LoopListener,
): Promise<{ readonly session: Session; readonly report: LoadReport }> {
  const { info, own } = present;
  const identity = { id: newRunId(info.experiment), name: arrays.name, parent: null };
  let report: LoadReport | undefined;
  const session = await Session.begin(info.experiment, own, listener, identity, async (fresh) => {
    const result = withForeign(arrays, fresh);
    report = result.report;
    return result.state;
  });
  return { session, report: report! };
}

/** The run of `lost` as it was at its last known step, on the device in use now: from its latest checkpoint, or from its start, by training again. */
export async function replayed(library: RunLibrary, lost: Session, listener: LoopListener): Promise<Session> {
  const { info, own, step } = lost;
  const saved = (await library.checkpoints(info.id)).findLast((checkpoint) => checkpoint.step <= step);
  const session =
    saved === undefined
      ? await Session.begin(info.experiment, own, listener, info)
      : await restored(library, info.id, saved.step, listener);
  if (session.step < step) {
    session.loop.start(step);
    await session.loop.done();
  }
  return session;
}
