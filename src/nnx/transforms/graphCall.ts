import { type TreeContainer, type TreeNode, treeNode } from '#linnet/core';
import { type FlatGraph, flattenGraph, type GraphLeaf } from '../graph/flattenGraph';
import type { GraphDef } from '../graph/graphDef';
import { isGraphNode, isPlainContainer } from '../graph/node';
import { remember } from '../graph/owners';
import { rebuildGraph } from '../graph/rebuildGraph';
import { withScope } from '../graph/scope';
import { unusable } from '../graph/use';
import { isVariableLeaf, type VariableLeaf } from '../graph/variableLeaf';
import { peek, storeOwned, Variable } from '../variable';

/** Whether `value` is, or a plain container in it holds, a module or a Variable: then transforms treat it as a graph, else as a tree. */
export function isGraphArgument(value: unknown, seen: Set<unknown> = new Set()): boolean {
  if (value instanceof Variable || isGraphNode(value)) return true;
  if (!isPlainContainer(value) || seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some((item) => isGraphArgument(item, seen));
}

/** The form of a call: which arguments are graphs, and the architecture of their list. */
export interface CallForm {
  readonly positions: readonly number[];
  readonly graphdef: GraphDef<unknown[]>;
}

/** The arguments of a call to a transformed function, with the graphs among them taken apart together, so that sharing is kept. */
export interface GraphCall extends CallForm {
  readonly args: readonly unknown[];
  /** The list of the graph arguments, flattened. */
  readonly flat: FlatGraph<unknown[]>;
}

/** Takes the arguments of a call apart. */
export function enterCall(args: readonly unknown[]): GraphCall {
  const positions = args.flatMap((arg, i) => (isGraphArgument(arg) ? [i] : []));
  const flat = flattenGraph(positions.map((i) => args[i]));
  return { args, positions, flat, graphdef: flat.graphdef };
}

const valueOfLeaf = (leaf: GraphLeaf): unknown => (leaf instanceof Variable ? peek(leaf) : leaf);

/** Values of the leaves of a call's graphs. Abstract and disposed ones are an error that names all of them. */
export function callValues(call: GraphCall, transform: string): unknown[] {
  const values = call.flat.leaves.map(([, leaf]) => valueOfLeaf(leaf));
  const error = unusable(values, () => variablesOf(call), transform);
  if (error) throw error;
  return values;
}

/** The Variables of a call's graphs by their paths in the model; with several graphs the position of each comes first. */
const variablesOf = ({ positions, flat }: GraphCall): VariableLeaf[] =>
  flat.leaves.filter(isVariableLeaf).map(([path, variable]) => [positions.length === 1 ? path.slice(1) : path, variable]);

/** What a transformed function did. As a tree its children are the arrays; the record is static. */
export class CallResult implements TreeContainer {
  readonly record: CallRecord;
  /** One for each leaf of the graphs after the call that is not as it was. */
  readonly values: readonly unknown[];
  /** The output, or null if it is a graph. */
  readonly output: unknown;

  constructor(record: CallRecord, values: readonly unknown[], output: unknown) {
    this.record = record;
    this.values = values;
    this.output = output;
  }

  [treeNode](): TreeNode {
    return {
      keys: ['values', 'output'],
      children: [this.values, this.output],
      rebuild: ([values, output]) => new CallResult(this.record, values as unknown[], output),
      tag: this.record,
    };
  }
}

/** What became of a leaf. */
export interface LeafRecord {
  /** Index of the same leaf before the call; undefined for a new one. */
  readonly source: number | undefined;
  /** Whether its value is another one, found in `CallResult.values`. */
  readonly isChanged: boolean;
}

/** The part of a CallResult that is known once the function is traced: how to bring its effects to the caller's objects. */
export interface CallRecord {
  /** The graph arguments after the call, and the output if it is a graph. */
  readonly graphdef: GraphDef<unknown[]>;
  /** Index before the call of each object after it; undefined for new ones. */
  readonly origins: readonly (number | undefined)[];
  /** Leaves after the call, in order of traversal. */
  readonly leaves: readonly LeafRecord[];
  /** Indexes of the leaves before the call that have another value after it. */
  readonly replaced: ReadonlySet<number>;
  readonly outputIsGraph: boolean;
  /** Whether structure and objects are as before, so that only Variables need writing. */
  readonly isSameGraph: boolean;
}

/** The copies of a call's graphs that a transformed function sees. */
interface Copies {
  readonly roots: readonly unknown[];
  readonly objects: readonly object[];
  /** Where each Variable's value is among the call's values. */
  readonly positions: ReadonlyMap<unknown, number>;
}

function copyGraphs({ graphdef }: CallForm, values: readonly unknown[]): Copies {
  let next = 0;
  const { root, objects } = rebuildGraph(graphdef, { nextLeaf: () => values[next++] });
  const positions = new Map<unknown, number>(flattenGraph(root).leaves.map(([, leaf], i) => [leaf, i]));
  return { roots: [...root], objects, positions };
}

/**
 * Runs `f` on copies of the call's graphs that hold `values`, with `plain` in place of the other arguments, as the body of `transform`.
 */
export function runCall(
  transform: string,
  form: CallForm,
  values: readonly unknown[],
  plain: readonly unknown[],
  f: (...args: any[]) => unknown,
): CallResult {
  return withScope(transform, () => {
    const copies = copyGraphs(form, values);
    const args = [...plain];
    for (const [i, position] of form.positions.entries()) args[position] = copies.roots[i];
    return exitCall(form, copies, values, f(...args));
  });
}

function exitCall(form: CallForm, copies: Copies, values: readonly unknown[], output: unknown): CallResult {
  const outputIsGraph = isGraphArgument(output);
  const after = flattenGraph(outputIsGraph ? [...copies.roots, output] : [...copies.roots]);
  const before = new Map(copies.objects.map((object, i) => [object, i]));
  // The list of arguments is a new object each time, hence the 0.
  const origins = after.objects.map((object, i) => (i === 0 ? 0 : before.get(object)));
  const leaves = after.leaves.map(([, leaf]): LeafRecord => {
    const source = copies.positions.get(leaf);
    return { source, isChanged: source === undefined || valueOfLeaf(leaf) !== values[source] };
  });
  const changed = after.leaves.filter((_, i) => leaves[i]!.isChanged);
  const isSameGraph = !outputIsGraph && origins.every((origin, i) => origin === i) && after.graphdef.equals(form.graphdef);
  const replaced = new Set(leaves.flatMap(({ source, isChanged }) => (isChanged && source !== undefined ? [source] : [])));
  const record = { graphdef: after.graphdef, origins, leaves, replaced, outputIsGraph, isSameGraph };
  return new CallResult(
    record,
    changed.map(([, leaf]) => valueOfLeaf(leaf)),
    outputIsGraph ? null : output,
  );
}

/** Brings what a transformed function did to the caller's own objects, and returns its output. */
export function leaveCall(call: GraphCall, { record, values, output }: Pick<CallResult, 'record' | 'values' | 'output'>): unknown {
  let next = 0;
  const newValue = ({ isChanged, source }: LeafRecord): unknown =>
    isChanged ? values[next++] : valueOfLeaf(call.flat.leaves[source!]![1]);
  if (record.isSameGraph && call.flat.leaves.every(isVariableLeaf)) {
    for (const [i, leaf] of record.leaves.entries()) {
      if (leaf.isChanged) storeOwned(call.flat.leaves[i]![1] as Variable<any>, newValue(leaf));
    }
    return output;
  }
  let leaf = 0;
  const { root } = rebuildGraph(record.graphdef, {
    nextLeaf: () => newValue(record.leaves[leaf++]!),
    existing: (i) => (i === 0 || record.origins[i] === undefined ? undefined : call.flat.objects[record.origins[i]!]),
    write: (variable, value) => {
      if (value !== peek(variable)) storeOwned(variable, value);
    },
  });
  if (!record.outputIsGraph) return output;
  const made = root.at(-1);
  if (!(made instanceof Variable)) remember(made as object);
  return made;
}
