import type { HostArray } from '#linnet/core';
import type { Aval } from '../aval';
import type { GpuLowering } from './lowering';

/** Static parameters of a primitive's application: plain JSON-like data (a nested Program for control flow), part of the cache key. */
export type Params = Readonly<Record<string, unknown>>;

/** Anything the rules work on: a concrete array or a tracer. The rules only call ops on it, so they compose under every transformation. */
export interface Traceable {
  readonly aval: Aval;
}

/**
 * One row of the table: everything Linnet knows about an operation, in one place. Eager calls, `jit`, `grad`, `jvp`, `vmap`,
 * `evalShape`, the CPU interpreter and the GPU compiler are readings of this row.
 */
export interface Primitive<P extends Params = any> {
  readonly name: string;
  /** Shape and dtype rule. Throws ShapeError or DTypeError with both sides named. */
  readonly abstract: (inputs: readonly Aval[], params: P) => Aval[];
  /** Forward-mode rule: output tangents from input tangents (null = zero). Written with ops, so it is itself differentiable. */
  readonly jvp?: (primals: readonly any[], tangents: readonly (any | null)[], params: P, outputs: readonly any[]) => (any | null)[];
  /** Reverse of the linear part: cotangents of the inputs that are linear (undefined aval = not linear there). */
  readonly transpose?: (
    cotangents: readonly any[],
    inputs: readonly (any | undefined)[],
    params: P,
    inputAvals: readonly Aval[],
  ) => (any | null)[];
  /** Batching rule for vmap: inputs with their batch axis (null = not batched) to outputs with theirs. */
  readonly batch?: (inputs: readonly any[], axes: readonly (number | null)[], params: P) => { outputs: any[]; axes: (number | null)[] };
  /** CPU reference, in plain loops: the oracle of every other implementation and the backend of tabs without WebGPU. float32 results are rounded per element. */
  readonly cpu: (inputs: readonly HostArray[], params: P, outputs: readonly Aval[]) => HostArray[];
  /** How the GPU compiler turns an application into WGSL. */
  readonly gpu: GpuLowering<P>;
}
