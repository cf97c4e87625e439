import type { CheckpointPath } from '#linnet/checkpoint';
import type { GuideValues } from '#linnet/core';
import type * as nnx from '#linnet/nnx';
import type { Array as JaxArray } from '#linnet/tensor';

/** What a section is given to begin with: the values that the reader may change, and where its outputs go. */
export interface Start extends GuideValues {
  /** Puts a value on the page: what `nnx.display` describes, an array, a path with its files, or a text. */
  show(label: string, value: unknown): Promise<void>;
}

/** A model that maps `[batch, dim]` to `[batch, dim]`. */
interface Model extends nnx.Module {
  call(x: JaxArray): JaxArray;
}

/** What the sections so far have made. */
export interface AfterSetUp extends Start {
  readonly ckptDir: CheckpointPath;
  readonly model: Model;
  readonly x: JaxArray;
}

export interface AfterSave extends AfterSetUp {
  readonly state: nnx.State;
}
