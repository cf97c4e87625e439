import type { CheckpointInfo } from './checkpointInfo';

/** What a save policy is told beside the steps. */
export interface DecisionContext {
  readonly isSavingInProgress: boolean;
}

/** Says whether a step is saved. Asked only for steps above the last saved one. */
export interface SaveDecisionPolicy {
  /** `previous` are the saved steps in the order in which they were saved; `step` has the time of the question and no metrics. */
  shouldSave(step: CheckpointInfo, previous: readonly CheckpointInfo[], context: DecisionContext): boolean;
}

/** Saves multiples of `interval`. */
export class FixedIntervalPolicy implements SaveDecisionPolicy {
  readonly interval: number;
  constructor(interval: number) {
    this.interval = interval;
  }
  shouldSave({ step }: CheckpointInfo): boolean {
    return step % this.interval === 0;
  }
}

/** Saves the steps that are named. */
export class SpecificStepsPolicy implements SaveDecisionPolicy {
  readonly steps: ReadonlySet<number>;
  constructor(steps: Iterable<number>) {
    this.steps = new Set(steps);
  }
  shouldSave({ step }: CheckpointInfo): boolean {
    return this.steps.has(step);
  }
}

/** Saves the first step it is asked about while nothing is saved yet. */
export class InitialSavePolicy implements SaveDecisionPolicy {
  shouldSave(_step: CheckpointInfo, previous: readonly CheckpointInfo[]): boolean {
    return previous.length === 0;
  }
}

/** Saves when the machine is about to be taken away. A browser tab is never told so: the answer is no. */
export class PreemptionCheckpointingPolicy implements SaveDecisionPolicy {
  shouldSave(): boolean {
    return false;
  }
}

/** Saves as often as possible: whenever no save is under way and `minimumIntervalSecs` have passed since the last. */
export class ContinuousCheckpointingPolicy implements SaveDecisionPolicy {
  readonly minimumIntervalSecs: number;
  constructor(options: { minimumIntervalSecs?: number } = {}) {
    this.minimumIntervalSecs = options.minimumIntervalSecs ?? 0;
  }
  shouldSave(step: CheckpointInfo, previous: readonly CheckpointInfo[], context: DecisionContext): boolean {
    if (context.isSavingInProgress) return false;
    const last = previous.at(-1);
    return last === undefined || step.timeMs - last.timeMs >= this.minimumIntervalSecs * 1000;
  }
}

/** Saves when any of `policies` would. */
export class AnySavePolicy implements SaveDecisionPolicy {
  readonly policies: readonly SaveDecisionPolicy[];
  constructor(policies: readonly SaveDecisionPolicy[]) {
    this.policies = policies;
  }
  shouldSave(step: CheckpointInfo, previous: readonly CheckpointInfo[], context: DecisionContext): boolean {
    return this.policies.some((policy) => policy.shouldSave(step, previous, context));
  }
}
