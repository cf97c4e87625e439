import { LinnetError } from '#linnet/core';
import type { NDArray } from '../array';
import type { Aval } from '../aval';
import type { Params, Primitive } from '../primitives/primitive';
import { bind } from '../trace/bind';
import { Trace, Tracer } from '../trace/tracer';

/** A batch of values that looks like one of them: `value` has the batch along `axis`. */
export class BatchTracer extends Tracer {
  readonly trace: BatchTrace;
  readonly value: NDArray;
  readonly axis: number;
  readonly aval: Aval;

  constructor(trace: BatchTrace, value: NDArray, axis: number) {
    super();
    this.trace = trace;
    this.value = value;
    this.axis = axis;
    this.aval = { ...value.aval, shape: value.aval.shape.toSpliced(axis, 1) };
  }
}

/** vmap: every operation on examples is done on whole batches by its `batch` rule. */
export class BatchTrace extends Trace {
  readonly name = 'vmap';
  readonly size: number;

  constructor(size: number) {
    super();
    this.size = size;
  }

  /** The value with its batch axis, null when it is the same for every example. */
  split(value: NDArray): readonly [NDArray, number | null] {
    return value instanceof BatchTracer && value.trace === this ? [value.value, value.axis] : [value, null];
  }

  join(value: NDArray, axis: number | null): NDArray {
    return axis === null ? value : new BatchTracer(this, value, axis);
  }

  process(primitive: Primitive, inputs: readonly NDArray[], params: Params): readonly NDArray[] {
    const pairs = inputs.map((input) => this.split(input));
    const values = pairs.map(([value]) => value);
    const axes = pairs.map(([, axis]) => axis);
    if (axes.every((axis) => axis === null)) return bind(primitive, values, params);
    if (primitive.batch === undefined) throw new LinnetError('TraceError', `${primitive.name} has no batching rule for vmap.`);
    const batched = primitive.batch(values, axes, params, this.size);
    return batched.outputs.map((output, i) => this.join(output, batched.axes[i]!));
  }
}
