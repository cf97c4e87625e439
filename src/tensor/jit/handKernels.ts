import { LinnetError } from '#linnet/core';
import type { GraphNode } from './graph';
import { argReducePart } from './kernels/argReduce';
import { convPart } from './kernels/conv';
import { cumulativePart } from './kernels/cumulative';
import { scatterPart } from './kernels/scatter';
import { sortPart } from './kernels/sort';
import type { Part } from './part';

const KERNELS: Readonly<Record<string, (node: GraphNode) => Part>> = {
  argReduce: argReducePart,
  conv: convPart,
  cumulative: cumulativePart,
  scatter: scatterPart,
  sort: sortPart,
};

/** The kernel written by hand for `node`, by the name its primitive gives. */
export function handKernelPart(node: GraphNode): Part {
  const name = node.lowering.kind === 'kernel' ? node.lowering.kernel : '';
  const make = Object.hasOwn(KERNELS, name) ? KERNELS[name] : undefined;
  if (make) return make(node);
  throw new LinnetError('InternalError', `The primitive ${node.primitive.name} asks for the GPU kernel "${name}", which does not exist.`);
}
