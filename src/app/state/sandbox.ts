import { LinnetError, type MetricsChunk, type RunInfo } from '#linnet/core';
import { type SandboxApi, SandboxConnection } from '#linnet/worker';
import { LossSeries } from '../charts/lossSeries';
import { say, sayError } from './messages';
import { withLastBackup } from './persistence';
import { patchSession, patchSessionNow, useSession } from './session';

/** The present run's losses, outside React; listeners are told once a frame. */
export const losses = new LossSeries();
let lossesOf: string | null = null;
const lossListeners = new Set<() => void>();
let lossFrame = 0;

/** Calls `listener` in the frame after losses came; returns how to stop. */
export function onLosses(listener: () => void): () => void {
  lossListeners.add(listener);
  return () => lossListeners.delete(listener);
}

function announceLosses(): void {
  if (lossFrame !== 0) return;
  lossFrame = requestAnimationFrame(() => {
    lossFrame = 0;
    for (const listener of lossListeners) listener();
  });
}

function takeMetrics(chunk: MetricsChunk): void {
  if (chunk.run !== lossesOf) {
    lossesOf = chunk.run;
    losses.clear();
  }
  for (let i = 0; i < chunk.steps.length; i++) {
    losses.push(chunk.steps[i]!, chunk.trainLoss[i]!, chunk.testLoss[i]!, chunk.testAccuracy[i]!);
  }
  announceLosses();
}

let connection: SandboxConnection | null = null;

/** The sandbox in its worker. */
export function sandbox(): SandboxApi {
  if (connection === null) throw new LinnetError('InternalError', 'The sandbox was asked before it was connected.');
  return connection.api;
}

/** Reads the lists that change with saves, branches and bins. */
export async function refreshLists(): Promise<void> {
  const [runs, storage] = await Promise.all([sandbox().listRuns(), sandbox().storage()]);
  patchSession({ runs, storage: withLastBackup(storage) });
}

/** Takes over a run that the worker has just started, restored or branched: its losses so far, its place in the lists. */
export async function adoptRun(run: RunInfo): Promise<void> {
  patchSessionNow(({ session }) => ({ session: { ...session, run, lookingAt: null } }));
  losses.clear();
  lossesOf = run.id;
  takeMetrics(await sandbox().metricsOf(run.id));
  patchSession({ checkpoints: await sandbox().listCheckpoints(run.id) });
  await refreshLists();
}

async function resume(): Promise<void> {
  const { session } = useSession.getState();
  const before = session.run?.id;
  const runs = await sandbox().listRuns();
  const last = runs.find(({ run }) => run.id === before) ?? runs[0];
  if (last?.latestStep == null) {
    if (session.run !== null) await adoptRun(await sandbox().newRun(session.run.experiment));
    return;
  }
  await adoptRun(await sandbox().restore(last.run.id, last.latestStep));
  const lost = Math.max(0, session.step - last.latestStep);
  say({
    tone: 'caution',
    title: `Back at step ${last.latestStep.toLocaleString('en')}`,
    happened: 'The training worker ended and was started anew.',
    safe: `All checkpoints up to step ${last.latestStep.toLocaleString('en')}, re-read and verified.`,
    todo: lost > 0 ? `Press Play to redo ${lost.toLocaleString('en')} steps.` : 'Press Play to go on.',
  });
}

/**
 * Spawns the worker and keeps the stores fed. Resolves when it can be asked things; a worker that cannot start is shown, not thrown.
 */
export async function connectSandbox(): Promise<boolean> {
  connection = new SandboxConnection({
    state: (session) => patchSession({ session }),
    metrics: takeMetrics,
    checkpoints: (checkpoints) => {
      patchSession({ checkpoints });
      refreshLists().catch(sayError);
    },
    engine: (engine) => {
      patchSessionNow({ engine });
      say({
        tone: 'caution',
        title: engine.backend === 'webgpu' ? 'The GPU went away and came back' : 'The GPU went away',
        happened:
          engine.backend === 'webgpu'
            ? `Training goes on on ${engine.description}.`
            : `Training goes on on the CPU: same results, slower. ${engine.fallbackReason ?? ''}`,
        safe: 'Every checkpoint saved before is as it was.',
      });
    },
    started: (engine, generation) => {
      const { connection: before, session } = useSession.getState();
      const again = before === 'restarting' || (before === 'failed' && session.run !== null);
      patchSessionNow({ connection: 'ready', engine, generation, failure: null });
      if (again) resume().catch(sayError);
    },
    died: (failure: LinnetError, final) => {
      patchSessionNow(({ session }) => ({
        connection: final ? 'failed' : 'restarting',
        failure,
        session: { ...session, status: 'starting' },
      }));
      if (final) sayError(failure);
    },
  });
  // For the curious: the console can ask the sandbox what the page asks it, e.g. `await linnet.logits(row)`.
  Object.defineProperty(globalThis, 'linnet', { value: connection.api, configurable: true });
  return openSandbox('auto');
}

/** Goes on on the CPU: with the run as it was, where the worker still has it. */
export async function goOnOnCpu(): Promise<void> {
  if (useSession.getState().connection === 'ready') await sandbox().recover('cpu');
  else await openSandbox('cpu');
}

/** Starts (again) on the given backend. False when that failed, which is then shown. */
export async function openSandbox(backend: 'auto' | 'cpu'): Promise<boolean> {
  try {
    await connection!.open(backend);
    return true;
  } catch (error) {
    patchSessionNow({ connection: 'failed', failure: error as LinnetError });
    const again = { label: 'Try again', run: () => void openSandbox(backend) };
    const onCpu = { label: 'Train on the CPU', run: () => void openSandbox('cpu') };
    sayError(error, backend === 'auto' ? [again, onCpu] : [again]);
    return false;
  }
}
