import { sizeOf } from '#linnet/core';
import { type DeviceFacts, ITERATION_RADIX } from '#linnet/gpu';
import type { Var } from '../trace/program';
import type { Cluster } from './cluster';
import { CodeWriter } from './codeWriter';
import { type Layout, writePart } from './emitDispatch';
import { layoutOf, type RegionPlace } from './emitRegion';
import { type PlacedGuard, placeGuards, writeGuarded } from './guards';
import { bodyPlace, type ControlPlan, keptClose } from './loopPlaces';
import { type PickVariant, registerVariant } from './matmulChoices';
import { oneGroupVariant } from './oneGroupMatmul';
import { type Region, scratchOf } from './region';
import { type CopyStep, copyStep, type DispatchStep, type Step } from './steps';
import { type Location, type StorageType, storageType } from './storage';
import { WgslModule } from './wgslModule';

/** Most iterations that a dispatch can be told. */
const MAX_TRIP_COUNT = ITERATION_RADIX ** 2 - 1;

/** Software adapters run a workgroup on one core, four threads in step: more of them only wait for each other at barriers. */
const SOFTWARE_THREADS = 4;

export interface SingleWork {
  readonly plan: ControlPlan;
  readonly cluster: Cluster;
  /** Locations of the loop's operands and results. */
  readonly outer: Layout;
  readonly place: RegionPlace;
  /** First element of the loop's own part of each arena. */
  readonly base: (type: StorageType) => number;
  /** Choices that decide whether the loop runs at all. */
  readonly guards: readonly PlacedGuard[];
  readonly facts: DeviceFacts;
  readonly plans: ReadonlyMap<Cluster, ControlPlan>;
}

/** A loop as one dispatch of one workgroup, whose threads share the work of every stage and wait for each other in between. */
export function emitSingle(work: SingleWork): Step[] {
  const quick = (): DispatchStep => new SingleWriter(work, registerVariant).emit().find((step) => step.kind === 'dispatch')!;
  return new SingleWriter(work).emit().map((step) => (step.kind === 'dispatch' ? { ...step, quick } : step));
}

class SingleWriter {
  readonly #work: SingleWork;
  readonly #code = new CodeWriter();
  readonly #module = new WgslModule();
  readonly #threads: number;
  readonly #pick: PickVariant;
  readonly #barrier: string;
  readonly #closeBuffer: (type: StorageType) => string;
  #flags = 0;

  /** `pick` says how products are computed; the same bits come of all ways. */
  constructor(work: SingleWork, pick?: PickVariant) {
    this.#work = work;
    const { plan, facts } = work;
    this.#threads = facts.software ? SOFTWARE_THREADS : Math.min(256, facts.maxWorkgroupSize);
    this.#pick = pick ?? ((contraction) => oneGroupVariant(contraction, this.#threads));
    const rowsAreRead = plan.body.graph.outputs
      .slice(plan.loop.carries.length)
      .some((output) => output.type === 'var' && plan.body.isRead(output));
    this.#barrier = plan.inWorkgroupMemory && !rowsAreRead ? 'workgroupBarrier();' : 'storageBarrier();\nworkgroupBarrier();';
    this.#closeBuffer = plan.inWorkgroupMemory ? (type) => `shared_${type}` : work.place.arenaName;
  }

