import { invariant, sizeOf } from '#linnet/core';
import type { Atom, Equation, Program, Var } from '../trace/program';
import { type ArenaPlan, type Lifetime, planArena } from './arena';
import type { Cluster } from './cluster';
import { convContraction } from './convContraction';
import { copyEquation } from './copyPrimitive';
import { type Fused, fuse } from './fuse';
import { Graph, type GuardedEquation } from './graph';
import { inlineConditional } from './inlineConditional';
import { type InPlace, mayOverwrite, planInPlace, type Wish } from './inPlace';
import { splitSort } from './kernels/sort';
import { orientContractions } from './orientContractions';
import { schedule } from './schedule';
import { splitContraction } from './splitContraction';
import { splitCumulative } from './splitCumulative';
import { splitReduction } from './splitReduction';
import { type StorageType, storageType } from './storage';

export interface RegionOptions {
  readonly maxBuffers: number;
  /** For each input: whether its memory may be overwritten. */
  readonly donated: readonly boolean[];
  /** In a loop body: the input that each output must overwrite (the carry), or -1. */
  readonly mustOverwrite?: readonly number[];
  /** Plans the body of a control node; how many elements of each type it needs for itself. */
  readonly planControl: (cluster: Cluster) => ReadonlyMap<StorageType, number>;
}

/** A straight piece of program (the whole one, or a loop's body), planned: what runs when, and where temporaries lie. */
export interface Region {
  readonly graph: Graph;
  readonly fused: Fused;
  readonly inPlace: InPlace;
  readonly dispatches: readonly (readonly Cluster[])[];
  /** Whether a value made here must be in memory. */
  readonly isStored: (variable: Var) => boolean;
  /** Whether a kernel of the region loads the value. */
  readonly isRead: (variable: Var) => boolean;
  /** Offsets of temporaries, and of the memory that a control cluster needs for itself (`scratchOf`). */
  readonly arena: ArenaPlan<Var | string>;
  /** Inputs that are copied into the arena before a kernel runs, because it could not bind them all (`stagedName`). */
  readonly staged: ReadonlyMap<Cluster, readonly Var[]>;
}

/** Name of the arena's copy of an input that a kernel with too many buffers reads there. */
export const stagedName = (cluster: Cluster, variable: Var): string => `staged ${cluster.id} ${variable.id}`;

export const scratchOf = (cluster: Cluster, type: StorageType): string => `scratch ${cluster.id} ${type}`;

/** Plans `source`. In a loop body, outputs that cannot overwrite their carry directly get a copy at the end. */
export function planRegion(source: Program, options: RegionOptions): Region {
  const program = orientContractions(source);
  const copies = new Set<number>();
  for (;;) {
    const graph = new Graph(withOwnOutputs(program, options.mustOverwrite, copies), rewrite);
    const fused = fuse(graph, { maxBuffers: options.maxBuffers, countBuffers: plannedBuffers(graph, options) });
    const inPlace = planInPlace(fused, wishesOf(graph, options));
    const missing = (options.mustOverwrite ?? []).flatMap((input, output) => {
      const variable = graph.outputs[output]!;
      return input >= 0 &&
        variable.type === 'var' &&
        variable !== graph.inputs[input] &&
        inPlace.inputOf.get(variable) !== graph.inputs[input]
        ? [output]
        : [];
    });
    if (missing.length > 0 && missing.some((output) => !copies.has(output))) {
      for (const output of missing) copies.add(output);
      continue;
    }
    invariant(missing.length === 0, `outputs ${missing} of a loop body cannot overwrite their carries`);
    return finish(graph, fused, inPlace, options);
  }
}

function rewrite(equation: Equation, graph: Graph): readonly GuardedEquation[] {
  const { gpu, name } = equation.primitive;
  if (name === 'cond') return inlineConditional(equation, graph).flatMap((part) => rewriteGuarded(part, graph));
  if (gpu.kind === 'control') return withoutLiterals(equation, graph);
  if (gpu.kind === 'kernel' && gpu.kernel === 'sort') return splitSort(equation, graph);
  if (gpu.kind === 'reduce') return splitReduction(equation, graph);
  if (gpu.kind === 'kernel' && gpu.kernel === 'cumulative') return splitCumulative(equation, graph);
  if (name === 'conv') return convContraction(equation, graph);
  if (gpu.kind === 'contraction') return splitContraction(equation, graph);
  return [equation];
}

