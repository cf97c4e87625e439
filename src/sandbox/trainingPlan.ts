import { type Backend, currentBackend } from '#linnet/tensor';
import type { RunRecord } from './runRecord';

/** The compiler's choices behind the programs of a run, as JSON: with them a run goes on with the bits it would have had. */
export interface TrainingPlan {
  /** Of the steps, which are one program whatever their number. */
  readonly steps: unknown;
  /** Of the evaluation on the test set. */
  readonly test: unknown;
}

/** How a saved run is to be gone on with here. */
export interface Continuation {
  /** The saved choices, if they can be made again. */
  readonly plan: TrainingPlan | null;
  /** Why the run is not bit-identical from here on; undefined when it is. */
  readonly deviation?: string;
}

/** What becomes of the run of `record` on the device in use. */
export function continuation({ plan, engine, step }: Pick<RunRecord, 'plan' | 'engine' | 'step'>): Continuation {
  const present = currentBackend();
  const from = `From step ${step} on this run is not bit-identical to what it would have been`;
  if (engine.backend !== present.kind || engine.description !== present.description) {
    const kept = plan && refusal(plan, present) === null ? plan : null;
    return { plan: kept, deviation: `${from}: it was trained on ${engine.description}, and goes on on ${present.description}.` };
  }
  const reason = plan ? refusal(plan, present) : null;
  return reason === null ? { plan: plan ?? null } : { plan: null, deviation: `${from}: ${reason}` };
}

function refusal({ steps, test }: TrainingPlan, backend: Backend): string | null {
  return backend.refusal(steps) ?? backend.refusal(test);
}
