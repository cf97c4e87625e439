import { create } from 'zustand';
import type { CheckpointInfo, EngineInfo, LinnetError, RunInfo, SessionState, StorageInfo } from '#linnet/core';

/** One line of the list of runs. */
export interface RunSummary {
  readonly run: RunInfo;
  readonly latestStep: number | null;
  readonly savedAtMs: number | null;
  readonly checkpoints: number;
}

/** What the page knows about its worker. `restarting`: it died and another is being started. */
export type Connection = 'connecting' | 'ready' | 'restarting' | 'failed';

export interface SessionStore {
  readonly connection: Connection;
  /** Why the connection failed, or null. */
  readonly failure: LinnetError | null;
  /** Counts workers; canvases handed to an earlier one are gone. */
  readonly generation: number;
  readonly engine: EngineInfo | null;
  readonly session: SessionState;
  /** Of the present run, by step. */
  readonly checkpoints: readonly CheckpointInfo[];
  readonly runs: readonly RunSummary[];
  readonly storage: StorageInfo | null;
}

const NOTHING_YET: SessionState = {
  status: 'starting',
  run: null,
  step: 0,
  epoch: 0,
  stepsPerSecond: 0,
  trainLoss: null,
  testLoss: null,
  testAccuracy: null,
  gpuBytes: 0,
  save: { type: 'none' },
  lookingAt: null,
  problem: null,
  elsewhere: null,
};

/** The page's copy of what the worker said last. Written by `patchSession` alone. */
export const useSession = create<SessionStore>(() => ({
  connection: 'connecting',
  failure: null,
  generation: 0,
  engine: null,
  session: NOTHING_YET,
  checkpoints: [],
  runs: [],
  storage: null,
}));

let pending: Partial<SessionStore> | null = null;

function flush(): void {
  if (pending === null) return;
  const patch = pending;
  pending = null;
  useSession.setState(patch);
}

/** Takes over news from the worker with the next frame: however many arrive, React commits once a frame. */
export function patchSession(patch: Partial<SessionStore>): void {
  if (pending === null) requestAnimationFrame(flush);
  pending = { ...pending, ...patch };
}

/** As `patchSession`, at once: for answers to what the person just did. `patch` may be made from the newest state. */
export function patchSessionNow(patch: Partial<SessionStore> | ((newest: SessionStore) => Partial<SessionStore>)): void {
  flush();
  useSession.setState(patch);
}

const NO_NAMES: readonly string[] = [];

/** Names of the present run's classes; none for regression. */
export const useClassNames = (): readonly string[] => useSession((state) => state.session.run?.classNames ?? NO_NAMES);
