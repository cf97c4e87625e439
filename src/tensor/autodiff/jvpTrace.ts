import { LinnetError } from '#linnet/core';
import { isFloatArray, type NDArray } from '../array';
import type { Aval } from '../aval';
import type { Params, Primitive } from '../primitives/primitive';
import { bind } from '../trace/bind';
import { Trace, Tracer } from '../trace/tracer';

/** A value with its derivative along the direction being followed; null is a derivative of zero. */
export class JvpTracer extends Tracer {
  readonly trace: JvpTrace;
  readonly primal: NDArray;
  readonly tangent: NDArray | null;

  constructor(trace: JvpTrace, primal: NDArray, tangent: NDArray | null) {
    super();
    this.trace = trace;
    this.primal = primal;
    this.tangent = tangent;
  }

  get aval(): Aval {
    return this.primal.aval;
  }
}

/** Forward mode: every operation is done on the primals, and its `jvp` rule on the tangents. */
export class JvpTrace extends Trace {
  readonly name: string = 'jvp';

  /** Primal and tangent of a value that may come from outside (a constant, with tangent null). */
  split(value: NDArray): readonly [NDArray, NDArray | null] {
    return value instanceof JvpTracer && value.trace === this ? [value.primal, value.tangent] : [value, null];
  }

  join(primal: NDArray, tangent: NDArray | null): NDArray {
    return tangent === null || !isFloatArray(primal) ? primal : new JvpTracer(this, primal, tangent);
  }

  process(primitive: Primitive, inputs: readonly NDArray[], params: Params): readonly NDArray[] {
    const pairs = inputs.map((input) => this.split(input));
    const primals = pairs.map(([primal]) => primal);
    const tangents = pairs.map(([, tangent]) => tangent);
    if (tangents.every((tangent) => tangent === null)) return bind(primitive, primals, params);
    return this.differentiate(primitive, primals, tangents, params);
  }

  protected differentiate(
    primitive: Primitive,
    primals: readonly NDArray[],
    tangents: readonly (NDArray | null)[],
    params: Params,
  ): readonly NDArray[] {
    const outputs = bind(primitive, primals, params);
    if (!outputs.some(isFloatArray)) return outputs;
    if (primitive.jvp === undefined) throw noDerivative(primitive);
    const outputTangents = primitive.jvp(primals, tangents, params, outputs);
    return outputs.map((output, i) => this.join(output, outputTangents[i] ?? null));
  }
}

export const noDerivative = (primitive: Primitive): LinnetError =>
  new LinnetError('TraceError', `${primitive.name} has no derivative rule. Wrap its input in jax.stopGradient if none is needed.`);
