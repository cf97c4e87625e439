import { LinnetError } from '#linnet/core';
import { lax } from '#linnet/tensor';
import { storeOwned, Variable } from '../variable';
import { type CallResult, callValues, enterCall, type GraphCall, runCall } from './graphCall';

/** Marks an argument of `nnx.scan` that goes from step to step. */
export const Carry: unique symbol = Symbol('linnet.carry');

/** What `nnx.scan` does with an argument: carries it, gives one row of it to each step (0), or gives it whole to every step (null). */
export type ScanAxis = typeof Carry | 0 | null;

export interface ScanOptions {
  /** Number of steps; needed only when no argument is walked over. */
  readonly length?: number;
  /** By default modules are carried and anything else is walked over. */
  readonly inAxes?: readonly ScanAxis[];
}

/** How the arguments of one call are used. */
interface Plan {
  readonly call: GraphCall;
  readonly values: readonly unknown[];
  /** Indexes of leaves of graphs, and of arguments that are no graphs. */
  readonly carriedLeaves: readonly number[];
  readonly walkedLeaves: readonly number[];
  readonly carriedArgs: readonly number[];
  readonly walkedArgs: readonly number[];
}

function planOf(args: readonly unknown[], inAxes: readonly ScanAxis[] | undefined): Plan {
  const call = enterCall(args);
  const isGraph = new Set(call.positions);
  const axisOf = (i: number): ScanAxis => (inAxes === undefined ? (isGraph.has(i) ? Carry : 0) : (inAxes[i] ?? null));
  const leaves = call.flat.leaves.map(([path]) => axisOf(call.positions[path[0] as number]!));
  const indexes = <T>(list: readonly T[], wanted: ScanAxis, axis: (item: T, i: number) => ScanAxis): number[] =>
    list.flatMap((item, i) => (axis(item, i) === wanted ? [i] : []));
  const plainAxis = (_: unknown, i: number): ScanAxis => (isGraph.has(i) ? null : axisOf(i));
  return {
    call,
    values: callValues(call, 'nnx.scan'),
    carriedLeaves: indexes(leaves, Carry, (axis) => axis),
    walkedLeaves: indexes(leaves, 0, (axis) => axis),
    carriedArgs: indexes(args, Carry, plainAxis),
    walkedArgs: indexes(args, 0, plainAxis),
  };
}

const pick = (list: readonly unknown[], indexes: readonly number[]): unknown[] => indexes.map((i) => list[i]);

function place(list: readonly unknown[], indexes: readonly number[], values: readonly unknown[]): unknown[] {
  const result = [...list];
  for (const [k, i] of indexes.entries()) result[i] = values[k];
  return result;
}

/** Values of all leaves after a step. A step that changes the structure is refused: every step must be like the first. */
function valuesAfter(result: CallResult, before: readonly unknown[]): unknown[] {
  if (!result.record.isSameGraph) {
    throw new LinnetError(
      'TraceError',
      'The function given to nnx.scan changes the structure of a module, or returns one. Every step must leave modules as they are built; only values may change.',
    );
  }
  let next = 0;
  return result.record.leaves.map(({ isChanged }, i) => (isChanged ? result.values[next++] : before[i]));
}

/**
 * `f` done once after the other in one program. Modules are carried, so `nnx.scan(step, { length: 100 })(model, optimizer)` trains 100
 * steps in place and returns the stacked results. With `inAxes` 0 a module's leaves are walked over instead (a stack of layers); an
 * array argument marked `nnx.Carry` makes `f` return `[carry, y]`. Like `flax.nnx.scan`.
 */
export function scan(f: (...args: any[]) => any, { length, inAxes }: ScanOptions = {}): (...args: any[]) => any {
  return (...args) => {
    const plan = planOf(args, inAxes);
    const { call, values } = plan;
    const hasCarry = plan.carriedArgs.length > 0;
    const step = ([leaves, others]: [unknown[], unknown[]], [rows, items]: [unknown[], unknown[]]) => {
      const given = place(place(values, plan.carriedLeaves, leaves), plan.walkedLeaves, rows);
      const plain = place(place(args, plan.carriedArgs, others), plan.walkedArgs, items);
      const result = runCall('nnx.scan', call, given, plain, f);
      const after = valuesAfter(result, given);
      const [carry, y] = hasCarry ? pairOf(result.output) : [[], result.output];
      const next = plan.carriedArgs.length === 1 ? [carry] : carry;
      return [
        [pick(after, plan.carriedLeaves), next],
        [pick(after, plan.walkedLeaves), y],
      ];
    };
    const init = [pick(values, plan.carriedLeaves), pick(args, plan.carriedArgs)];
    const xs = [pick(values, plan.walkedLeaves), pick(args, plan.walkedArgs)];
    const [[leaves, carry], [rows, ys]] = lax.scan(step, init, xs, length === undefined ? {} : { length });
    writeBack(call, plan.carriedLeaves, leaves);
    writeBack(call, plan.walkedLeaves, rows);
    return hasCarry ? [plan.carriedArgs.length === 1 ? carry[0] : carry, ys] : ys;
  };
}

function writeBack(call: GraphCall, indexes: readonly number[], values: readonly unknown[]): void {
  for (const [k, i] of indexes.entries()) {
    const leaf = call.flat.leaves[i]![1];
    if (leaf instanceof Variable) storeOwned(leaf, values[k]);
  }
}

function pairOf(output: unknown): readonly [unknown, unknown] {
  if (Array.isArray(output) && output.length === 2) return [output[0], output[1]];
  throw new LinnetError('InvalidArgumentError', 'With a carried argument the function given to nnx.scan must return [carry, y].');
}
