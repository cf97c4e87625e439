import { type HostArray, LinnetError } from '#linnet/core';
import { type DeviceArray, type LiteralArray, NDArray } from '../array';
import type { Params, Primitive } from '../primitives/primitive';

/**
 * One run of one transformation (grad, vmap, jit, ...). Traces nest: an operation is handled by the innermost trace among those its
 * inputs belong to, whose rule calls further operations that the traces outside handle.
 */
export abstract class Trace {
  /** Nesting depth; inner is larger. */
  level = 0;
  /** False once the transformation is over: its tracers must not be used any more. */
  active = true;
  abstract readonly name: string;
  abstract process(primitive: Primitive, inputs: readonly NDArray[], params: Params): readonly NDArray[];
}

/** A value inside a transformation. */
export abstract class Tracer extends NDArray {
  abstract readonly trace: Trace;

  async toHost(): Promise<HostArray> {
    throw new LinnetError(
      'TraceError',
      `The elements of ${this.toString()} were asked for inside ${this.trace.name}, where they are not known yet. Return the array from the transformed function and read it there; for debugging, call the function without ${this.trace.name}.`,
    );
  }

  override toString(): string {
    return `Tracer<${this.trace.name}>(${this.dtype}[${this.shape.join(', ')}])`;
  }
}

let depth = 0;
/** The innermost program trace (jit, evalShape, scan bodies): it takes every operation at or below its level, also on concrete arrays. */
let staging: Trace | undefined;
let innermost: Trace | undefined;

/** Runs `body` with `trace` as the innermost transformation. With `stage`, operations on concrete arrays are recorded as well. */
export function withTrace<R>(trace: Trace, stage: boolean, body: () => R): R {
  const outer = { staging, innermost };
  trace.level = ++depth;
  innermost = trace;
  if (stage) staging = trace;
  try {
    return body();
  } finally {
    depth--;
    ({ staging, innermost } = outer);
    trace.active = false;
  }
}

/** The transformation whose function runs now; undefined outside of any. */
export const currentTrace = (): { readonly name: string } | undefined => innermost;

/** Whether operations are being recorded into a program (jit, evalShape) instead of run. */
export const isStaging = (): boolean => staging !== undefined;

/** Chooses the trace that handles an operation on `inputs`; undefined means that it runs now. */
export function topTrace(inputs: readonly NDArray[]): Trace | undefined {
  let top = staging;
  for (const input of inputs) {
    if (!(input instanceof Tracer)) continue;
    const { trace } = input;
    if (!trace.active) {
      throw new LinnetError(
        'TraceError',
        `${input.toString()} was kept from a call of a function under ${trace.name} that is over. Return values from the function instead of storing them outside.`,
      );
    }
    if (top === undefined || trace.level > top.level) top = trace;
  }
  return top;
}

/** Whether `array` has elements now: not a tracer. */
export const isConcrete = (array: NDArray): array is DeviceArray | LiteralArray => !(array instanceof Tracer);
