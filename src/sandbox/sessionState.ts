import type { Elsewhere, Problem, SaveState, SessionState, SessionStatus } from '#linnet/core';
import { currentBackend } from '#linnet/tensor';
import type { Session } from './session';

/** What the sandbox knows beside its open run. */
export interface SandboxCondition {
  readonly status: SessionStatus;
  readonly stepsPerSecond: number;
  readonly save: SaveState;
  readonly lookingAt: number | null;
  readonly problem: Problem | null;
  readonly elsewhere: Elsewhere | null;
  readonly endedEarly?: number;
}

/** The numbers the page shows of a run, or of none. */
export function sessionState(session: Session | null, { stepsPerSecond, ...condition }: SandboxCondition): SessionState {
  const latest = session?.metrics.latest();
  const step = session?.step ?? 0;
  return {
    ...condition,
    run: session?.info ?? null,
    step,
    epoch: session === null ? 0 : session.trainer.order.epochOf(step),
    stepsPerSecond: condition.status === 'training' ? stepsPerSecond : 0,
    trainLoss: latest?.trainLoss ?? null,
    testLoss: latest?.testLoss ?? null,
    testAccuracy: latest?.testAccuracy ?? null,
    gpuBytes: currentBackend().stats().liveBytes,
    ...(session?.deviation !== undefined && { deviation: session.deviation }),
  };
}