function rewriteGuarded({ guards = [], ...part }: GuardedEquation, graph: Graph): GuardedEquation[] {
  return rewrite(part, graph).map((inner) => ({ ...inner, guards: [...guards, ...(inner.guards ?? [])] }));
}

/** A control node's operands lie in memory; literals are put there. */
function withoutLiterals(equation: Equation, graph: Graph): Equation[] {
  const copies: Equation[] = [];
  const inputs = equation.inputs.map((input) => {
    if (input.type === 'var') return input;
    const own = graph.newVar(input.aval);
    copies.push(copyEquation(input, own));
    return own;
  });
  return [...copies, { ...equation, inputs }];
}

/**
 * The program with outputs that are literals (and, in loop bodies, inputs or the same value twice) made values of their own, and with
 * `copies` after everything else for the outputs that ask for one.
 */
function withOwnOutputs(program: Program, mustOverwrite: readonly number[] | undefined, copies: ReadonlySet<number>): Program {
  let next = 1 + Math.max(-1, ...program.inputs.map((v) => v.id), ...program.equations.flatMap((e) => e.outputs.map((v) => v.id)));
  const extra: Equation[] = [];
  const isBody = mustOverwrite !== undefined;
  const seen = new Set<unknown>();
  const inputs = new Set<unknown>(program.inputs);
  const outputs = program.outputs.map((atom, index) => {
    const isSameCarry = isBody && atom === program.inputs[mustOverwrite[index]!];
    const needsOwn = atom.type === 'literal' || copies.has(index) || (isBody && (inputs.has(atom) || seen.has(atom)));
    seen.add(atom);
    if (!needsOwn || (isSameCarry && !copies.has(index))) return atom;
    const copy = (from: Atom): Var => {
      const own: Var = { type: 'var', id: next++, aval: from.aval };
      extra.push(copyEquation(from, own));
      return own;
    };
    // A carry that becomes another carry has to be put aside first: both move at once.
    return copies.has(index) && inputs.has(atom) ? copy(copy(atom)) : copy(atom);
  });
  return { inputs: program.inputs, equations: [...program.equations, ...extra], outputs };
}

function wishesOf(graph: Graph, { donated, mustOverwrite }: RegionOptions): Wish[] {
  const outputs = graph.outputs.filter((atom): atom is Var => atom.type === 'var' && graph.producer(atom) !== undefined);
  if (mustOverwrite) {
    return graph.outputs.flatMap((atom, index): Wish[] => {
      const input = mustOverwrite[index]!;
      return input >= 0 && atom.type === 'var' && graph.producer(atom) ? [[atom, [graph.inputs[input]!]]] : [];
    });
  }
  const free = graph.inputs.filter((input, index) => donated[index] && !graph.outputs.includes(input));
  return [...new Set(outputs)].map((output): Wish => [output, free]);
}

/** Buffers that a kernel will bind, if whatever it alone may overwrite is overwritten. */
function plannedBuffers(graph: Graph, { donated }: RegionOptions): (kernel: Cluster) => number {
  const free = new Set(graph.inputs.filter((_, index) => donated[index]));
  const ports = portsOf(graph);
  return (kernel) => {
    const footprint = kernel.footprint();
    return countBuffers(ports, footprint.reads.keys(), kernel.roots, (output, input) => {
      return free.has(input) && mayOverwrite(footprint, output, input);
    });
  };
}

/** Values of a graph that have a buffer of their own. */
interface Ports {
  readonly inputs: ReadonlySet<Atom>;
  readonly outputs: ReadonlySet<Atom>;
}

const portsOf = (graph: Graph): Ports => ({ inputs: new Set(graph.inputs), outputs: new Set(graph.outputs) });

