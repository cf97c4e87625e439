import type { DisplayNode } from './displayNode';
import type { ErrorKind } from './errors';

/** What a reader of the guide may change. */
export interface GuideValues {
  /** Width of both layers. */
  readonly dim: number;
  /** Seed of the weights. */
  readonly seed: number;
  /** JAX's counter layout: the new one, or that of older releases. */
  readonly partitionable: boolean;
  /** Whether the model that is saved has biases. */
  readonly useBias: boolean;
  /** What the checkpoint is called. */
  readonly name: string;
}

/** One thing that a section put on the page. */
export type GuideOutput =
  | { readonly kind: 'text' | 'warning'; readonly label: string; readonly text: string }
  | { readonly kind: 'tree'; readonly label: string; readonly tree: DisplayNode }
  | { readonly kind: 'files'; readonly label: string; readonly files: readonly { readonly path: string; readonly byteLength: number }[] }
  | { readonly kind: 'file'; readonly label: string; readonly blob: Blob };

/** What came of running a section. */
export interface GuideResult {
  readonly id: string;
  readonly outputs: readonly GuideOutput[];
  readonly elapsedMs: number;
  readonly error: { readonly kind: ErrorKind; readonly message: string } | null;
}
