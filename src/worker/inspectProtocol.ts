import type { ByteCheck, ForeignArrays, InspectReport, LeafStatistics, MatchReport, ModelLeaves, Path, Repairs } from '#linnet/core';
import type { OwnData, Upload } from './protocol';

/** What the inspector is doing, as a person would say it. */
export type InspectStage = 'finding out what it is' | 'reading its tree' | 'checking its bytes' | 'reading arrays' | 'idle';

/** One upload, looked into in a worker of its own: foreign bytes are parsed there and nowhere else. */
export interface InspectApi {
  /** Reads the structure; no array. The first call. `alive` is told several times a second what is being done. */
  open(upload: Upload, alive: (stage: InspectStage) => void): Promise<InspectReport>;
  /** Checks every byte that can be checked. */
  check(): Promise<ByteCheck>;
  /** Numbers, histogram and heat map of one array. */
  leafStatistics(item: string, path: Path): Promise<LeafStatistics>;
  /** The rows of an upload that is a data set (arrays `x` and `y`), to train on; null when it is anything else. */
  labelledRows(): Promise<OwnData | null>;
  /** How an item meets the model; null: the item that fits best, whose name comes back. */
  match(item: string | null, leaves: ModelLeaves, repairs: Repairs): Promise<MatchReport & { readonly item: string }>;
  /** What the model takes of an item. */
  arrays(item: string, leaves: ModelLeaves, repairs: Repairs): Promise<ForeignArrays>;
}
