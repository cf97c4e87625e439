import type { LeafStatistics } from './inspection';
import type { Shape } from './shapes';
import type { Path } from './trees';

/** An array as it is looked at. */
export interface DisplayArray {
  readonly dtype: string;
  readonly shape: Shape;
  /** One line: `float32(4, 4) ≈-0.08 ±0.6 [≥-0.94, ≤1.1] nonzero:16`. */
  readonly summary: string;
  /** The elements as JAX prints them, long arrays with an ellipsis. */
  readonly text: string;
  /** Null for arrays that hold no numbers: keys, and arrays without elements. */
  readonly statistics: LeafStatistics | null;
}

/** A part of something that is looked at, with everything below it; nothing of it holds on to a device. */
export interface DisplayNode {
  /** Keys and attribute names from the root; empty for the root. */
  readonly path: Path;
  /** `Linear`, `Param`, `dict`, or the type of a plain value. */
  readonly type: string;
  /** A plain value as Python writes it; empty for arrays and parts with children. */
  readonly text: string;
  /** Counts and bytes by type of Variable: `Param: 24 (96 B)`; may be empty. */
  readonly sizes: string;
  /** The array itself, or the one a Variable holds. */
  readonly array: DisplayArray | null;
  readonly children: readonly DisplayNode[];
}
