import { sizeOf } from '#linnet/core';
import type { ConvParams } from '../primitives/conv';
import { type Primitive, primitiveNamed } from '../primitives/primitive';
import type { Equation } from '../trace/program';
import type { Graph } from './graph';
import { partOfK } from './splitContraction';

/** A convolution as the compiler computes it where channels are not in groups: a product whose rows are pixels. */
const asContraction = (conv: Primitive): Primitive => ({ ...conv, gpu: { kind: 'contraction' } });

/**
 * A convolution without groups as a contraction, which takes in what follows it. Where few results have long sums (gradients of kernels) the
 * channels are cut in parts side by side, whose results are added in order.
 */
export function convContraction(equation: Equation, graph: Graph): readonly Equation[] {
  const { primitive, params, inputs, outputs } = equation;
  const { groups, strides } = params as unknown as ConvParams;
  if (groups !== 1) return [equation];
  const { shape, dtype } = outputs[0]!.aval;
  const channels = inputs[0]!.aval.shape[strides.length + 1]!;
  const places = sizeOf(inputs[1]!.aval.shape.slice(0, strides.length));
  const part = partOfK(channels * places, sizeOf(shape));
  const parts = part === undefined ? 1 : divisorUpTo(channels, (channels * places) / part);
  const conv = { primitive: asContraction(primitive), params: { ...params, parts }, inputs };
  if (parts === 1) return [{ ...conv, outputs }];
  const partial = graph.newVar({ shape: [parts, ...shape], dtype, weakType: false });
  return [
    { ...conv, outputs: [partial] },
    { primitive: primitiveNamed('reduceSum'), params: { axes: [0] }, inputs: [partial], outputs },
  ];
}

/** The largest divisor of `value` that is not above `limit`. */
function divisorUpTo(value: number, limit: number): number {
  for (let divisor = Math.min(value, Math.floor(limit)); divisor > 1; divisor--) if (value % divisor === 0) return divisor;
  return 1;
}
