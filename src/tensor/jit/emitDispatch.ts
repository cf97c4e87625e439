import { sizeOf } from '#linnet/core';
import type { DeviceFacts } from '#linnet/gpu';
import type { Var } from '../trace/program';
import type { Cluster } from './cluster';
import { CodeWriter } from './codeWriter';
import { Evaluator } from './evaluator';
import { type PlacedGuard, placeGuards, writeGuarded } from './guards';
import { type PickVariant, quickVariant } from './matmulChoices';
import type { Part, PartContext } from './part';
import type { DispatchStep } from './steps';
import { type Location, storageBytes, storageType } from './storage';
import { WgslModule } from './wgslModule';

export const WORKGROUP_SIZE = 64;

/** A software adapter takes longer for this much work with small tiles than for compiling large ones. */
const SLOW_FLOPS = 4e8;

/** Where things lie while a dispatch is written. */
export interface Layout {
  readonly locate: (variable: Var) => Location;
  readonly isStored: (variable: Var) => boolean;
}

/** What `cluster`'s part writes its code with. */
function contextOf(cluster: Cluster, code: CodeWriter, module: WgslModule, layout: Layout): PartContext {
  return {
    code,
    module,
    evaluator: new Evaluator(code, module, cluster.environment(layout.locate)),
    scalars: cluster.scalars,
    target: (variable) => (layout.isStored(variable) ? layout.locate(variable) : undefined),
    source: layout.locate,
  };
}

/** Writes `part` of `cluster` into `code`, for the item `item`. */
export function writePart(cluster: Cluster, part: Part, code: CodeWriter, module: WgslModule, layout: Layout, item: string): void {
  part.write(contextOf(cluster, code, module, layout), item);
}

/**
 * One dispatch that does the work of `clusters`, each in its own range of workgroups, where its own guards and those `around` all of
 * them allow it; undefined when there is nothing to do.
 */
export function emitDispatch(
  clusters: readonly Cluster[],
  layout: Layout,
  facts: DeviceFacts,
  pick: PickVariant,
  around: readonly PlacedGuard[] = [],
): DispatchStep | undefined {
  const write = (choose: PickVariant): DispatchStep | undefined => writeDispatch(clusters, layout, facts, choose, around, false);
  const step = write(pick);
  if (!step || clusters.every(({ kind }) => kind !== 'contraction') || (facts.software && step.flops > SLOW_FLOPS)) return step;
  return { ...step, quick: () => write((contraction) => quickVariant(pick(contraction)))! };
}

/** With `flagged`, workgroups follow their first thread's view of the guards: their buffers are also written to. */
function writeDispatch(
  clusters: readonly Cluster[],
  layout: Layout,
  facts: DeviceFacts,
  pick: PickVariant,
  around: readonly PlacedGuard[],
  flagged: boolean,
): DispatchStep | undefined {
  const maxPerDimension = facts.maxWorkgroupsPerDimension;
  const module = new WgslModule();
  const code = new CodeWriter();
  const work = clusters
    .map((cluster) => {
      const part = cluster.part(pick);
      const guards = [...around, ...placeGuards(cluster.guards, layout)];
      return { cluster, part, together: part.groups ?? (facts.software ? undefined : part.gpuGroups), guards };
    })
    .filter(({ part }) => part.items > 0);
  if (work.length === 0) return undefined;
  const groups = work.map(({ part, together }) => together?.count ?? Math.ceil(part.items / WORKGROUP_SIZE));
  const total = groups.reduce((sum, count) => sum + count, 0);
  code.line(total > maxPerDimension ? 'let group = workgroup.x + workgroup.y * workgroups.x;' : 'let group = workgroup.x;');
  let first = 0;
  work.forEach(({ cluster, part, together, guards }, index) => {
    const writeWork = (): void => {
      const base = first === 0 ? 'group' : `(group - ${first}u)`;
      const isLast = index === work.length - 1;
      if (together) {
        const guard = isLast && total > maxPerDimension ? `if (group < ${total}u)` : '';
        code.block(guard, () => together.write(contextOf(cluster, code, module, layout), base, 'lane'));
        return;
      }
      const item = code.fresh('item');
      code.line(`let ${item} = ${base} * ${WORKGROUP_SIZE}u + lane;`);
      const exact = part.items % WORKGROUP_SIZE === 0 && (total <= maxPerDimension || !isLast);
      code.block(exact ? '' : `if (${item} < ${part.items}u)`, () => writePart(cluster, part, code, module, layout, item));
    };
    const write = (): void => writeGuarded(guards, code, module, flagged && together ? `guard${index}` : undefined, writeWork);
    if (work.length === 1) write();
    else
      code.block(
        index === 0 ? `if (group < ${groups[0]}u)` : index === work.length - 1 ? 'else' : `else if (group < ${first + groups[index]!}u)`,
        write,
      );
    first += groups[index]!;
  });
  const isUnsure = work.some(({ together, guards }) => together && guards.some(({ location }) => module.writes(location.buffer)));
  if (isUnsure && !flagged) return writeDispatch(clusters, layout, facts, pick, around, true);
  const x = Math.min(total, maxPerDimension);
  const names = work.map(({ cluster, part }) => kernelName(cluster, part));
  return {
    kind: 'dispatch',
    name: names.join(' | '),
    wgsl: module.text(WORKGROUP_SIZE, code.text(), module.usesIteration ? 'iteration0' : undefined),
    buffers: module.buffers,
    access: module.access,
    usesIteration: module.usesIteration,
    workgroups: [x, Math.ceil(total / x), 1],
    flops: work.reduce((sum, { part }) => sum + part.flops, 0),
    bytes: work.reduce((sum, { cluster }) => sum + trafficOf(cluster, layout), 0),
  };
}

/** `matmul 8×8 [128, 256] (add max)`: what the kernel is, which operations it took in, and which branch it belongs to. */
function kernelName(cluster: Cluster, part: Part): string {
  const { anchor } = cluster;
  const shape = `[${(anchor.outputs[0] ?? cluster.roots[0]!).aval.shape}]`;
  const names = cluster.nodes.map((node) => node.primitive.name);
  const rest = names.filter((name) => name !== 'dotGeneral');
  const when = cluster.guards.map(({ side }) => ` if ${side}`).join('');
  return `${part.name} ${shape}${rest.length > 0 ? ` (${rest.join(' ')})` : ''}${when}`;
}

function trafficOf(cluster: Cluster, layout: Layout): number {
  const bytes = (variable: Var): number => sizeOf(variable.aval.shape) * storageBytes(storageType(variable.aval));
  let sum = 0;
  for (const variable of cluster.footprint().reads.keys()) sum += bytes(variable);
  for (const root of cluster.roots) if (layout.isStored(root)) sum += bytes(root);
  return sum;
}
