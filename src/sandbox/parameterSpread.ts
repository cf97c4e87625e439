import { flattenWithPath, formatPath, leafStatistics, type ParameterSpread } from '#linnet/core';
import type { Array as JaxArray } from '#linnet/tensor';
import type { View } from './questions';
import { disposeTree, shareTree } from './trainingState';

/** How the values of each Param are spread, and those of the gradients that the next batch would give it. Nothing is changed. */
export async function parameterSpread({ session, state, step }: View): Promise<ParameterSpread[]> {
  const model = shareTree(state?.model ?? session.trainer.form.model);
  try {
    const gradients = await session.trainer.gradients(model, step);
    const values = new Map(flattenWithPath(model).leaves.map(([path, leaf]) => [formatPath(path), leaf as JaxArray]));
    try {
      return await Promise.all(
        flattenWithPath(gradients).leaves.map(async ([path, leaf]) => {
          const [weights, slopes] = await Promise.all([values.get(formatPath(path))!.toHost(), (leaf as JaxArray).toHost()]);
          return {
            path: path.filter((part) => part !== 'value').map(String),
            values: leafStatistics(weights),
            gradients: leafStatistics(slopes),
          };
        }),
      );
    } finally {
      disposeTree(gradients);
    }
  } finally {
    disposeTree(model);
  }
}
