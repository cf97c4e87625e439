import { flatten, LinnetError, unflatten } from '#linnet/core';
import { vmap as tensorVmap } from '#linnet/tensor';
import { type Filter, toPredicate } from '../filters';
import { type CallRecord, type CallResult, callValues, enterCall, type GraphCall, leaveCall, runCall } from './graphCall';

/** Axes for parts of a module: the first filter that matches a leaf says its axis (null: not mapped). Like `flax.nnx.StateAxes`. */
export class StateAxes {
  readonly axes: readonly (readonly [Filter, number | null])[];

  constructor(axes: Iterable<readonly [Filter, number | null]>) {
    this.axes = [...axes];
  }
}

/** Axis along which an argument is mapped; null for none. */
export type Axis = number | null | StateAxes;

export interface VmapOptions {
  /** One axis for all arguments, or one for each. By default 0. */
  readonly inAxes?: Axis | readonly Axis[];
  /** Axis of the output along which the results are put. By default 0. */
  readonly outAxes?: number;
  /** Number of examples; needed only when no argument is mapped. */
  readonly axisSize?: number;
}

/** The axis of each leaf of a call's graphs. */
function leafAxes(call: GraphCall, axisOf: (argument: number) => Axis): (number | null)[] {
  return call.flat.leaves.map(([path, leaf]) => {
    const axis = axisOf(call.positions[path[0] as number]!);
    if (!(axis instanceof StateAxes)) return axis;
    const found = axis.axes.find(([filter]) => toPredicate(filter)(path.slice(1), leaf));
    if (found !== undefined) return found[1];
    throw new LinnetError(
      'InvalidArgumentError',
      `nnx.vmap: the StateAxes name no axis for ${path.slice(1).join('.')}. Add ['...', null].`,
    );
  });
}

function axisFor(inAxes: Axis | readonly Axis[], argument: number): Axis {
  return Array.isArray(inAxes) ? ((inAxes as readonly Axis[])[argument] ?? null) : (inAxes as Axis);
}

/** Arrays of a tree with one axis for all of them. */
interface Part {
  readonly leaves: readonly unknown[];
  readonly axes: readonly (number | null)[];
  readonly rebuild: (leaves: readonly unknown[]) => unknown;
}

function spread(tree: unknown, axis: number | null): Part {
  const { leaves, structure } = flatten(tree);
  return { leaves, axes: leaves.map(() => axis), rebuild: (values) => unflatten(structure, values) };
}

/**
 * `f` of single examples as a function of batches; modules may be arguments and results, with a batch axis on each of their leaves. So
 * `nnx.vmap((rngs) => new Model({ rngs }))(new nnx.Rngs(0).split(16))` makes 16 models in one. What `f` writes to a module's Variables
 * gets the axis the Variable came with. Like `flax.nnx.vmap`.
 */
export function vmap(f: (...args: any[]) => any, { inAxes = 0, outAxes = 0, axisSize }: VmapOptions = {}): (...args: any[]) => any {
  return (...args) => {
    const call = enterCall(args);
    const parts = spreadGraph(call, callValues(call, 'nnx.vmap'), (argument) => axisFor(inAxes, argument));
    const hidden = new Set(call.positions);
    const plain = args.map((arg, i) => (hidden.has(i) ? spread(null, null) : spread(arg, plainAxis(axisFor(inAxes, i), i))));
    let record: CallRecord | undefined;
    let outcome: ReturnType<typeof flatten> | undefined;
    const axesOut: (number | null)[] = [];
    const flatInputs = [...parts.flatMap((part) => part.leaves), ...plain.flatMap((part) => part.leaves)];
    const flatAxes = [...parts.flatMap((part) => part.axes), ...plain.flatMap((part) => part.axes)];
    const run = (...inputs: unknown[]): unknown[] => {
      const rest = [...inputs];
      const take = (part: Part): unknown => part.rebuild(rest.splice(0, part.leaves.length));
      const result = runCall('nnx.vmap', call, parts.map(take), plain.map(take), f);
      record = result.record;
      outcome = flatten([result.values, result.output]);
      axesOut.push(...outputAxes(result, parts, outAxes));
      return outcome.leaves;
    };
    const mapped = tensorVmap(run, { inAxes: flatAxes, outAxes: axesOut, ...(axisSize === undefined ? {} : { axisSize }) })(...flatInputs);
    const [changed, output] = unflatten(outcome!.structure, mapped as unknown[]) as [unknown[], unknown];
    return leaveCall(call, { record: record!, values: changed, output });
  };
}

/** Axis of each array that comes out: a leaf that came in has the axis it came with. */
function outputAxes({ record, values, output }: CallResult, given: readonly Part[], outAxes: number): (number | null)[] {
  const changed = record.leaves.filter(({ isChanged }) => isChanged);
  const ofLeaves = values.flatMap((value, i) => {
    const source = changed[i]!.source;
    const axis = source === undefined ? outAxes : (given[source]!.axes[0] ?? null);
    return flatten(value).leaves.map(() => axis);
  });
  return [...ofLeaves, ...flatten(output).leaves.map(() => outAxes)];
}

function spreadGraph(call: GraphCall, values: readonly unknown[], axisOf: (argument: number) => Axis): Part[] {
  const axes = leafAxes(call, axisOf);
  return values.map((value, i) => spread(value, axes[i]!));
}

function plainAxis(axis: Axis, argument: number): number | null {
  if (!(axis instanceof StateAxes)) return axis;
  throw new LinnetError('InvalidArgumentError', `nnx.vmap: argument ${argument} has StateAxes, but it is no module.`);
}