  emit(): Step[] {
    const { plan, cluster, place } = this.#work;
    const close = this.#closePlaces();
    const { locate, before, after } = this.#bindable(close.locations);
    const base = (type: StorageType): number => (plan.inWorkgroupMemory ? 0 : this.#work.base(type));
    for (const [type, elements] of close.sizes) if (plan.inWorkgroupMemory) this.#module.declareWorkgroup(`shared_${type}`, type, elements);
    const inner: RegionPlace = { ...place, arenaName: this.#closeBuffer, arenaBase: base };
    const layout: Layout = { locate: (variable) => close.locations.get(variable) ?? locate(variable), isStored: () => true };
    const initial = plan.loop.carries.map((operand, carry): [Var, Var] => [
      cluster.anchor.inputs[operand] as Var,
      cluster.anchor.outputs[carry]!,
    ]);
    const write = (): void => {
      for (const [from, to] of initial) this.#copy(locate(from), layout.locate(to), sizeOf(from.aval.shape));
      for (const [variable, location] of close.locations) {
        if (!cluster.anchor.outputs.includes(variable)) this.#copy(locate(variable), location, sizeOf(variable.aval.shape));
      }
      this.#code.line(this.#barrier);
      this.#loop(plan, cluster, layout, inner, close.bodyBase, 0);
      for (const [, to] of initial) this.#copy(layout.locate(to), locate(to), sizeOf(to.aval.shape));
    };
    writeGuarded(this.#work.guards, this.#code, this.#module, this.#flag(), write);
    return [...before, this.#dispatch(), ...after];
  }

  /** The outermost loop learns its length when it runs, so that loops of all lengths are one kernel. */
  get #takesTripCount(): boolean {
    const { plan, place } = this.#work;
    return place.depth === 0 && plan.loop.length !== undefined && plan.loop.length <= MAX_TRIP_COUNT;
  }

  /** The number that comes with the dispatch. */
  get #number(): string | undefined {
    if (this.#takesTripCount) return 'tripCount';
    return this.#module.usesIteration && this.#work.place.depth > 0 ? 'iteration0' : undefined;
  }

  #dispatch(): DispatchStep {
    const { plan, cluster } = this.#work;
    const flops = plan.body.dispatches.flat().reduce((sum, part) => sum + (part.kind === 'control' ? 0 : part.part().flops), 0);
    const bytes = [...cluster.anchor.inputs, ...cluster.anchor.outputs].reduce((sum, { aval }) => sum + sizeOf(aval.shape) * 4, 0);
    return {
      kind: 'dispatch',
      name: `${plan.loop.kind} in one workgroup of ${this.#threads}, ${plan.loop.length ?? '?'} iterations of ${plan.body.dispatches.length} stages`,
      wgsl: this.#module.text(this.#threads, this.#code.text(), this.#number),
      buffers: this.#module.buffers,
      access: this.#module.access,
      usesIteration: this.#number !== undefined,
      ...(this.#takesTripCount && { tripCount: plan.loop.length! }),
      workgroups: [1, 1, 1],
      flops: flops * (plan.loop.length ?? 1),
      bytes,
    };
  }

  /** Places of carries and small constants in the loop's own memory, and where the temporaries of its parts begin. */
  #closePlaces() {
    const { plan, cluster } = this.#work;
    const start = (type: StorageType): number => (plan.inWorkgroupMemory ? 0 : this.#work.base(type));
    const sizes = new Map<StorageType, number>();
    const take = (type: StorageType, elements: number): number => {
      const offset = sizes.get(type) ?? 0;
      sizes.set(type, offset + Math.ceil(elements / 4) * 4);
      return offset;
    };
    const locations = new Map<Var, Location>();
    for (const variable of keptClose(cluster, plan.loop)) {
      const type = storageType(variable.aval);
      locations.set(variable, { buffer: this.#closeBuffer(type), type, offset: start(type) + take(type, sizeOf(variable.aval.shape)) });
    }
    const own = new Map(sizes);
    for (const part of plan.condition ? [plan.body, plan.condition] : [plan.body])
      for (const [type, elements] of part.arena.sizes) take(type, elements);
    if (plan.condition) take('u32', 4);
    return { locations, sizes, bodyBase: (type: StorageType): number => start(type) + (own.get(type) ?? 0) };
  }

  /** Locations that the kernel can bind: what exceeds the limit of buffers travels through the arena, copied before and after. */
  #bindable(close: ReadonlyMap<Var, Location>): { locate: (variable: Var) => Location; before: CopyStep[]; after: CopyStep[] } {
    const { cluster, outer, facts, base, place } = this.#work;
    const variables = [...new Set([...cluster.anchor.inputs, ...cluster.anchor.outputs])].filter(
      (atom): atom is Var => atom.type === 'var',
    );
    const arenas = new Set<string>((['f32', 'i32', 'u32', 'f16'] as const).map(place.arenaName));
    const external = new Map<string, Var[]>();
    for (const variable of variables) {
      const { buffer } = outer.locate(variable);
      if (!arenas.has(buffer)) external.set(buffer, [...(external.get(buffer) ?? []), variable]);
    }
    const before: CopyStep[] = [];
    const after: CopyStep[] = [];
    const moved = new Map<Var, Location>();
    const guards = new Set(
      this.#work.guards.map(({ location }) => location.buffer).filter((buffer) => !arenas.has(buffer) && !external.has(buffer)),
    );
    let count = external.size + guards.size + 3;
    for (const list of external.values()) {
      if (count <= facts.maxStorageBuffers) break;
      if (!list.every((variable) => close.has(variable) || cluster.anchor.inputs.some((input) => input === variable))) continue;
      if (list.some((variable) => outer.locate(variable).strides)) continue;
      const room = this.#room(list, close);
      if (!room) continue;
      for (const variable of list) {
        const whole = outer.locate(variable);
        const location = { buffer: place.arenaName(whole.type), type: whole.type, offset: base(whole.type) + room.get(variable)! };
        moved.set(variable, location);
        const elements = sizeOf(variable.aval.shape);
        if (cluster.anchor.inputs.includes(variable)) before.push(...copyStep(whole, location, elements));
        if (cluster.anchor.outputs.includes(variable)) after.push(...copyStep(location, whole, elements));
      }
      count--;
    }
    return { locate: (variable) => moved.get(variable) ?? outer.locate(variable), before, after };
  }

  /** Offsets in the loop's part of the arena for values on their way: the same room that `keptClose` reserved for them. */
  #room(list: readonly Var[], close: ReadonlyMap<Var, Location>): Map<Var, number> | undefined {
    const { cluster, plan } = this.#work;
    const room = new Map<Var, number>();
    const start = (type: StorageType): number => (plan.inWorkgroupMemory ? 0 : this.#work.base(type));
    for (const variable of list) {
      const index = cluster.anchor.inputs.indexOf(variable);
      const twin = close.has(variable) ? variable : cluster.anchor.outputs[plan.loop.carries.indexOf(index)];
      const location = twin && close.get(twin);
      if (!location) return undefined;
      room.set(variable, location.offset - start(location.type));
    }
    return room;
  }

  #copy(from: Location, to: Location, elements: number): void {
    if (from.buffer === to.buffer && from.offset === to.offset) return;
    this.#each(elements, (index) => {
      this.#code.line(`${this.#module.element(to, index, true)} = ${this.#module.element(from, index, false)};`);
    });
  }

  /** `write` for the indices 0 … count - 1, shared among the threads. */
  #each(count: number, write: (index: string) => void): void {
    const code = this.#code;
    if (count === 0) return;
    if (count <= this.#threads) {
      code.block(count === this.#threads ? '' : `if (lane < ${count}u)`, () => write('lane'));
      return;
    }
    const index = code.fresh('item');
    code.block(`for (var ${index} = lane; ${index} < ${count}u; ${index} += ${this.#threads}u)`, () => write(index));
  }

  #loop(
    plan: ControlPlan,
    cluster: Cluster,
    outer: Layout,
    place: RegionPlace,
    bodyBase: (type: StorageType) => number,
    nesting: number,
  ): void {
    const { loop, body, condition } = plan;
    const depth = this.#work.place.depth + nesting;
    const at = bodyPlace(loop, cluster, outer, place, bodyBase, depth);
    const code = this.#code;
    if (!condition) {
      const iteration = `iteration${depth}`;
      const length = nesting === 0 && this.#takesTripCount ? 'tripCount' : `${loop.length}u`;
      code.block(`for (var ${iteration} = 0u; ${iteration} < ${length}; ${iteration}++)`, () => this.#region(body, at, nesting));
      return;
    }
    const flag = this.#flag();
    this.#module.declareWorkgroup(flag, 'u32', 1);
    const afterBody = (type: StorageType): number => bodyBase(type) + (body.arena.sizes.get(type) ?? 0);
    const afterCondition = (type: StorageType): number => afterBody(type) + (condition.arena.sizes.get(type) ?? 0);
    const verdict: Location = { buffer: place.arenaName('u32'), type: 'u32', offset: afterCondition('u32') };
    const carryPlace: RegionPlace = {
      ...at,
      arenaBase: afterBody,
      input: (index) => {
        const operand = loop.condition!.operands[index]!;
        const carry = loop.carries.indexOf(operand);
        return outer.locate(carry >= 0 ? cluster.anchor.outputs[carry]! : (cluster.anchor.inputs[operand] as Var));
      },
      output: () => verdict,
    };
    code.block('loop', () => {
      this.#region(condition, carryPlace, nesting);
      code.line(
        `if (lane == 0u) { ${flag}[0] = ${this.#module.element(this.#conditionResult(condition, carryPlace, verdict), '0u', false)}; }`,
      );
      code.line(`if (workgroupUniformLoad(&${flag})[0] == 0u) { break; }`);
      this.#region(body, at, nesting);
    });
  }

  /** Where the condition's result lies: its own place, or that of the operand it is. */
  #conditionResult(condition: Region, place: RegionPlace, verdict: Location): Location {
    const [output] = condition.graph.outputs;
    const input = condition.graph.inputs.indexOf(output as Var);
    return input >= 0 ? place.input(input) : verdict;
  }