/** Buffers that a kernel binds: one per input and output of the program (an input and the output that overwrites it are one), one per arena. */
function countBuffers(
  { inputs, outputs }: Ports,
  reads: Iterable<Var>,
  roots: Iterable<Var>,
  overwrites: (output: Var, input: Var) => boolean,
): number {
  const arenas = new Set<StorageType>();
  const bound = new Set<Var>();
  for (const variable of reads) {
    if (inputs.has(variable) || outputs.has(variable)) bound.add(variable);
    else arenas.add(storageType(variable.aval));
  }
  const replaceable = [...bound];
  let count = bound.size;
  for (const root of roots) {
    if (!outputs.has(root)) {
      arenas.add(storageType(root.aval));
      continue;
    }
    const twin = replaceable.findIndex((input) => overwrites(root, input));
    if (twin >= 0) replaceable.splice(twin, 1);
    else if (!bound.has(root)) count++;
  }
  return count + arenas.size;
}

function finish(graph: Graph, fused: Fused, inPlace: InPlace, options: RegionOptions): Region {
  const ports = portsOf(graph);
  const count = (clusters: readonly Cluster[]): number => {
    const reads = new Set(clusters.flatMap((cluster) => [...cluster.footprint().reads.keys()]));
    const roots = new Set(clusters.flatMap((cluster) => cluster.roots));
    return countBuffers(ports, reads, roots, (output, input) => inPlace.inputOf.get(output) === input);
  };
  const dispatches = schedule(fused, inPlace, { fits: (clusters) => count(clusters) <= options.maxBuffers });
  const outputs = new Set<unknown>(graph.outputs);
  const at = new Map<Cluster, number>();
  dispatches.forEach((clusters, index) => {
    for (const cluster of clusters) at.set(cluster, index);
  });
  const lastUse = new Map<Var, number>();
  for (const [cluster, index] of at) {
    for (const variable of cluster.footprint().reads.keys()) {
      if (!cluster.has(variable)) lastUse.set(variable, Math.max(lastUse.get(variable) ?? 0, index));
    }
  }
  const isStored = (variable: Var): boolean => outputs.has(variable) || lastUse.has(variable);
  const lifetimes: Lifetime<Var | string>[] = [];
  const staged = new Map<Cluster, Var[]>();
  for (const [cluster, index] of at) {
    const moved = cluster.kind === 'control' ? [] : inputsToStage(graph, cluster, inPlace, count([cluster]) - options.maxBuffers);
    if (moved.length > 0) staged.set(cluster, moved);
    for (const variable of moved) {
      const elements = sizeOf(variable.aval.shape);
      lifetimes.push({ value: stagedName(cluster, variable), type: storageType(variable.aval), elements, from: index, to: index });
    }
    for (const root of cluster.roots) {
      // A loop keeps even the carries whose last value nobody reads.
      if (outputs.has(root) || !(isStored(root) || cluster.kind === 'control')) continue;
      lifetimes.push({
        value: root,
        type: storageType(root.aval),
        elements: sizeOf(root.aval.shape),
        from: index,
        to: lastUse.get(root) ?? index,
      });
    }
    if (cluster.kind !== 'control') continue;
    for (const [type, elements] of options.planControl(cluster)) {
      lifetimes.push({ value: scratchOf(cluster, type), type, elements, from: index, to: index });
    }
  }
  return { graph, fused, inPlace, dispatches, isStored, isRead: (variable) => lastUse.has(variable), arena: planArena(lifetimes), staged };
}

/** The smallest inputs of `cluster` that must go through the arena for the rest to be bindable, if it binds `excess` buffers too many. */
function inputsToStage(graph: Graph, cluster: Cluster, { inputOf }: InPlace, excess: number): Var[] {
  if (excess <= 0) return [];
  const overwritten = new Set(cluster.roots.map((root) => inputOf.get(root)));
  const bySize = [...cluster.footprint().reads.keys()]
    .filter((variable) => graph.inputs.includes(variable) && !overwritten.has(variable))
    .sort((a, b) => sizeOf(a.aval.shape) - sizeOf(b.aval.shape));
  // One more than counted for each type: its arena may not be among the buffers yet.
  return bySize.slice(0, excess + new Set(bySize.map((variable) => variable.aval.dtype)).size);
}
