import type { DType } from './dtypes';
import type { HostArray } from './hostArray';
import type { Shape } from './shapes';
import type { Path } from './trees';

/** One leaf of a checkpoint that is looked at from outside. */
export interface LeafInfo {
  readonly path: readonly (string | number)[];
  readonly kind: 'array' | 'scalar' | 'string' | 'none' | 'empty';
  readonly dtype: DType | null;
  readonly shape: Shape | null;
  readonly byteLength: number;
  /** For strings and scalars: the value as text. */
  readonly text: string | null;
}

export interface LeafStatistics {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly zeros: number;
  readonly nans: number;
  readonly infinities: number;
  /** Counts of 22 equal bins from min to max. */
  readonly histogram: Uint32Array;
  /** A heat map of at most 64 x 64 means of blocks, row-major, longest axis across. */
  readonly tile: { readonly width: number; readonly height: number; readonly values: Float32Array };
}

/** A leaf as one side must know it to match it with the other. */
export interface LeafForm {
  readonly path: Path;
  /** Null for leaves that are no arrays (text, None). */
  readonly shape: Shape | null;
  readonly dtype: DType | null;
}

/** Every array that the present model and its optimiser want. */
export interface ModelLeaves {
  readonly model: readonly LeafForm[];
  readonly optimizer: readonly LeafForm[];
}

/** What a leaf of the model gets when the checkpoint has nothing that fits: a new model's value, zeros, or what there is, cut off or filled up with zeros. */
export type Fill = 'fresh' | 'zeros' | 'cut';

/** What is done about the differences between a checkpoint and the model. Paths are written as in `MatchRow`. */
export interface Repairs {
  /** Leaf of the checkpoint, leaf of the model that it becomes. */
  readonly renames: readonly (readonly [from: string, to: string])[];
  /** What leaves get that `fills` does not name. */
  readonly fill: 'fresh' | 'zeros';
  readonly fills: readonly (readonly [path: string, fill: Fill])[];
}

/** How one leaf of a foreign checkpoint meets the model, and what is done about it. */
export interface MatchRow {
  readonly status: 'fits' | 'renamed' | 'missing' | 'unexpected' | 'shape' | 'dtype';
  /** Leaf of the model as text; of an unexpected leaf, the leaf of the checkpoint. */
  readonly path: string;
  /** Leaf of the checkpoint as text; null when it has none. */
  readonly from: string | null;
  /** The same as keys: in the model, and in the checkpoint with everything that wraps the model. */
  readonly keys: Path;
  readonly fromKeys: Path | null;
  /** Types, e.g. `float32[64, 32]`; null on the side that lacks the leaf. */
  readonly saved: string | null;
  readonly wanted: string | null;
  readonly reason: string | null;
  /** Of a leaf that is missing or misshaped: the unexpected leaf that is probably it. */
  readonly likely: string | null;
  /** What the leaf gets; null for those that fit and those that are dropped. */
  readonly fill: Fill | null;
  /** Whether the saved array can be cut or filled up to the shape that is wanted. */
  readonly canCut: boolean;
}

/** A match: rows with differences first. */
export interface MatchReport {
  readonly rows: readonly MatchRow[];
  /** Keys that wrap the model in the checkpoint, e.g. `['params']`. */
  readonly wrapper: Path;
  /** Whether the optimiser's state goes with the model: all of it fits. Null when the checkpoint has none. */
  readonly optimizerFits: boolean | null;
}

/** Arrays of a foreign checkpoint, ready for the model: read and checked in a worker of their own. Names are leaves of the model as text. */
export interface ForeignArrays {
  readonly name: string;
  readonly model: readonly (readonly [path: string, array: HostArray])[];
  /** Leaves that become zeros; what is named nowhere keeps the value of a new model. */
  readonly zeros: readonly string[];
  /** The optimiser's state, when all of it fits. */
  readonly optimizer: readonly (readonly [path: string, array: HostArray])[] | null;
  readonly dropped: number;
}

/** One thing that a check of the bytes found. */
export interface InspectFinding {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: string;
  readonly where: string;
  readonly message: string;
}

/** A file, zip or folder that was dropped, once the inspector has read its structure. */
export interface InspectReport {
  /** Tells one upload from the next. */
  readonly id: string;
  readonly name: string;
  /** What it is, e.g. "Orbax checkpoint, a manager step". */
  readonly description: string;
  readonly layout: 'orbax' | 'safetensors' | 'npz' | 'json';
  /** Who wrote it, as far as the bytes tell, e.g. "Linnet", "Orbax in Python". */
  readonly writer: string;
  /** How it lies on disk, e.g. "OCDBT, zarr v2". */
  readonly storage: string;
  readonly savedAtMs: number | null;
  readonly items: readonly { readonly name: string; readonly leaves: readonly LeafInfo[] }[];
  readonly byteLength: number;
  /** The step, when it is a whole run that Linnet saved: it can be restored as it was. */
  readonly ownStep: number | null;
}

/** What a check of every byte of an upload found. */
export interface ByteCheck {
  /** Empty when everything that can be checked is right. */
  readonly findings: readonly InspectFinding[];
  /** Leaves whose bytes nothing vouches for, with the item they are in. */
  readonly unchecked: readonly (readonly [item: string, path: Path])[];
}

/** How the values of one Param of the model are spread, and those of its gradients. */
export interface ParameterSpread {
  readonly path: readonly string[];
  readonly values: LeafStatistics;
  readonly gradients: LeafStatistics;
}