  #region(region: Region, place: RegionPlace, nesting: number): void {
    const layout = layoutOf(region, place);
    for (const clusters of region.dispatches) {
      for (const cluster of clusters) {
        const plan = this.#work.plans.get(cluster);
        const write = (): void => {
          if (plan) this.#nested(plan, cluster, region, layout, place, nesting);
          else {
            const part = cluster.part(this.#pick);
            this.#each(part.items, (item) => writePart(cluster, part, this.#code, this.#module, layout, item));
          }
        };
        writeGuarded(placeGuards(cluster.guards, layout), this.#code, this.#module, plan && this.#flag(), write);
      }
      this.#code.line(this.#barrier);
    }
  }

  /** A name for a truth that all threads share. */
  #flag(): string {
    return `goesOn${this.#flags++}`;
  }

  /** A loop in the loop: its carries stay where the outer body has its results. */
  #nested(plan: ControlPlan, cluster: Cluster, region: Region, layout: Layout, place: RegionPlace, nesting: number): void {
    const base = (type: StorageType): number => place.arenaBase(type) + (region.arena.offsets.get(scratchOf(cluster, type)) ?? 0);
    plan.loop.carries.forEach((operand, carry) => {
      const from = cluster.anchor.inputs[operand] as Var;
      this.#copy(layout.locate(from), layout.locate(cluster.anchor.outputs[carry]!), sizeOf(from.aval.shape));
    });
    this.#code.line(this.#barrier);
    this.#loop(plan, cluster, layout, place, base, nesting + 1);
  }
}
