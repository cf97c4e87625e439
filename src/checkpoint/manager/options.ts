import type { OrbaxWriteOptions } from '../saveOrbax';
import type { Metrics } from './checkpointInfo';
import { AnyPreservationPolicy, BestN, EveryNSeconds, EveryNSteps, LatestN, type PreservationPolicy } from './preservationPolicies';
import {
  AnySavePolicy,
  FixedIntervalPolicy,
  InitialSavePolicy,
  type SaveDecisionPolicy,
  SpecificStepsPolicy,
} from './saveDecisionPolicies';

/** Settings of a CheckpointManager, as Orbax's `CheckpointManagerOptions`. */
export interface CheckpointManagerOptions {
  /** Steps kept, the latest or with `bestFn` the best; null keeps all. Default null. */
  readonly maxToKeep?: number | null;
  /** Multiples of this stay whatever `maxToKeep` says. */
  readonly keepPeriod?: number;
  /** Seconds: one step in each such stretch of time stays whatever `maxToKeep` says. */
  readonly keepTimeInterval?: number;
  /** The number by which steps are ranked. */
  readonly bestFn?: (metrics: Metrics) => number;
  /** Default 'max'. */
  readonly bestMode?: 'max' | 'min';
  /** Whether steps without metrics stay beside the best. Default true. */
  readonly keepCheckpointsWithoutMetrics?: boolean;
  /** Multiples of this are saved. Default 1. */
  readonly saveIntervalSteps?: number;
  /** Steps saved beside the multiples. */
  readonly saveOnSteps?: Iterable<number>;
  /** Decides alone, in place of interval and steps. */
  readonly shouldSaveFn?: (step: number, latestStep: number | null) => boolean;
  /** Directory names are `<prefix>_<step>`. */
  readonly stepPrefix?: string;
  /** Digits to which step numbers are filled up with zeros. */
  readonly stepFormatFixedLength?: number;
  /** Deleted steps are moved below this directory instead of removed. */
  readonly todeleteSubdir?: string;
  /** Nothing is written; `save` returns false. Default false. */
  readonly readOnly?: boolean;
  /** Replaces the options about saving. */
  readonly saveDecisionPolicy?: SaveDecisionPolicy;
  /** Replaces the options about keeping. */
  readonly preservationPolicy?: PreservationPolicy;
  /** Whether `save` returns once the values are snapshotted. Default true; false waits for the commit. */
  readonly asyncCheckpointing?: boolean;
  /** Whether `save` copies arrays in host memory. Default true; false: they are the manager's, not to be changed until the save is written. */
  readonly copyValues?: boolean;
  /** JSON kept beside the steps, written once. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** How trees are written. */
  readonly orbax?: OrbaxWriteOptions;
}

/** The policy that the options about saving describe. */
export function savePolicyOf(options: CheckpointManagerOptions): SaveDecisionPolicy {
  const { saveDecisionPolicy, shouldSaveFn, saveIntervalSteps = 1, saveOnSteps } = options;
  if (saveDecisionPolicy !== undefined) return saveDecisionPolicy;
  if (shouldSaveFn !== undefined) return { shouldSave: ({ step }, previous) => shouldSaveFn(step, previous.at(-1)?.step ?? null) };
  const steps = saveOnSteps === undefined ? [] : [new SpecificStepsPolicy(saveOnSteps)];
  return new AnySavePolicy([new FixedIntervalPolicy(saveIntervalSteps), ...steps, new InitialSavePolicy()]);
}

/** The policy that the options about keeping describe. */
export function preservationPolicyOf(options: CheckpointManagerOptions): PreservationPolicy {
  const {
    preservationPolicy,
    keepPeriod,
    keepTimeInterval,
    bestFn,
    bestMode = 'max',
    maxToKeep: n = null,
    keepCheckpointsWithoutMetrics,
  } = options;
  if (preservationPolicy !== undefined) return preservationPolicy;
  return new AnyPreservationPolicy([
    ...(keepPeriod === undefined ? [] : [new EveryNSteps(keepPeriod)]),
    ...(keepTimeInterval === undefined ? [] : [new EveryNSeconds(keepTimeInterval)]),
    bestFn === undefined
      ? new LatestN(n)
      : new BestN({
          getMetricFn: bestFn,
          reverse: bestMode === 'min',
          n,
          keepCheckpointsWithoutMetrics: keepCheckpointsWithoutMetrics ?? true,
        }),
  ]);
}
