import { flatten, LinnetError, mapTree, normalizeAxis } from '#linnet/core';
import type { NDArray } from '../array';
import { KeyArray } from '../keyArray';
import { withBatchAxis } from '../primitives/elementwise';
import * as lax from '../primitives/lax';
import { withTrace } from '../trace/tracer';
import { leafToArray } from '../transfer';
import { putTogether, takeApart } from '../trees';
import { BatchTrace } from './batchTrace';

/** Axis to map over, null for none, or a tree prefix of those. */
export type AxisSpec = number | null | readonly AxisSpec[] | { readonly [key: string]: AxisSpec };

export interface VmapOptions {
  /** Per argument; one number is for all of them. 0 by default. */
  readonly inAxes?: AxisSpec;
  /** Where the batch axis of the outputs goes. 0 by default. */
  readonly outAxes?: AxisSpec;
  /** Needed only when no argument is mapped. */
  readonly axisSize?: number;
}

type Fun = (...args: any[]) => any;

/** One axis for every leaf of `tree`, from a spec that may stop early (a prefix of the tree). */
function spreadAxes(spec: AxisSpec, tree: unknown): (number | null)[] {
  if (spec === null || typeof spec === 'number') return flatten(tree).leaves.map(() => spec);
  if (typeof tree !== 'object' || tree === null) {
    throw new LinnetError('InvalidArgumentError', 'vmap: the axes have more structure than the values they are for.');
  }
  if (Array.isArray(tree)) return tree.flatMap((item, i) => spreadAxes((spec as readonly AxisSpec[])[i] ?? null, item));
  return Object.keys(tree)
    .sort()
    .flatMap((key) => spreadAxes((spec as Record<string, AxisSpec>)[key] ?? null, (tree as Record<string, unknown>)[key]));
}

/** `f` of single examples as a function of batches. Like `jax.vmap`, also with positional `inAxes, outAxes`. */
export function vmap(f: Fun, options: VmapOptions | AxisSpec = {}, outAxesPositional?: AxisSpec): (...args: any[]) => any {
  const isOptions = typeof options === 'object' && options !== null && !Array.isArray(options);
  const settings: VmapOptions = isOptions ? (options as VmapOptions) : { inAxes: options as AxisSpec };
  const { inAxes = 0, outAxes = outAxesPositional ?? 0, axisSize } = settings;
  return (...args) => {
    const axes = args.map((arg, i) => spreadAxes(Array.isArray(inAxes) ? (inAxes[i] ?? null) : inAxes, arg));
    const leaves = args.map((arg, i) => flatten(arg).leaves.map((leaf) => leafToArray(leaf, () => `Argument ${i} of vmap`)));
    const size = batchSize(leaves.flat(), axes.flat(), axisSize);
    const trace = new BatchTrace(size);
    return withTrace(trace, false, () => {
      const examples = args.map((arg, i) => {
        let next = 0;
        return mapTree(() => {
          const at = next++;
          return enter(trace, leaves[i]![at]!, axes[i]![at]!);
        }, arg);
      });
      return leave(trace, f(...examples), outAxes, size);
    });
  };
}

function batchSize(leaves: readonly NDArray[], axes: readonly (number | null)[], given: number | undefined): number {
  const sizes = leaves.flatMap((leaf, i) => {
    const axis = axes[i]!;
    return axis === null ? [] : [leaf.shape[normalizeAxis(axis, leaf.ndim)]!];
  });
  const size = given ?? sizes[0];
  if (size === undefined)
    throw new LinnetError('InvalidArgumentError', 'vmap has nothing to map over: every axis is null and no axisSize was given.');
  const other = sizes.find((found) => found !== size);
  if (other !== undefined) {
    throw new LinnetError('ShapeError', `vmap maps over axes of different lengths: ${size} and ${other}.`);
  }
  return size;
}

/** An argument seen by the function: one example of it. */
function enter(trace: BatchTrace, leaf: NDArray, axis: number | null): NDArray {
  if (axis === null) return leaf;
  const from = normalizeAxis(axis, leaf.ndim);
  return leaf instanceof KeyArray ? new KeyArray(trace.join(leaf.words, from)) : trace.join(leaf, from);
}

/** The result of the function with its batch axis where the caller wants it. */
function leave(trace: BatchTrace, result: unknown, outAxes: AxisSpec, size: number): unknown {
  const { arrays, layout } = takeApart(result, 'The output of vmap');
  const axes = spreadAxes(outAxes, result);
  const batched = arrays.map((array, i) => {
    const [value, from] = trace.split(array);
    const axis = axes[i]!;
    if (axis === null && from === null) return value;
    if (axis === null)
      throw new LinnetError('InvalidArgumentError', `vmap: outAxes is null for output ${i}, but it differs between examples.`);
    const front = withBatchAxis(value, from, size);
    const rank = layout.isKey[i] ? front.ndim - 1 : front.ndim;
    return lax.moveAxis(front, 0, normalizeAxis(axis, rank));
  });
  return putTogether(layout, batched);
}
