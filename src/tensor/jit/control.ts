import { sizeOf } from '#linnet/core';
import type { DeviceFacts } from '#linnet/gpu';
import type { Var } from '../trace/program';
import type { Cluster } from './cluster';
import type { Layout } from './emitDispatch';
import { emitRegion, type RegionPlace } from './emitRegion';
import { placeGuards } from './guards';
import { bodyPlace, type ControlPlan, keptClose } from './loopPlaces';
import { describeLoop, type Loop, type LoopProgram } from './loops';
import type { PickVariant } from './matmulChoices';
import { type Move, moveSteps } from './moveSteps';
import { planRegion, type Region, scratchOf } from './region';
import { emitSingle } from './single';
import type { Step } from './steps';
import { type StorageType, storageBytes, storageType } from './storage';

export interface ControlOptions {
  readonly facts: DeviceFacts;
  readonly schedule: 'auto' | 'replay' | 'single';
  /** How matmuls are computed that run as dispatches. */
  readonly pick: PickVariant;
  /** The choice for each loop, in order, where a saved plan has made it. */
  readonly planned?: readonly ('replay' | 'single')[];
}

/** Flops of one iteration above which one workgroup is a bad place to run it. */
const SINGLE_FLOPS = 1e6;

/** Plans loops and writes them. Plans are kept from the planning of a region to its emission. */
export class ControlCompiler {
  readonly plans = new Map<Cluster, ControlPlan>();
  readonly #options: ControlOptions;

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** Plans the loop of `cluster`; returns the temporaries it needs. `isNested` loops run in one workgroup. */
  plan(cluster: Cluster, isNested: boolean): ReadonlyMap<StorageType, number> {
    const loop = describeLoop(cluster.anchor);
    const region = (part: LoopProgram, isBody: boolean): Region =>
      planRegion(part.program, {
        maxBuffers: this.#options.facts.maxStorageBuffers - cluster.guards.length,
        donated: part.operands.map((operand) => isBody && loop.carries.includes(operand)),
        mustOverwrite: part.program.outputs.map((_, output) =>
          isBody && output < loop.carries.length ? part.operands.indexOf(loop.carries[output]!) : -1,
        ),
        planControl: (inner) => this.plan(inner, true),
      });
    const body = region(loop.body, true);
    const condition = loop.condition && region(loop.condition, false);
    const scratch = scratchNeeds(cluster, loop, body, condition);
    const choice = this.#choose(loop, body, cluster, scratch, isNested);
    this.plans.set(cluster, { loop, body, condition, ...choice });
    return scratch;
  }

  #choose(loop: Loop, body: Region, cluster: Cluster, scratch: ReadonlyMap<StorageType, number>, isNested: boolean) {
    const { facts, schedule } = this.#options;
    let bytes = 64;
    for (const [type, elements] of scratch) bytes += elements * storageBytes(type);
    const inWorkgroupMemory = bytes <= facts.maxWorkgroupBytes;
    const flops = flopsOf(body);
    const sized = `${bytes} bytes of carries, constants and temporaries, ${flops} flops an iteration`;
    if (loop.kind === 'while') return { single: true, inWorkgroupMemory, reason: `only the GPU knows when the loop ends (${sized})` };
    if (isNested) return { single: true, inWorkgroupMemory, reason: `a loop in a loop (${sized})` };
    const planned = this.#options.planned?.[this.plans.size];
    if (planned !== undefined) return { single: planned === 'single', inWorkgroupMemory, reason: `as the saved plan has it (${sized})` };
    if (schedule !== 'auto') return { single: schedule === 'single', inWorkgroupMemory, reason: 'asked for' };
    if (cluster.anchor.outputs.length === 0 || loop.length === 0) return { single: false, inWorkgroupMemory, reason: 'nothing to do' };
    const small = inWorkgroupMemory && flops <= SINGLE_FLOPS;
    return { single: small, inWorkgroupMemory, reason: small ? `fits one workgroup: ${sized}` : `too large for one workgroup: ${sized}` };
  }

  /** The steps of the loop. */
  emit(cluster: Cluster, region: Region, outer: Layout, place: RegionPlace): Step[] {
    const plan = this.plans.get(cluster)!;
    const base = (type: StorageType): number => place.arenaBase(type) + (region.arena.offsets.get(scratchOf(cluster, type)) ?? 0);
    const { facts, pick } = this.#options;
    const guards = [...(place.guards ?? []), ...placeGuards(cluster.guards, outer)];
    if (plan.single) return emitSingle({ plan, cluster, outer, place, base, guards, facts, plans: this.plans });
    const { loop, body } = plan;
    const inside = { ...bodyPlace(loop, cluster, outer, place, base, 0), guards };
    const steps = emitRegion(body, inside, facts, pick, (inner, layout, at) => this.emit(inner, body, layout, at));
    return [
      ...moveSteps(initialCarries(loop, cluster, outer), facts),
      ...(loop.length === 0 || steps.length === 0 ? [] : [{ kind: 'loop' as const, length: loop.length!, steps }]),
    ];
  }
}

/** Where the initial carries lie, and where the loop keeps them. */
function initialCarries(loop: Loop, cluster: Cluster, outer: Layout): Move[] {
  return loop.carries.map((operand, carry): Move => {
    const variable = cluster.anchor.inputs[operand] as Var;
    return { variable, from: outer.locate(variable), to: outer.locate(cluster.anchor.outputs[carry]!) };
  });
}

/** Temporaries of the parts, and room for everything small that one workgroup may want to keep close. */
function scratchNeeds(cluster: Cluster, loop: Loop, body: Region, condition: Region | undefined): Map<StorageType, number> {
  const needs = new Map<StorageType, number>();
  const add = (type: StorageType, elements: number): void => {
    needs.set(type, (needs.get(type) ?? 0) + Math.ceil(elements / 4) * 4);
  };
  for (const part of condition ? [body, condition] : [body]) for (const [type, elements] of part.arena.sizes) add(type, elements);
  if (condition) add('u32', 4);
  for (const variable of keptClose(cluster, loop)) add(storageType(variable.aval), sizeOf(variable.aval.shape));
  return needs;
}

function flopsOf(region: Region): number {
  return region.dispatches.flat().reduce((sum, cluster) => sum + (cluster.kind === 'control' ? 0 : cluster.part().flops), 0);
}
