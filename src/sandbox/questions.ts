import { LinnetError } from '#linnet/core';
import { featureRows } from './data/features';
import { standardize } from './data/prepared';
import { onDevice } from './deviceRows';
import { softmax } from './pictures/surfacePicture';
import type { Session } from './session';
import type { TrainingState } from './trainingState';

/** What questions are asked about: a run, with its present state (null) or one that is looked at. */
export interface View {
  readonly session: Session;
  readonly state: TrainingState | null;
  /** The step shown. */
  readonly step: number;
}

/** The model's outputs before any softmax, `[rows, outputs]` row-major, for rows of its inputs as training feeds them. */
export async function modelOutputs({ session, state }: View, inputs: Float32Array): Promise<Float32Array> {
  const width = session.info.layers[0]!.inputs;
  if (inputs.length === 0 || inputs.length % width !== 0) {
    throw new LinnetError('ShapeError', `Rows of this model have ${width} inputs; ${inputs.length} numbers are no whole rows.`);
  }
  const rows = onDevice(inputs, [inputs.length / width, width]);
  const layers = session.trainer.activations(rows, state?.model);
  const values = await layers.at(-1)!.data();
  for (const array of [rows, ...layers]) array.dispose();
  return values as Float32Array;
}

/** Class probabilities (the value itself for regression) for one row of the data set's columns, scaled as training rows are. */
export async function predictRow(view: View, row: Float32Array): Promise<Float32Array> {
  const { info, trainer } = view.session;
  const { dataset, standardizer, labelStandardizer } = trainer.data;
  if (row.length !== dataset.columns) {
    throw new LinnetError('ShapeError', `A row of this data has ${dataset.columns} values; ${row.length} were given.`);
  }
  const scaled = row.map((value) => value / dataset.divisor);
  const inputs = dataset.isPlane ? featureRows(scaled, info.experiment.data.features) : scaled;
  if (standardizer !== null) standardize(inputs, standardizer);
  const result = await modelOutputs(view, inputs);
  if (dataset.task === 'classification') return softmax(result);
  return labelStandardizer === null ? result : result.map((value) => value * labelStandardizer.deviation + labelStandardizer.mean);
}

/** Counts[true class][predicted class] over the test set; empty for regression. */
export async function confusionCounts(view: View): Promise<number[][]> {
  const { dataset, test } = view.session.trainer.data;
  const classes = dataset.classNames.length;
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  if (classes === 0) return counts;
  const result = await modelOutputs(view, test.inputs);
  test.labels.forEach((label, row) => {
    const line = result.subarray(row * classes, (row + 1) * classes);
    const predicted = line.indexOf(Math.max(...line));
    counts[label]![Math.max(0, predicted)]!++;
  });
  return counts;
}

/** The weights of `linear{layer + 1}` into unit `output`, one for each input. */
export async function incomingWeights({ session, state }: View, layer: number, output: number): Promise<Float32Array> {
  const form = session.info.layers[layer];
  if (form === undefined || !(output >= 0 && output < form.outputs)) {
    throw new LinnetError('InvalidArgumentError', `There is no unit ${output} in layer ${layer} of this model.`);
  }
  const kernel = await session.trainer.kernel(form.name, state?.model);
  return Float32Array.from({ length: form.inputs }, (_, input) => kernel[input * form.outputs + output]!);
}

/**
 * Which units a picture shows that has room for `room[c]` in column `c`, inputs first: of wider hidden layers the strongest, strongest
 * first, elsewhere the first ones. A unit is as strong as its incoming times its outgoing weights, both by their Euclidean norms.
 */
export async function shownUnits({ session, state }: View, room: readonly number[]): Promise<number[][]> {
  const { layers, featureNames } = session.info;
  const kernel = (layer: number): Promise<Float32Array> => session.trainer.kernel(layers[layer]!.name, state?.model);
  const widths = [featureNames.length, ...layers.map(({ outputs }) => outputs)];
  return Promise.all(
    widths.map(async (width, column) => {
      const all = Array.from({ length: width }, (_, unit) => unit);
      const count = Math.min(width, room[column] ?? 0);
      if (column === 0 || column === layers.length || count === width) return all.slice(0, count);
      const [incoming, outgoing] = await Promise.all([kernel(column - 1), kernel(column)]);
      const strength = multiply(columnSquares(incoming, width), rowSquares(outgoing, width));
      return all.sort((a, b) => strength[b]! - strength[a]!).slice(0, count);
    }),
  );
}

function columnSquares(kernel: Float32Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < kernel.length; i++) sums[i % columns]! += kernel[i]! ** 2;
  return sums;
}

function rowSquares(kernel: Float32Array, rows: number): Float64Array {
  const sums = new Float64Array(rows);
  const columns = kernel.length / rows;
  for (let i = 0; i < kernel.length; i++) sums[Math.floor(i / columns)]! += kernel[i]! ** 2;
  return sums;
}

const multiply = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value * b[i]!);
