import type { Access } from '#linnet/gpu';
import { type Location, storageBytes } from './storage';

/** One recorded dispatch of a compiled program. */
export interface DispatchStep {
  readonly kind: 'dispatch';
  readonly name: string;
  readonly wgsl: string;
  /** Buffers in binding order, by name: `in0`, `out1`, `temp_f32`. */
  readonly buffers: readonly string[];
  readonly access: readonly Access[];
  /** Whether the code asks for a number: the iteration of the loop around, or `tripCount`. */
  readonly usesIteration: boolean;
  /** The number that the code asks for where it is always the same: how often the loop inside runs. */
  readonly tripCount?: number;
  readonly workgroups: readonly [number, number, number];
  readonly flops: number;
  readonly bytes: number;
  /** The same work, to the same bits, by a kernel that compiles faster and runs slower: to begin with. */
  readonly quick?: () => DispatchStep;
}

/** Bytes copied from one buffer to another. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly from: string;
  readonly fromByte: number;
  readonly to: string;
  readonly toByte: number;
  readonly byteLength: number;
}

/** Steps run `length` times; their kernels know the iteration. */
export interface LoopStep {
  readonly kind: 'loop';
  readonly length: number;
  readonly steps: readonly Step[];
}

export type Step = DispatchStep | CopyStep | LoopStep;

/** All dispatches of `steps`, those in loops once. */
export function dispatchesOf(steps: readonly Step[]): DispatchStep[] {
  return steps.flatMap((step) => (step.kind === 'dispatch' ? [step] : step.kind === 'loop' ? dispatchesOf(step.steps) : []));
}

/** How many dispatches running `steps` takes. */
export function countDispatches(steps: readonly Step[]): number {
  return steps.reduce(
    (sum, step) => sum + (step.kind === 'dispatch' ? 1 : step.kind === 'loop' ? step.length * countDispatches(step.steps) : 0),
    0,
  );
}

/** A copy of `elements` elements, or nothing if both are the same place. */
export function copyStep(from: Location, to: Location, elements: number): CopyStep[] {
  if (elements === 0 || (from.buffer === to.buffer && from.offset === to.offset)) return [];
  const bytes = storageBytes(from.type);
  const byteLength = Math.ceil((elements * bytes) / 4) * 4;
  return [{ kind: 'copy', from: from.buffer, fromByte: from.offset * bytes, to: to.buffer, toByte: to.offset * bytes, byteLength }];
}
