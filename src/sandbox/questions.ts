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

/** The weight of `linear{layer + 1}` from `input` to `output`. */
export async function weightAt({ session, state }: View, layer: number, input: number, output: number): Promise<number> {
  const form = session.info.layers[layer];
  if (form === undefined || !(input >= 0 && input < form.inputs) || !(output >= 0 && output < form.outputs)) {
    throw new LinnetError('InvalidArgumentError', `There is no weight [${input}, ${output}] in layer ${layer} of this model.`);
  }
  const kernel = await session.trainer.kernel(form.name, state?.model);
  return kernel[input * form.outputs + output]!;
}
