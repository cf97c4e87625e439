import type { Var } from '../trace/program';
import type { CodeWriter } from './codeWriter';
import type { Evaluator } from './evaluator';
import type { Location } from './storage';
import type { WgslModule } from './wgslModule';

/** What a part writes its code with. */
export interface PartContext {
  readonly code: CodeWriter;
  readonly module: WgslModule;
  readonly evaluator: Evaluator;
  /** Where `variable` is to be stored; undefined if nobody outside the part needs it. */
  target(variable: Var): Location | undefined;
  /** Values of one element that the expressions of `roots` need and that no element of the work changes: worth computing once. */
  scalars?(roots: readonly Var[]): readonly Var[];
  /** Where a value of another kernel (or an input) lies. */
  source(variable: Var): Location;
}

/** The work of one fused kernel, cut into independent items that threads take by their index. */
export interface Part {
  readonly name: string;
  readonly items: number;
  readonly flops: number;
  /** Writes the code of the item whose index is the u32 expression `item`. */
  write(context: PartContext, item: string): void;
  /** The same work done by workgroups of 64 threads together, where the adapter is better at that. */
  readonly groups?: GroupWork;
  /** The same work, to the same bits, done by workgroups of 64 threads together on GPUs, where one thread an item would leave most idle. */
  readonly gpuGroups?: GroupWork;
}

/** Work that 64 threads do together. */
export interface GroupWork {
  readonly count: number;
  /** Writes the code of thread `lane` of the group whose index is `group`; all threads of the group take part in its barriers. */
  write(context: PartContext, group: string, lane: string): void;
}
