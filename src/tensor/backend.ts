import type { HostArray } from '#linnet/core';
import type { Aval } from './aval';
import type { Program } from './trace/program';

/**
 * Where an array's elements live: device memory with a reference count. The value may still be in the making (a future): reading
 * waits for everything submitted before. Released memory goes back to the pool and must not be used again.
 */
export interface Buffer {
  readonly aval: Aval;
  readonly byteLength: number;
  retain(): void;
  release(): void;
  /** False once the count reached zero or the buffer was donated. */
  readonly alive: boolean;
}

export interface RunOptions {
  /**
   * For each input: true if the caller gives up its reference. The backend releases it after the call, and may let an output take
   * its memory only if that reference was the last one: what somebody else still holds is never overwritten.
   */
  readonly donate?: readonly boolean[];
}

/** A compiled program. `run` never blocks: while pipelines compile, the call and all later ones wait in the queue, in order. */
export interface Executable {
  run(inputs: readonly Buffer[], options?: RunOptions): Buffer[];
  /** Resolves when the pipelines are ready; rejects with ShaderError. */
  readonly ready: Promise<void>;
  /** Resolves when its fastest kernels are in use: until then quicker ones to compile may do the work, to the same bits. */
  readonly tuned: Promise<void>;
  /** Kernels, bytes, flops, dispatches, and why this schedule. Plain data with a text rendering. */
  explain(): Explanation;
}

export interface Explanation {
  /** 'replay': one dispatch per fused kernel; 'single': the whole program in one workgroup; 'interpreter': CPU. */
  readonly schedule: 'replay' | 'single' | 'interpreter';
  readonly reason: string;
  readonly kernels: readonly {
    readonly name: string;
    readonly flops: number;
    readonly bytes: number;
    readonly workgroups: readonly number[];
  }[];
  readonly dispatches: number;
  readonly temporaryBytes: number;
  /** The choices behind it, as JSON to save with a run: `CompileOptions.plan` takes it again. Missing where there is nothing to choose. */
  readonly plan?: unknown;
  readonly text: string;
}

export interface CompileOptions {
  /** Overrides the automatic choice of schedule. */
  readonly schedule?: 'auto' | 'replay' | 'single';
  /** Overrides how matmuls are computed, where a product allows it: a name as `explain()` gives it, such as `registers 8x8 l8 u2 s1`. */
  readonly matmul?: string;
  /** For each input, whether calls are expected to give it up (`RunOptions.donate`). A hint for planning; each call says for itself. */
  readonly donate?: readonly boolean[];
  /** A plan saved with a run (`Explanation.plan`): choices to make again so that results are bit-identical. Opaque JSON. */
  readonly plan?: unknown;
}

/** Something that runs programs: the WebGPU engine or the CPU interpreter. Eager calls are one-equation programs, cached by the caller. */
export interface Backend {
  readonly kind: 'webgpu' | 'cpu';
  /** Adapter name for people. */
  readonly description: string;
  compile(program: Program, options?: CompileOptions): Executable;
  /** Why a saved plan cannot be followed here, in a sentence; null when it can. */
  refusal(plan: unknown): string | null;
  fromHost(array: HostArray): Buffer;
  /** Reads back; waits for pending work on this buffer. Rejects with DeviceLostError, ShaderError, OutOfMemoryError of whatever made it. */
  toHost(buffer: Buffer): Promise<HostArray>;
  /** Resolves when everything submitted so far has run; rejects with its error. */
  synchronize(): Promise<void>;
  /** Live and peak bytes and buffer counts, and running totals of dispatches, submits, buffers, bind groups, pipelines, writes. */
  stats(): BackendStats;
  /** Resolves with the reason when the device is lost; never rejects. */
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  dispose(): void;
}

export interface BackendStats {
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly liveBuffers: number;
  readonly dispatches: number;
  readonly submits: number;
  readonly buffersCreated: number;
  readonly bindGroupsCreated: number;
  readonly pipelinesCreated: number;
  readonly bufferWrites: number;
}
