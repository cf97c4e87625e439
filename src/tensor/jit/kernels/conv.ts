import { LinnetError } from '#linnet/core';
import type { GraphNode } from '../graph';
import type { Part } from '../part';

/** Placeholder until the convolution row exists. */
export function convPart(node: GraphNode): Part {
  throw new LinnetError('InternalError', `No kernel for ${node.primitive.name} yet.`);
}
