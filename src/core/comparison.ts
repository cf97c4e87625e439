/** Names one checkpoint of the library. */
export interface CheckpointRef {
  readonly run: string;
  readonly step: number;
}

/** How the elements of two arrays of one dtype and shape differ, in figures. */
export interface ValueFigures {
  readonly elements: number;
  /** Elements whose bits differ: -0 and 0, or two NaNs with other payloads, count. */
  readonly changed: number;
  /** Changed elements that are NaN or infinite on either side; the figures below leave them out. */
  readonly notFinite: number;
  /** Largest |a - b|; of complex numbers the modulus. Absent where elements are no numbers (PRNG keys). */
  readonly largest?: number;
  /** Largest |a - b| / max(|a|, |b|), from 0 to 2. */
  readonly relative?: number;
  /** Most representable values that lie between two elements (units in the last place); of real floats only. */
  readonly ulps?: number;
}

/** One leaf in which two checkpoints differ. */
export interface ComparedLeaf {
  /** The leaf's keys joined by dots, after its item and a slash: `model/linear1.kernel`. */
  readonly leaf: string;
  /** `type`: other dtype, shape or kind of leaf. `values`: other elements. */
  readonly kind: 'only in first' | 'only in second' | 'type' | 'values';
  /** What stands there, such as `float32[4, 4]`; absent where the leaf is not. */
  readonly first?: string;
  readonly second?: string;
  /** Of arrays whose elements differ. */
  readonly values?: ValueFigures;
}

/** How two checkpoints differ: leaves that are the same, bit for bit, are only counted. */
export interface Comparison {
  readonly differences: readonly ComparedLeaf[];
  readonly sameLeaves: number;
}
