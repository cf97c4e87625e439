import type { LinnetError } from '#linnet/core';
import type { Block, Engine, Job, Pipeline, Recorder } from '#linnet/gpu';
import type { Aval } from '../aval';
import { arenaName, type CompiledProgram } from './compiledProgram';
import { DeviceBuffer } from './deviceBuffer';
import type { Scratch } from './scratch';
import { type DispatchStep, dispatchesOf, type Step } from './steps';

/** Sets of buffers whose bind groups are kept; a loop meets one or two of them again and again. */
const MAX_BINDINGS = 16;

/** Buffers of one call by name, and the bind group of every dispatch. */
interface Binding {
  readonly blocks: ReadonlyMap<string, Block>;
  readonly groups: ReadonlyMap<DispatchStep, GPUBindGroup>;
}

/** Bytes moved before a run. */
interface Copy {
  readonly from: Block;
  readonly to: Block;
  readonly byteLength: number;
}

/** The kernel that does a step at present. */
interface Kernel {
  readonly step: DispatchStep;
  readonly pipeline: Pipeline;
}

/** A compiled program on a device: pipelines, bind groups, and the recording of a run. */
export class Replay {
  readonly program: CompiledProgram;
  /** Resolves when the program can run; rejects with ShaderError. */
  readonly ready: Promise<void>;
  /** Resolves when its fastest kernels are in use. */
  readonly tuned: Promise<void>;
  readonly #engine: Engine;
  readonly #scratch: Scratch;
  readonly #outputs: readonly Aval[];
  readonly #kernels = new Map<DispatchStep, Kernel>();
  readonly #bindings = new Map<string, Binding>();
  readonly #whenSettled: Promise<void>;
  #settled = false;
  #error: LinnetError | undefined;

