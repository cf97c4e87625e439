import { type DatasetName, LinnetError } from '#linnet/core';
import type { Dataset } from './dataset';

interface TableSet {
  /** The rows as CSV with a header, the label last; a module of its own, loaded when it is needed. */
  readonly load: () => Promise<{ readonly default: string }>;
  readonly classNames: readonly string[];
  /** Values are divided by this (pixels: 16, so that they lie in 0 to 1). */
  readonly divisor: number;
  readonly source: string;
}

const UCI = 'UCI Machine Learning Repository, CC BY 4.0, in the copy that scikit-learn ships.';

const TABLES: Partial<Record<DatasetName, TableSet>> = {
  digits: {
    load: () => import('./tables/digits.csv?raw'),
    classNames: Array.from({ length: 10 }, (_, digit) => String(digit)),
    divisor: 16,
    source: `Optical recognition of handwritten digits, test set (E. Alpaydin, C. Kaynak 1998). ${UCI}`,
  },
  iris: {
    load: () => import('./tables/iris.csv?raw'),
    classNames: ['setosa', 'versicolor', 'virginica'],
    divisor: 1,
    source: `Iris plants (R. A. Fisher 1936). ${UCI}`,
  },
  wine: {
    load: () => import('./tables/wine.csv?raw'),
    classNames: ['cultivar 1', 'cultivar 2', 'cultivar 3'],
    divisor: 1,
    source: `Wine recognition (S. Aeberhard, M. Forina 1991). ${UCI}`,
  },
  'breast-cancer': {
    load: () => import('./tables/breastCancer.csv?raw'),
    classNames: ['malignant', 'benign'],
    divisor: 1,
    source: `Breast cancer Wisconsin, diagnostic (W. Wolberg, O. Mangasarian, N. Street, W. Street 1995). ${UCI}`,
  },
  diabetes: {
    load: () => import('./tables/diabetes.csv?raw'),
    classNames: [],
    divisor: 1,
    source:
      'Diabetes progression (B. Efron, T. Hastie, I. Johnstone, R. Tibshirani 2004, "Least angle regression"), published with the paper.',
  },
};

/** The table `name`, with its columns as they were measured. */
export async function loadTable(name: DatasetName): Promise<Dataset> {
  const table = TABLES[name]!;
  const [header, ...lines] = (await table.load()).default.trim().split('\n');
  const names = header!.split(',');
  const columns = names.length - 1;
  const values = new Float32Array(lines.length * columns);
  const labels = new Float32Array(lines.length);
  lines.forEach((line, row) => {
    const cells = line.split(',').map(Number);
    if (cells.length !== columns + 1) {
      throw new LinnetError(
        'CorruptFileError',
        `Row ${row + 1} of the table ${name} has ${cells.length} values instead of ${columns + 1}.`,
      );
    }
    values.set(
      cells.slice(0, columns).map((value) => value / table.divisor),
      row * columns,
    );
    labels[row] = cells[columns]!;
  });
  const task = table.classNames.length > 0 ? 'classification' : 'regression';
  const { classNames, source, divisor } = table;
  return {
    task,
    rows: lines.length,
    columns,
    values,
    labels,
    columnNames: names.slice(0, columns),
    classNames,
    source,
    isPlane: false,
    divisor,
  };
}
