import { castHostArray } from './elements';
import { type HostArray, typedView } from './hostArray';
import type { LeafStatistics } from './inspection';

const BINS = 22;
const TILE = 64;

/** Mean, deviation, extremes, counts, a histogram of 22 bins and a heat map of at most 64 x 64 block means. NaN and infinities are only counted. */
export function leafStatistics(array: HostArray): LeafStatistics {
  const values = typedView(array.dtype === 'float64' ? array : castHostArray(array, 'float64')) as Float64Array;
  const finite = values.filter(Number.isFinite);
  const count = finite.length;
  const mean = finite.reduce((sum, value) => sum + value, 0) / count;
  const std = Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  const min = finite.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const max = finite.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const nans = values.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0);
  return {
    mean,
    std,
    min: count === 0 ? Number.NaN : min,
    max: count === 0 ? Number.NaN : max,
    zeros: values.reduce((sum, value) => sum + Number(value === 0), 0),
    nans,
    infinities: values.length - count - nans,
    histogram: histogram(finite, min, max),
    tile: tile(values, array.shape),
  };
}

function histogram(values: Float64Array, min: number, max: number): Uint32Array {
  const bins = new Uint32Array(BINS);
  const scale = max > min ? BINS / (max - min) : 0;
  for (const value of values) bins[Math.min(BINS - 1, Math.floor((value - min) * scale))]!++;
  return bins;
}

/** Rows are all axes but the last; a vector is one row. The longer side lies across. */
function tile(values: Float64Array, shape: readonly number[]): LeafStatistics['tile'] {
  const columns = shape.at(-1) ?? 1;
  const rows = columns === 0 ? 0 : values.length / columns;
  const turned = rows > columns;
  const [across, down] = turned ? [rows, columns] : [columns, rows];
  const [width, height] = [Math.min(TILE, across), Math.min(TILE, down)];
  const sums = new Float64Array(width * height);
  const counts = new Float64Array(width * height);
  values.forEach((value, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const [x, y] = turned ? [row, column] : [column, row];
    const cell = Math.floor((y * height) / down) * width + Math.floor((x * width) / across);
    sums[cell]! += value;
    counts[cell]!++;
  });
  return { width, height, values: Float32Array.from(sums, (sum, i) => sum / counts[i]!) };
}
