import { sizeOf } from '#linnet/core';
import type { Var } from '../trace/program';
import type { Cluster, Footprint } from './cluster';
import type { Fused } from './fuse';
import { storageType } from './storage';

/** Which outputs overwrite which inputs, and the order that this asks for. */
export interface InPlace {
  /** The input whose memory an output takes. */
  readonly inputOf: ReadonlyMap<Var, Var>;
  /** Clusters that must have run before a cluster, because it overwrites what they read. */
  readonly after: ReadonlyMap<Cluster, ReadonlySet<Cluster>>;
}

/** Pairs of an output and the inputs whose memory it may take, in order of preference. */
export type Wish = readonly [output: Var, inputs: readonly Var[]];

/**
 * Grants the wishes that are legal: the overwriting kernel reads the input only at the element it writes and not after it has written
 * it, and every other reader can be scheduled before it.
 */
export function planInPlace({ clusters, makerOf }: Fused, wishes: readonly Wish[]): InPlace {
  const inputOf = new Map<Var, Var>();
  const after = new Map<Cluster, Set<Cluster>>();
  const taken = new Set<Var>();
  const readersOf = new Map<Var, Cluster[]>();
  for (const cluster of clusters) {
    for (const variable of cluster.footprint().reads.keys()) readersOf.set(variable, [...(readersOf.get(variable) ?? []), cluster]);
  }
  const predecessors = (cluster: Cluster): Cluster[] => {
    const made = [...cluster.footprint().reads.keys()].flatMap((variable) => makerOf(variable) ?? []);
    return [...made, ...(after.get(cluster) ?? [])].filter((other) => other !== cluster);
  };
  const dependsOn = (from: Cluster, target: Cluster): boolean => {
    const seen = new Set<Cluster>();
    const stack = [from];
    while (stack.length > 0) {
      const cluster = stack.pop()!;
      if (cluster === target) return true;
      if (seen.has(cluster)) continue;
      seen.add(cluster);
      stack.push(...predecessors(cluster));
    }
    return false;
  };
  const grant = (output: Var, input: Var): boolean => {
    if (taken.has(input)) return false;
    const writer = makerOf(output);
    if (!writer) return false;
    if (!mayOverwrite(writer.footprint(), output, input)) return false;
    const others = (readersOf.get(input) ?? []).filter((cluster) => cluster !== writer);
    if (others.some((reader) => dependsOn(reader, writer))) return false;
    inputOf.set(output, input);
    taken.add(input);
    after.set(writer, new Set([...(after.get(writer) ?? []), ...others]));
    return true;
  };
  for (const [output, inputs] of wishes) {
    const reads = makerOf(output)?.footprint().reads;
    // An input that the output is computed from is the one it replaces, most likely.
    const preferred = inputs.filter((input) => reads?.has(input));
    const rest = inputs.filter((input) => !reads?.has(input));
    for (const input of [...preferred, ...rest]) if (grant(output, input)) break;
  }
  return { inputOf, after };
}

/** Whether a kernel may store `output` where `input` lies, as far as it alone is concerned. */
export function mayOverwrite({ reads, writes, storedBefore }: Footprint, output: Var, input: Var): boolean {
  const own = reads.get(input) ?? [];
  return sameLayout(output, input) && own.every((flat) => flat === writes.get(output)) && !storedBefore.get(input)?.has(output);
}

function sameLayout(a: Var, b: Var): boolean {
  return storageType(a.aval) === storageType(b.aval) && sizeOf(a.aval.shape) === sizeOf(b.aval.shape);
}
