import { type Experiment, LinnetError } from '#linnet/core';
import { hostRandom } from '#linnet/random';
import type { Dataset } from './dataset';
import { featureRows } from './features';

/** How one column is brought to mean 0 and deviation 1. */
export interface Standardizer {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** One half of the split: rows of model inputs and their labels. */
export interface Rows {
  readonly count: number;
  /** Row-major `[count, inputs]`. */
  readonly inputs: Float32Array;
  readonly labels: Float32Array;
  /** Where each row is in the data set, for pictures. */
  readonly indices: Int32Array;
}

/** A data set as a run trains on it: split, features computed, standardised. */
export interface PreparedData {
  readonly dataset: Dataset;
  readonly inputNames: readonly string[];
  readonly train: Rows;
  readonly test: Rows;
  readonly standardizer: Standardizer | null;
  /** For regression with standardising: what predictions are scaled by. */
  readonly labelStandardizer: { readonly mean: number; readonly deviation: number } | null;
}

/** Streams of the data seed: generation uses 0 and 1. */
const SPLIT_STREAM = 2;

/** Splits and prepares `dataset` as the experiment says. The split depends on the data seed alone. */
export function prepare(dataset: Dataset, { data }: Pick<Experiment, 'data'>): PreparedData {
  const trainCount = Math.round(dataset.rows * data.trainFraction);
  if (trainCount < 1 || trainCount >= dataset.rows) {
    throw new LinnetError(
      'InvalidArgumentError',
      `${dataset.rows} rows leave ${trainCount} to train on and ${dataset.rows - trainCount} to test with; both need at least one.`,
    );
  }
  const order = hostRandom.permutationIndices(hostRandom.foldInWords(hostRandom.seedWords(data.seed), SPLIT_STREAM), dataset.rows, true);
  const inputs = dataset.isPlane ? featureRows(dataset.values, data.features) : dataset.values.slice();
  const inputNames = dataset.isPlane ? data.features : dataset.columnNames;
  const columns = inputNames.length;
  const trainIndices = order.subarray(0, trainCount);
  const standardizer = data.standardize ? measure(inputs, columns, trainIndices) : null;
  if (standardizer !== null) standardize(inputs, standardizer);
  const regression = dataset.task === 'regression' && data.standardize;
  const scale = regression ? measure(dataset.labels, 1, trainIndices) : null;
  const labels = dataset.labels.slice();
  if (scale !== null) standardize(labels, scale);
  const rows = (indices: Int32Array): Rows => ({
    count: indices.length,
    inputs: gather(inputs, columns, indices),
    labels: gather(labels, 1, indices),
    indices,
  });
  return {
    dataset,
    inputNames,
    train: rows(trainIndices),
    test: rows(order.subarray(trainCount)),
    standardizer,
    labelStandardizer: scale === null ? null : { mean: scale.mean[0]!, deviation: scale.deviation[0]! },
  };
}

/** Mean and deviation of each column over the rows at `indices`. A constant column keeps deviation 1. */
function measure(values: Float32Array, columns: number, indices: Int32Array): Standardizer {
  const mean = new Float32Array(columns);
  const deviation = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (const row of indices) sum += values[row * columns + column]!;
    const average = sum / indices.length;
    let squares = 0;
    for (const row of indices) squares += (values[row * columns + column]! - average) ** 2;
    mean[column] = average;
    deviation[column] = Math.sqrt(squares / indices.length) || 1;
  }
  return { mean, deviation };
}

/** Standardises rows in place. */
export function standardize(values: Float32Array, { mean, deviation }: Standardizer): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean[i % mean.length]!) / deviation[i % mean.length]!;
}

function gather(values: Float32Array, columns: number, indices: Int32Array): Float32Array {
  const out = new Float32Array(indices.length * columns);
  indices.forEach((row, i) => {
    out.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return out;
}
