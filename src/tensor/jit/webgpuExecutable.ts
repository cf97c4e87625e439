import { formatShape, LinnetError } from '#linnet/core';
import type { Engine } from '#linnet/gpu';
import type { Buffer, CompileOptions, Executable, RunOptions } from '../backend';
import type { Program } from '../trace/program';
import { compileProgram } from './compiledProgram';
import { type CompilePlan, parsePlan } from './compilePlan';
import { DeviceBuffer } from './deviceBuffer';
import { explainProgram, type GpuExplanation } from './explain';
import { Replay } from './replay';
import type { Scratch } from './scratch';

/**
 * A program for the GPU. What may be overwritten is part of the code, so there is one compiled version per pattern of donated inputs;
 * calls that donate less use an existing version with copies instead of compiling another one.
 */
export class WebGpuExecutable implements Executable {
  readonly #engine: Engine;
  readonly #scratch: Scratch;
  readonly #program: Program;
  readonly #options: CompileOptions;
  readonly #plan: CompilePlan | undefined;
  readonly #versions = new Map<string, { donated: readonly boolean[]; replay: Replay }>();

  constructor(engine: Engine, scratch: Scratch, program: Program, options: CompileOptions) {
    this.#engine = engine;
    this.#scratch = scratch;
    this.#program = program;
    this.#options = options;
    this.#plan = options.plan === undefined ? undefined : parsePlan(options.plan);
  }

  get ready(): Promise<void> {
    return this.#anyVersion().ready;
  }

  get tuned(): Promise<void> {
    return this.#anyVersion().tuned;
  }

  run(inputs: readonly Buffer[], options: RunOptions = {}): Buffer[] {
    const { loss } = this.#engine.faults;
    if (loss) throw loss;
    const buffers = this.#checked(inputs);
    const donate = buffers.map((_, index) => options.donate?.[index] ?? false);
    const outputs = this.#version(donate).run(buffers, donate);
    for (const [index, buffer] of buffers.entries()) if (donate[index] && buffer.alive) buffer.release();
    return outputs;
  }

  explain(): GpuExplanation {
    return explainProgram(this.#anyVersion().program);
  }

  #anyVersion(): Replay {
    const last = [...this.#versions.values()].at(-1);
    return last ? last.replay : this.#version(this.#options.donate ?? this.#program.inputs.map(() => false));
  }

  #version(donate: readonly boolean[]): Replay {
    const key = donate.map(Number).join('');
    const exact = this.#versions.get(key);
    if (exact) return exact.replay;
    for (const { donated, replay } of this.#versions.values()) {
      if (donate.every((given, index) => !given || donated[index])) return replay;
    }
    const compiled = compileProgram(this.#program, donate, this.#engine.facts, this.#options, this.#plan);
    const outputs = this.#program.outputs.map((atom) => atom.aval);
    const replay = new Replay(this.#engine, this.#scratch, compiled, outputs, this.#options.matmul === undefined);
    this.#versions.set(key, { donated: donate, replay });
    return replay;
  }

  #checked(inputs: readonly Buffer[]): DeviceBuffer[] {
    const expected = this.#program.inputs;
    if (inputs.length !== expected.length) {
      throw new LinnetError('InvalidArgumentError', `A compiled program takes ${expected.length} arrays, but ${inputs.length} were given.`);
    }
    return inputs.map((input, index) => {
      const { aval } = expected[index]!;
      if (!(input instanceof DeviceBuffer)) {
        throw new LinnetError('InvalidArgumentError', `Input ${index} of a compiled program does not live on this GPU.`);
      }
      if (!input.alive) {
        throw new LinnetError(
          'DisposedError',
          `Input ${index} of a compiled program, ${aval.dtype}${formatShape(aval.shape)}, was disposed or donated before.`,
        );
      }
      return input;
    });
  }
}
