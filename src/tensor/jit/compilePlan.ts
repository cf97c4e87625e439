import { LinnetError } from '#linnet/core';
import { isVariantName } from './matmulVariant';

/** The choices behind a compiled program, as JSON: given back, the same program computes the same bits. */
export interface CompilePlan {
  readonly version: 1;
  /** For each loop of the program, in order: replayed as dispatches, or run in one workgroup. */
  readonly loops: readonly ('replay' | 'single')[];
  /** The variant of each matmul, by `variantName`, in the order in which kernels are written. */
  readonly matmuls: readonly string[];
}

/** `value`, which comes from a saved run, as a plan; an InvalidArgumentError if it is none that this version understands. */
export function parsePlan(value: unknown): CompilePlan {
  const plan = value as Partial<CompilePlan> | null;
  const isPlan =
    typeof plan === 'object' &&
    plan?.version === 1 &&
    Array.isArray(plan.loops) &&
    plan.loops.every((loop) => loop === 'replay' || loop === 'single') &&
    Array.isArray(plan.matmuls) &&
    plan.matmuls.every(isVariantName);
  if (isPlan) return plan as CompilePlan;
  throw new LinnetError(
    'InvalidArgumentError',
    'The compile plan saved with this run is not one that this version understands; the run goes on without it, but not bit-identically.',
  );
}
