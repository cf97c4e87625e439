import { LinnetError } from '#linnet/core';
import { flattenGraph } from './graph/flattenGraph';
import { rebuildGraph } from './graph/rebuildGraph';
import { Module } from './module';

/**
 * A new module of the same architecture that shares the Variables of `module`, with other static attributes:
 * `nnx.view(model, { deterministic: true, useRunningAverage: true })` for evaluation beside training. Like `flax.nnx.view`.
 */
export function view<M extends Module>(module: M, attributes: Readonly<Record<string, unknown>>): M {
  if (!(module instanceof Module)) throw new LinnetError('InvalidArgumentError', `nnx.view needs a Module, found ${String(module)}.`);
  const { graphdef, leaves } = flattenGraph(module);
  let next = 0;
  const { root } = rebuildGraph(graphdef, { nextLeaf: () => leaves[next++]![1] });
  root.setAttributes(attributes);
  return root;
}
