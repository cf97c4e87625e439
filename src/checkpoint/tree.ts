/**
 * A tree as a checkpoint restores it without a target: null-prototype objects and arrays that hold arrays, `Scalar`, text and null.
 * Typed loosely, like parsed JSON: what is in it depends on the file.
 */
export interface Tree {
  [key: string]: any;
}

/** As a leaf of a target: leave this leaf alone, do not read it, and return this very value in its place. */
export const PLACEHOLDER: unique symbol = Symbol.for('linnet.placeholder');

/** Start (inclusive) and stop (exclusive) along one axis; null means the whole axis. */
export type AxisRange = readonly [start: number, stop: number] | null;

/** As a leaf of a target: read only this part of a saved array, e.g. one shard of it. Axes left out at the end are taken whole. */
export class LeafSlice {
  readonly ranges: readonly AxisRange[];

  constructor(ranges: readonly AxisRange[]) {
    this.ranges = ranges;
  }
}
