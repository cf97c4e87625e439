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

/** A compiled program on a device: pipelines, bind groups, and the recording of a run. */
export class Replay {
  readonly program: CompiledProgram;
  readonly ready: Promise<void>;
  readonly #engine: Engine;
  readonly #scratch: Scratch;
  readonly #outputs: readonly Aval[];
  readonly #pipelines = new Map<DispatchStep, Pipeline>();
  readonly #bindings = new Map<string, Binding>();
  #settled = false;
  #error: LinnetError | undefined;

  constructor(engine: Engine, scratch: Scratch, program: CompiledProgram, outputs: readonly Aval[]) {
    this.#engine = engine;
    this.#scratch = scratch;
    this.program = program;
    this.#outputs = outputs;
    for (const step of dispatchesOf(program.steps)) {
      this.#pipelines.set(step, engine.pipelines.get(step.wgsl, step.access, step.usesIteration));
    }
    for (const [type, elements] of program.arena) scratch.reserve(type, elements);
    const pipelines = [...this.#pipelines.values()];
    const settled = Promise.all(pipelines.map((pipeline) => pipeline.settled)).then(() => {
      this.#settled = true;
      this.#error = pipelines.find((pipeline) => pipeline.error)?.error;
    });
    if (pipelines.every((pipeline) => pipeline.gpu)) this.#settled = true;
    this.#whenSettled = settled;
    this.ready = settled.then(() => {
      if (this.#error) throw this.#error;
    });
    this.ready.catch(() => undefined);
  }

  readonly #whenSettled: Promise<void>;

  /** Runs the program. `donate[i]` says that input i may be overwritten; inputs are not released here unless they were. */
  run(inputs: readonly DeviceBuffer[], donate: readonly boolean[]): DeviceBuffer[] {
    const blocks = new Map<string, Block>();
    inputs.forEach((input, index) => {
      blocks.set(`in${index}`, input.block);
    });
    const copies: { from: Block; to: Block; byteLength: number }[] = [];
    const outputs: DeviceBuffer[] = [];
    for (const [index, source] of this.program.outputs.entries()) {
      const aval = this.#outputs[index]!;
      if (source.kind === 'input' || source.kind === 'same') {
        const shared = source.kind === 'input' ? inputs[source.index]! : outputs[source.index]!;
        shared.retain();
        outputs.push(shared);
      } else if (source.kind === 'overwritten') {
        outputs.push(this.#overwrite(inputs, donate, source.index, aval, blocks, copies));
      } else {
        const output = DeviceBuffer.allocate(this.#engine, aval);
        blocks.set(source.name, output.block);
        outputs.push(output);
      }
    }
    this.#engine.queue.enqueue(this.#job(inputs, outputs, this.#bind(blocks), copies));
    return outputs;
  }

  /** The memory of a donated input as the output; a copy of it if somebody else still needs the input. */
  #overwrite(
    inputs: readonly DeviceBuffer[],
    donate: readonly boolean[],
    index: number,
    aval: Aval,
    blocks: Map<string, Block>,
    copies: { from: Block; to: Block; byteLength: number }[],
  ): DeviceBuffer {
    const input = inputs[index]!;
    const isFree = donate[index] && input.isSole && inputs.indexOf(input) === inputs.lastIndexOf(input);
    if (isFree) return input.handOver(aval);
    const copy = DeviceBuffer.allocate(this.#engine, aval);
    copies.push({ from: input.block, to: copy.block, byteLength: Math.ceil(input.byteLength / 4) * 4 });
    blocks.set(`in${index}`, copy.block);
    return copy;
  }

  #bind(blocks: Map<string, Block>): Binding {
    for (const type of this.program.arena.keys()) blocks.set(arenaName(type), this.#scratch.block(type));
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
    for (const [step, pipeline] of this.#pipelines) groups.set(step, this.#bindGroup(step, pipeline, blocks));
    const binding = { blocks, groups };
    this.#bindings.set(key, binding);
    if (this.#bindings.size > MAX_BINDINGS) this.#bindings.delete(this.#bindings.keys().next().value!);
    return binding;
  }

  #bindGroup(step: DispatchStep, pipeline: Pipeline, blocks: ReadonlyMap<string, Block>): GPUBindGroup {
    this.#engine.counters.bindGroupsCreated++;
    return this.#engine.device.createBindGroup({
      layout: pipeline.layout,
      entries: step.buffers.map((name, binding) => ({ binding, resource: { buffer: blocks.get(name)!.gpu } })),
    });
  }

  #job(
    inputs: readonly DeviceBuffer[],
    outputs: readonly DeviceBuffer[],
    binding: Binding,
    copies: readonly { from: Block; to: Block; byteLength: number }[],
  ): Job {
    const fail = (error: LinnetError): void => {
      for (const output of outputs) if (!inputs.includes(output)) output.failure = error;
    };
    return {
      blocker: () => (this.#settled ? undefined : this.#whenSettled),
      fail,
      encode: (recorder) => {
        const error = this.#error ?? inputs.find((input) => input.failure)?.failure;
        if (error) return fail(error);
        for (const { from, to, byteLength } of copies) if (byteLength > 0) recorder.copy(from.gpu, 0, to.gpu, 0, byteLength);
        this.#record(this.program.steps, binding, recorder, 0);
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
        pass.setPipeline(this.#pipelines.get(step)!.gpu!);
        pass.setBindGroup(0, binding.groups.get(step)!);
        if (step.usesIteration)
          pass.setBindGroup(1, this.#engine.iterations.group, this.#engine.iterations.offsets(step.tripCount ?? iteration));
        pass.dispatchWorkgroups(...step.workgroups);
        recorder.count(1, step.flops);
      }
    }
  }
}
