import type { HostArray } from '#linnet/core';
import type { NDArray } from '../array';
import type { Aval } from '../aval';
import type { GpuLowering } from './lowering';

/** Static parameters of a primitive's application: plain JSON-like data (a nested Program for control flow), part of the cache key. */
export type Params = Readonly<Record<string, unknown>>;

/**
 * CPU reference of a primitive, in plain loops: the oracle of every other implementation and the backend of tabs without WebGPU. float32
 * results are rounded per element.
 */
export type CpuRule<P extends Params = any> = (inputs: readonly HostArray[], params: P, outputs: readonly Aval[]) => HostArray[];

/** Outputs of a batching rule and where each has its batch axis (null: it does not depend on the batch). */
export interface Batched {
  readonly outputs: readonly NDArray[];
  readonly axes: readonly (number | null)[];
}

/** Forward results with the function that takes cotangents of the outputs (null = zero) to cotangents of the inputs (null = zero). */
export interface Vjp {
  readonly outputs: readonly NDArray[];
  readonly backward: (cotangents: readonly (NDArray | null)[]) => readonly (NDArray | null)[];
}

/**
 * One row of the table: everything Linnet knows about an operation, in one place. Eager calls, `jit`, `grad`, `jvp`, `vmap`,
 * `evalShape`, the CPU interpreter and the GPU compiler are readings of this row. Rules work on arrays and tracers alike and only
 * call ops on them, so they compose under every transformation.
 */
export interface Primitive<P extends Params = any> {
  readonly name: string;
  /** Shape and dtype rule. Throws ShapeError or DTypeError with both sides named. */
  readonly abstract: (inputs: readonly Aval[], params: P) => Aval[];
  /** Forward-mode rule: output tangents from input tangents (null = zero). Without it float outputs have no derivative. */
  readonly jvp?: (
    primals: readonly NDArray[],
    tangents: readonly (NDArray | null)[],
    params: P,
    outputs: readonly NDArray[],
  ) => readonly (NDArray | null | undefined)[];
  /**
   * Reverse of a linear primitive: cotangents of the inputs in which it is linear here (they are undefined in `inputs`), null for the
   * others. Cotangents of the outputs are never null.
   */
  readonly transpose?: (
    cotangents: readonly NDArray[],
    inputs: readonly (NDArray | undefined)[],
    params: P,
    inputAvals: readonly Aval[],
  ) => readonly (NDArray | null)[];
  /** Reverse rule used instead of jvp and transpose where those would be wasteful or impossible (scan, cond). */
  readonly vjp?: (inputs: readonly NDArray[], params: P) => Vjp;
  /** Batching rule for vmap: inputs with their batch axis (null = not batched) and the size of that axis. */
  readonly batch?: (inputs: readonly NDArray[], axes: readonly (number | null)[], params: P, size: number) => Batched;
  /** CPU reference of rows that other layers add; those of this layer are in `cpu/`, which is loaded when the CPU computes. */
  readonly cpu?: CpuRule<P>;
  /** How the GPU compiler turns an application into WGSL. */
  readonly gpu: GpuLowering<P>;
}

const TABLE = new Map<string, Primitive>();

/** Adds a row to the table of primitives. Names are unique; other layers (random) add rows of their own through this. */
export function definePrimitive<P extends Params>(primitive: Primitive<P>): Primitive<P> {
  TABLE.set(primitive.name, primitive);
  return primitive;
}

/** The row called `name`. */
export function primitiveNamed(name: string): Primitive {
  return TABLE.get(name)!;
}

/** All rows, in order of definition. */
export const allPrimitives = (): readonly Primitive[] => [...TABLE.values()];
