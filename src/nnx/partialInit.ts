import { PathIn } from './filters';
import { flattenGraph } from './graph/flattenGraph';
import { state } from './graph/split';
import { update } from './graph/update';
import { isAbstract } from './leaf';
import type { StateLike } from './state/pureDict';
import { evalShape } from './transforms/evalShape';
import { jit } from './transforms/jit';
import { peek, Variable } from './variable';

/**
 * The model that `create` makes, with the leaves of `given` (States or pure dictionaries, such as part of a checkpoint) in place of those
 * they name. What is given is neither drawn nor held twice; the rest is drawn on the device, by the keys `create` would use, as if it were
 * called inside `nnx.jit`. Paths and shapes that do not fit are all listed in one error.
 */
export function partialInit<M extends object>(create: () => M, ...given: StateLike[]): M {
  const model = evalShape(create);
  update(model, ...given);
  const missing = flattenGraph(model).leaves.flatMap(([path, leaf]) =>
    isAbstract(leaf instanceof Variable ? peek(leaf) : leaf) ? [path] : [],
  );
  if (missing.length > 0) update(model, jit(() => state(create(), PathIn(...missing)))());
  return model;
}
