import type { DeviceFacts } from '#linnet/gpu';
import type { CompileOptions } from '../backend';
import type { Program, Var } from '../trace/program';
import type { CompilePlan } from './compilePlan';
import { ControlCompiler } from './control';
import { emitRegion, type RegionPlace } from './emitRegion';
import type { ControlPlan } from './loopPlaces';
import { MatmulChoices } from './matmulChoices';
import { planRegion } from './region';
import type { Step } from './steps';
import { type StorageType, storageType } from './storage';

/** Where an output of a program comes from when it runs. */
export type OutputSource =
  | { readonly kind: 'new'; readonly name: string }
  /** The (donated) input `index`, overwritten. */
  | { readonly kind: 'overwritten'; readonly index: number }
  /** The input `index` as it is. */
  | { readonly kind: 'input'; readonly index: number }
  /** The same array as the earlier output `index`. */
  | { readonly kind: 'same'; readonly index: number };

/** A program as steps over named buffers. */
export interface CompiledProgram {
  readonly steps: readonly Step[];
  readonly outputs: readonly OutputSource[];
  /** Elements of the arena of each type. */
  readonly arena: ReadonlyMap<StorageType, number>;
  /** How its loops are run. */
  readonly loops: readonly ControlPlan[];
  /** The choices made, to be saved with a run. */
  readonly plan: CompilePlan;
  /** Which matmul tiles the device likes, and why. */
  readonly matmuls: string;
}

export const arenaName = (type: StorageType): string => `temp_${type}`;

/** Compiles `program` for a device; `donated` inputs may be overwritten. */
export function compileProgram(
  program: Program,
  donated: readonly boolean[],
  facts: DeviceFacts,
  { schedule = 'auto', matmul }: Pick<CompileOptions, 'schedule' | 'matmul'> = {},
  saved?: CompilePlan,
): CompiledProgram {
  const matmuls = new MatmulChoices(facts, saved?.matmuls, matmul);
  const control = new ControlCompiler({ facts, schedule, pick: matmuls.of, ...(saved && { planned: saved.loops }) });
  const region = planRegion(program, {
    donated,
    maxBuffers: facts.maxStorageBuffers,
    planControl: (cluster) => control.plan(cluster, false),
  });
  const { graph, inPlace } = region;
  const inputIndex = new Map(graph.inputs.map((input, index) => [input, index]));
  const outputs = graph.outputs.map((atom, index): OutputSource => {
    const output = atom as Var;
    const input = inputIndex.get(output);
    if (input !== undefined) return { kind: 'input', index: input };
    const first = graph.outputs.indexOf(output);
    if (first < index) return { kind: 'same', index: first };
    const overwritten = inPlace.inputOf.get(output);
    if (overwritten) return { kind: 'overwritten', index: inputIndex.get(overwritten)! };
    return { kind: 'new', name: `out${index}` };
  });
  const place: RegionPlace = {
    input: (index) => ({ buffer: `in${index}`, type: storageType(graph.inputs[index]!.aval), offset: 0 }),
    output: (index) => ({ buffer: `out${index}`, type: storageType(graph.outputs[index]!.aval), offset: 0 }),
    arenaBase: () => 0,
    arenaName,
    depth: 0,
  };
  const steps = emitRegion(region, place, facts, matmuls.of, (cluster, layout, at) => control.emit(cluster, region, layout, at));
  const loops = [...control.plans.values()];
  const plan: CompilePlan = {
    version: 1,
    loops: loops.map(({ single }) => (single ? 'single' : 'replay')),
    matmuls: matmuls.names,
  };
  return { steps, outputs, arena: region.arena.sizes, loops, plan, matmuls: `${facts.matmulTiles}, ${facts.matmulReason}` };
}
