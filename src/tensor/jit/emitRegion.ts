import type { DeviceFacts } from '#linnet/gpu';
import type { Var } from '../trace/program';
import type { Cluster } from './cluster';
import { emitDispatch, type Layout } from './emitDispatch';
import type { PlacedGuard } from './guards';
import type { PickVariant } from './matmulChoices';
import { type Move, moveSteps } from './moveSteps';
import { type Region, stagedName } from './region';
import type { Step } from './steps';
import { type Location, type StorageType, storageType } from './storage';

/** Where a region's inputs, outputs and temporaries lie. */
export interface RegionPlace {
  readonly input: (index: number) => Location;
  readonly output: (index: number) => Location;
  /** First element of the region's own part of the arena of `type`. */
  readonly arenaBase: (type: StorageType) => number;
  /** Name of the arena of `type`. */
  readonly arenaName: (type: StorageType) => string;
  /** Loops around the region whose iteration its code can name. */
  readonly depth: number;
  /** In a replayed loop: the guards of all its work. */
  readonly guards?: readonly PlacedGuard[];
}

/** Writes the steps of a control cluster, whose body was planned with the region. */
export type EmitControl = (cluster: Cluster, layout: Layout, place: RegionPlace) => Step[];

/** The locations of everything stored in `region`. */
export function layoutOf(region: Region, place: RegionPlace): Layout {
  const locations = new Map<Var, Location>();
  const { graph, inPlace, arena } = region;
  graph.inputs.forEach((input, index) => {
    locations.set(input, place.input(index));
  });
  graph.outputs.forEach((output, index) => {
    if (output.type === 'literal' || graph.producer(output) === undefined || locations.has(output)) return;
    const overwritten = inPlace.inputOf.get(output);
    locations.set(output, overwritten ? locations.get(overwritten)! : place.output(index));
  });
  const locate = (variable: Var): Location => {
    let location = locations.get(variable);
    if (location === undefined) {
      const type = storageType(variable.aval);
      location = { buffer: place.arenaName(type), type, offset: place.arenaBase(type) + arena.offsets.get(variable)! };
      locations.set(variable, location);
    }
    return location;
  };
  return { locate, isStored: region.isStored };
}

/** The steps that run `region`, one dispatch per fused kernel. */
export function emitRegion(region: Region, place: RegionPlace, facts: DeviceFacts, pick: PickVariant, emitControl: EmitControl): Step[] {
  const layout = layoutOf(region, place);
  return region.dispatches.flatMap((clusters): Step[] => {
    const [first] = clusters;
    if (first!.kind === 'control') return emitControl(first!, layout, place);
    const staging = stage(region, first!, layout, place);
    const step = emitDispatch(clusters, staging.layout, facts, pick, place.guards);
    return step ? [...moveSteps(staging.moves, facts), step] : [];
  });
}

/** Copies of inputs that the kernel of `cluster` reads from the arena instead of binding them, and the layout that says so. */
function stage(region: Region, cluster: Cluster, layout: Layout, place: RegionPlace): { layout: Layout; moves: Move[] } {
  const locations = new Map<Var, Location>();
  const moves: Move[] = [];
  for (const variable of region.staged.get(cluster) ?? []) {
    const from = layout.locate(variable);
    // What moves with a loop cannot be copied ahead of it.
    if (from.strides) continue;
    const { type } = from;
    const offset = place.arenaBase(type) + region.arena.offsets.get(stagedName(cluster, variable))!;
    const to = { buffer: place.arenaName(type), type, offset };
    locations.set(variable, to);
    moves.push({ variable, from, to });
  }
  return { layout: { ...layout, locate: (variable) => locations.get(variable) ?? layout.locate(variable) }, moves };
}
