import { type DisplayArray, type DisplayNode, dtypeKind, leafStatistics, sizeOf } from '#linnet/core';
import * as nnx from '#linnet/nnx';
import type { View } from './questions';
import { disposeTree, shareTree } from './trainingState';

function displayArray({ array, host }: nnx.Description): DisplayArray | null {
  if (array === undefined || host === undefined) return null;
  const { dtype, shape, summary, text } = array;
  const hasNumbers = dtypeKind(dtype) !== 'key' && sizeOf(shape) > 0;
  return {
    dtype,
    shape,
    summary: summary.replace(/^jax\.Array /, ''),
    text,
    statistics: hasNumbers ? leafStatistics(host) : null,
  };
}

/** What `nnx.display` describes, as plain data for the page: a Variable and its array become one node. */
export function displayNode(part: nnx.Description): DisplayNode {
  const own = displayArray(part);
  const value = part.children.find(({ label }) => label === 'value=')?.value;
  const held = own === null && value !== undefined ? displayArray(value) : null;
  const children = part.children.filter((child) => held === null || child.value !== value).map((child) => displayNode(child.value));
  const array = own ?? held;
  const isPlain = array === null && part.children.length === 0;
  return { path: part.path, type: part.type, text: isPlain ? part.open + part.close : '', sizes: part.comment, array, children };
}

/** The model as `nnx.display` describes it, with statistics and a heat map of every array. */
export async function describeModel({ session, state }: View): Promise<DisplayNode> {
  const held = shareTree(state?.model ?? session.trainer.form.model);
  try {
    const { tree } = await nnx.display(session.trainer.modelOf(held));
    return displayNode(tree);
  } finally {
    disposeTree(held);
  }
}
