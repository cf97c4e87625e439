import { type Experiment, LinnetError, type RunInfo } from '#linnet/core';
import type { DataOrder } from './dataOrder';
import { parseExperiment } from './experiment';
import type { SavedMetrics } from './metrics';
import type { TrainingPlan } from './trainingPlan';

/** Version of the JSON item `linnet` of a saved step. */
const FORMAT_VERSION = 1;

/** The JSON item `linnet` of a saved step: all of a run that is no array. */
export interface RunRecord {
  readonly formatVersion: typeof FORMAT_VERSION;
  /** The run as lists show it, without its experiment. */
  readonly run: Omit<RunInfo, 'experiment'>;
  readonly experiment: Experiment;
  readonly step: number;
  /** Where the run is in its data: what a Python script needs to see the same batches. */
  readonly data: {
    readonly seed: number;
    readonly epoch: number;
    /** Steps done in this epoch. */
    readonly position: number;
    readonly batchSize: number;
    /** Order of the training rows in this epoch. */
    readonly permutation: readonly number[];
    /** Rows of the data set that are trained on, and tested with, in order. */
    readonly trainRows: readonly number[];
    readonly testRows: readonly number[];
  };
  readonly metrics: SavedMetrics;
  /** Backend and adapter that trained it: on the same one, going on is bit-identical. */
  readonly engine: { readonly backend: string; readonly description: string };
  /** The compiler's choices, for the same bits where it would choose otherwise by now; null where there were none, missing in old steps. */
  readonly plan?: TrainingPlan | null;
  readonly savedAtMs: number;
}

/** Where `step` is in the data. */
export function dataPosition(order: DataOrder, step: number): Pick<RunRecord['data'], 'epoch' | 'position' | 'batchSize' | 'permutation'> {
  const epoch = order.epochOf(step);
  return { epoch, position: step % order.stepsPerEpoch, batchSize: order.batchSize, permutation: Array.from(order.permutation(epoch)) };
}

/** A record with the present format version. */
export const makeRecord = (content: Omit<RunRecord, 'formatVersion'>): RunRecord => ({ formatVersion: FORMAT_VERSION, ...content });

const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === 'number';

/** A restored JSON item as a record. Foreign: every part that is used is checked. */
export function parseRecord(value: unknown): RunRecord {
  const record = value as Partial<RunRecord> | null;
  if (record?.formatVersion !== FORMAT_VERSION) {
    throw new LinnetError(
      'UnsupportedFormatError',
      `The item "linnet" has format version ${JSON.stringify(record?.formatVersion)}; this Linnet reads version ${FORMAT_VERSION}.`,
    );
  }
  const experiment = parseExperiment(record.experiment);
  const { run, step, metrics } = record;
  const lists = [metrics?.steps, metrics?.trainLoss, metrics?.testLoss, metrics?.testAccuracy, metrics?.pending];
  const isPlan = record.plan == null || (typeof record.plan === 'object' && 'steps' in record.plan && 'test' in record.plan);
  const right =
    isPlan &&
    typeof run?.id === 'string' &&
    typeof run.name === 'string' &&
    Number.isSafeInteger(step) &&
    step! >= 0 &&
    lists.every((list) => Array.isArray(list) && list.every(isNumberOrNull)) &&
    lists.slice(0, 4).every((list) => list!.length === metrics!.steps.length);
  if (!right)
    throw new LinnetError(
      'CorruptFileError',
      'The item "linnet" is no record of a run: its run, step, plan or metrics are not as they should be.',
    );
  return { ...(record as RunRecord), experiment };
}