  /** With `quickStart` kernels that take long to compile are stood in for, at first, by quick ones with the same bits. */
  constructor(engine: Engine, scratch: Scratch, program: CompiledProgram, outputs: readonly Aval[], quickStart: boolean) {
    this.#engine = engine;
    this.#scratch = scratch;
    this.program = program;
    this.#outputs = outputs;
    const steps = dispatchesOf(program.steps);
    for (const step of steps) this.#kernels.set(step, this.#kernel(quickStart ? this.#quickest(step) : step));
    for (const [type, elements] of program.arena) scratch.reserve(type, elements);
    const pipelines = [...this.#kernels.values()].map(({ pipeline }) => pipeline);
    if (pipelines.every((pipeline) => pipeline.gpu)) this.#settled = true;
    this.#whenSettled = Promise.all(pipelines.map((pipeline) => pipeline.settled)).then(() => {
      this.#settled = true;
      this.#error = pipelines.find((pipeline) => pipeline.error)?.error;
    });
    this.ready = this.#whenSettled.then(() => {
      if (this.#error) throw this.#error;
    });
    this.ready.catch(() => undefined);
    this.tuned = this.ready.then(() => this.#tune(steps.filter((step) => this.#kernels.get(step)!.step !== step)));
    this.tuned.catch(() => undefined);
  }

  #kernel(step: DispatchStep): Kernel {
    return { step, pipeline: this.#engine.pipelines.get(step.wgsl, step.access, step.usesIteration) };
  }

  #quickest(step: DispatchStep): DispatchStep {
    const quick = this.#engine.pipelines.has(step.wgsl) ? undefined : step.quick?.();
    return quick && quick.wgsl !== step.wgsl ? quick : step;
  }

  /** Compiles the fast kernels of `steps` and swaps them in, all at once between two runs. */
  async #tune(steps: readonly DispatchStep[]): Promise<void> {
    const kernels = steps.map((step) => [step, this.#kernel(step)] as const);
    await Promise.all(kernels.map(([, { pipeline }]) => pipeline.settled));
    this.#error ??= kernels.find(([, { pipeline }]) => pipeline.error)?.[1].pipeline.error;
    if (this.#error) throw this.#error;
    for (const [step, kernel] of kernels) this.#kernels.set(step, kernel);
    if (kernels.length > 0) this.#bindings.clear();
  }

  /** Runs the program. `donate[i]` says that input i may be overwritten; inputs are not released here unless they were. */
  run(inputs: readonly DeviceBuffer[], donate: readonly boolean[]): DeviceBuffer[] {
    const blocks = new Map<string, Block>();
    inputs.forEach((input, index) => {
      blocks.set(`in${index}`, input.block);
    });
    const copies: Copy[] = [];
    // Memory first: when there is not enough, nothing has happened yet.
    const fresh = this.#allocate(inputs, donate, blocks, copies);
    const outputs: DeviceBuffer[] = [];
    for (const [index, source] of this.program.outputs.entries()) {
      const made = fresh.get(index);
      if (made) outputs.push(made);
      else if (source.kind === 'overwritten') outputs.push(inputs[source.index]!.handOver(this.#outputs[index]!));
      else {
        const shared = source.kind === 'input' ? inputs[source.index]! : outputs[(source as { readonly index: number }).index]!;
        shared.retain();
        outputs.push(shared);
      }
    }
    this.#engine.queue.enqueue(this.#job(inputs, outputs, blocks, copies));
    return outputs;
  }

  /** New memory for the outputs that need it, by their index, and for temporaries. */
  #allocate(
    inputs: readonly DeviceBuffer[],
    donate: readonly boolean[],
    blocks: Map<string, Block>,
    copies: Copy[],
  ): Map<number, DeviceBuffer> {
    const fresh = new Map<number, DeviceBuffer>();
    try {
      for (const [index, source] of this.program.outputs.entries()) {
        const aval = this.#outputs[index]!;
        if (source.kind === 'new') {
          const output = DeviceBuffer.allocate(this.#engine, aval);
          fresh.set(index, output);
          blocks.set(source.name, output.block);
        } else if (source.kind === 'overwritten' && !isFree(inputs, donate, source.index)) {
          // Somebody else still needs the input: a copy of it is overwritten.
          const input = inputs[source.index]!;
          const copy = DeviceBuffer.allocate(this.#engine, aval);
          fresh.set(index, copy);
          copies.push({ from: input.block, to: copy.block, byteLength: Math.ceil(input.byteLength / 4) * 4 });
          blocks.set(`in${source.index}`, copy.block);
        }
      }
      for (const type of this.program.arena.keys()) blocks.set(arenaName(type), this.#scratch.block(type));
      return fresh;
    } catch (error) {
      for (const output of fresh.values()) output.release();
      throw error;
    }
  }

  #bind(blocks: ReadonlyMap<string, Block>): Binding {
    let key = '';
    for (const block of blocks.values()) key += `${block.id},`;
    const known = this.#bindings.get(key);
    if (known) {
      // Most recently used last.
      this.#bindings.delete(key);
      this.#bindings.set(key, known);
      return known;
    }
    const groups = new Map<DispatchStep, GPUBindGroup>();
    for (const [step, kernel] of this.#kernels) groups.set(step, this.#bindGroup(kernel, blocks));
    const binding = { blocks, groups };
    this.#bindings.set(key, binding);
    if (this.#bindings.size > MAX_BINDINGS) this.#bindings.delete(this.#bindings.keys().next().value!);
    return binding;
  }

  #bindGroup({ step, pipeline }: Kernel, blocks: ReadonlyMap<string, Block>): GPUBindGroup {
    this.#engine.counters.bindGroupsCreated++;
    return this.#engine.device.createBindGroup({
      layout: pipeline.layout,
      entries: step.buffers.map((name, binding) => ({ binding, resource: { buffer: blocks.get(name)!.gpu } })),
    });
  }

  #job(
    inputs: readonly DeviceBuffer[],
    outputs: readonly DeviceBuffer[],
    blocks: ReadonlyMap<string, Block>,
    copies: readonly Copy[],
  ): Job {
    const fail = (error: LinnetError): void => {
      for (const output of outputs) if (!inputs.includes(output)) output.failure = error;
    };
    return {
      blocker: () => (this.#settled ? this.#engine.pool.unsure : this.#whenSettled),
      fail,
      encode: (recorder) => {
        const error = this.#error ?? inputs.find((input) => input.failure)?.failure ?? failureOf(blocks);
        if (error) return fail(error);
        for (const { from, to, byteLength } of copies) if (byteLength > 0) recorder.copy(from.gpu, 0, to.gpu, 0, byteLength);
        this.#record(this.program.steps, this.#bind(blocks), recorder, 0);
      },
    };
  }

  #record(steps: readonly Step[], binding: Binding, recorder: Recorder, iteration: number): void {
    for (const step of steps) {
      if (step.kind === 'loop') {
        for (let i = 0; i < step.length; i++) this.#record(step.steps, binding, recorder, i);
      } else if (step.kind === 'copy') {
        const { blocks } = binding;
        recorder.copy(blocks.get(step.from)!.gpu, step.fromByte, blocks.get(step.to)!.gpu, step.toByte, step.byteLength);
      } else {
        const pass = recorder.pass();
        const kernel = this.#kernels.get(step)!;
        pass.setPipeline(kernel.pipeline.gpu!);
        pass.setBindGroup(0, binding.groups.get(step)!);
        if (kernel.step.usesIteration)
          pass.setBindGroup(1, this.#engine.iterations.group, this.#engine.iterations.offsets(step.tripCount ?? iteration));
        pass.dispatchWorkgroups(...kernel.step.workgroups);
        recorder.count(1, step.flops);
      }
    }
  }
}

/** Why one of the blocks cannot be used. */
function failureOf(blocks: ReadonlyMap<string, Block>): LinnetError | undefined {
  for (const { failure } of blocks.values()) if (failure) return failure;
  return undefined;
}

/** Whether a run may take the memory of input `index`: it was given up, and nobody else holds it. */
function isFree(inputs: readonly DeviceBuffer[], donate: readonly boolean[], index: number): boolean {
  const input = inputs[index]!;
  return donate[index]! && input.isSole && inputs.indexOf(input) === inputs.lastIndexOf(input);
}
