import { LinnetError } from '#linnet/core';
import type { Counters } from './counters';

/** How a kernel uses each of its storage bindings (group 0, in order): read only, or read and write. */
export type Access = 'read' | 'readWrite';

/** A compute pipeline in the making. */
export interface Pipeline {
  readonly wgsl: string;
  readonly layout: GPUBindGroupLayout;
  /** Set once compiled. */
  gpu: GPUComputePipeline | undefined;
  /** Set when compiling failed. */
  error: LinnetError | undefined;
  /** Settles when either is set; never rejects. */
  readonly settled: Promise<void>;
}

/** Pipelines by their WGSL text, compiled asynchronously and side by side. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #counters: Counters;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  /** Layout of group 1: the iteration number of a loop, low and high part, by dynamic offsets. */
  readonly iterationLayout: GPUBindGroupLayout;

  constructor(device: GPUDevice, counters: Counters) {
    this.#device = device;
    this.#counters = counters;
    const uniform = (binding: number): GPUBindGroupLayoutEntry => ({
      binding,
      visibility: 4,
      buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: 16 },
    });
    this.iterationLayout = device.createBindGroupLayout({ entries: [uniform(0), uniform(1)] });
  }

  /** Whether the pipeline of `wgsl` is there already. */
  has(wgsl: string): boolean {
    return this.#pipelines.get(wgsl)?.gpu !== undefined;
  }

  /** The pipeline of `wgsl`, whose entry point is `main`; compiling starts at once if it is new. */
  get(wgsl: string, access: readonly Access[], usesIteration: boolean): Pipeline {
    const known = this.#pipelines.get(wgsl);
    if (known) return known;
    const pipeline = this.#compile(wgsl, this.#layout(access), usesIteration);
    this.#pipelines.set(wgsl, pipeline);
    return pipeline;
  }

  #layout(access: readonly Access[]): GPUBindGroupLayout {
    const key = access.join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      const entries = access.map((kind, binding): GPUBindGroupLayoutEntry => {
        return { binding, visibility: 4, buffer: { type: kind === 'read' ? 'read-only-storage' : 'storage' } };
      });
      layout = this.#device.createBindGroupLayout({ entries });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  #compile(wgsl: string, layout: GPUBindGroupLayout, usesIteration: boolean): Pipeline {
    const device = this.#device;
    this.#counters.pipelinesCreated++;
    const bindGroupLayouts = usesIteration ? [layout, this.iterationLayout] : [layout];
    // Compiling can fail by validation too; the scope keeps that out of the device's unhandled errors.
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ code: wgsl });
    const scope = device.popErrorScope().catch(() => null);
    const compiled = device.createComputePipelineAsync({
      layout: device.createPipelineLayout({ bindGroupLayouts }),
      compute: { module, entryPoint: 'main' },
    });
    const pipeline: Pipeline = {
      wgsl,
      layout,
      gpu: undefined,
      error: undefined,
      settled: compiled.then(
        (gpu) => {
          pipeline.gpu = gpu;
        },
        async (cause: unknown) => {
          await scope;
          pipeline.error = await shaderError(module, wgsl, cause);
        },
      ),
    };
    return pipeline;
  }
}

async function shaderError(module: GPUShaderModule, wgsl: string, cause: unknown): Promise<LinnetError> {
  const info = await module.getCompilationInfo().catch(() => undefined);
  const messages = (info?.messages ?? []).map((m) => `${m.lineNum}:${m.linePos} ${m.type}: ${m.message}`);
  const numbered = wgsl.split('\n').map((line, index) => `${String(index + 1).padStart(4)}  ${line}`);
  const summary = messages.length > 0 ? messages.join('\n') : String((cause as Error)?.message ?? cause);
  return new LinnetError('ShaderError', `A generated kernel did not compile:\n${summary}\n${numbered.join('\n')}`, {
    cause,
    details: { messages, wgsl },
  });
}
