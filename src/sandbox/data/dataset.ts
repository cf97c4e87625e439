/** Rows with labels, in host memory. */
export interface Dataset {
  readonly task: 'classification' | 'regression';
  readonly rows: number;
  readonly columns: number;
  /** Row-major `[rows, columns]`. For two-dimensional sets the two coordinates. */
  readonly values: Float32Array;
  /** Class indices, or the values to predict. */
  readonly labels: Float32Array;
  readonly columnNames: readonly string[];
  /** Empty for regression. */
  readonly classNames: readonly string[];
  /** Where the rows come from and under which licence, for people. */
  readonly source: string;
  /** Whether the columns are coordinates of a plane, so that a surface can be drawn. */
  readonly isPlane: boolean;
  /** What columns were divided by (pixels: 16), for rows that come in later. */
  readonly divisor: number;
}
