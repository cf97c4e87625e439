import type { NDArray } from '../array';
import { runEagerly } from '../eager';
import type { Params, Primitive } from '../primitives/primitive';
import { topTrace } from './tracer';

/** Applies a primitive: every operation of Linnet passes here. Runs it now, or hands it to the innermost transformation. */
export function bind(primitive: Primitive, inputs: readonly NDArray[], params: Params = {}): readonly NDArray[] {
  const trace = topTrace(inputs);
  return trace === undefined ? runEagerly(primitive, inputs, params) : trace.process(primitive, inputs, params);
}
