import { type Experiment, LinnetError } from '#linnet/core';
import type { Dataset } from './dataset';
import { generate, isGenerated } from './generated';
import { loadTable } from './tables';

/** The person's own rows, as the page hands them over: the label is the last column. */
export interface OwnRows {
  readonly name: string;
  readonly columns: readonly string[];
  /** Row-major, `columns.length` values a row. */
  readonly values: Float32Array;
  readonly classNames: readonly string[];
  readonly task: 'classification' | 'regression';
}

/** The data set an experiment names. `csv` and `points` need `own`. */
export async function loadDataset({ data }: Pick<Experiment, 'data'>, own?: OwnRows): Promise<Dataset> {
  if (isGenerated(data.name)) return generate(data.name, data.samples, data.noise, data.seed);
  if (data.name !== 'csv' && data.name !== 'points') return loadTable(data.name);
  if (own === undefined) {
    throw new LinnetError(
      'InvalidArgumentError',
      `The data "${data.name}" is the person's own, but no rows came with it. Load the file again.`,
    );
  }
  return ownDataset(own, data.name === 'points');
}

function ownDataset(own: OwnRows, isPlane: boolean): Dataset {
  const width = own.columns.length;
  const rows = own.values.length / width;
  if (width < 2 || !Number.isInteger(rows) || rows < 2) {
    throw new LinnetError(
      'InvalidArgumentError',
      `"${own.name}" has ${own.values.length} values in ${width} columns; at least two rows of one input and one label are needed.`,
    );
  }
  const columns = width - 1;
  const values = new Float32Array(rows * columns);
  const labels = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    values.set(own.values.subarray(row * width, row * width + columns), row * columns);
    labels[row] = own.values[row * width + columns]!;
  }
  checkFinite(own, labels);
  const source = `${own.name}, your own. It never leaves this browser.`;
  const { task, classNames } = own;
  return {
    task,
    rows,
    columns,
    values,
    labels,
    columnNames: own.columns.slice(0, columns),
    classNames,
    source,
    isPlane: isPlane && columns === 2,
    divisor: 1,
  };
}

function checkFinite(own: OwnRows, labels: Float32Array): void {
  const bad = own.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const row = Math.floor(bad / own.columns.length);
    throw new LinnetError(
      'InvalidArgumentError',
      `"${own.name}" has no number in row ${row + 1}, column ${own.columns[bad % own.columns.length]}.`,
    );
  }
  if (own.task === 'regression') return;
  const wrong = labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= own.classNames.length);
  if (wrong >= 0) {
    throw new LinnetError(
      'InvalidArgumentError',
      `"${own.name}" has the class ${labels[wrong]} in row ${wrong + 1}; classes are 0 to ${own.classNames.length - 1}.`,
    );
  }
}
