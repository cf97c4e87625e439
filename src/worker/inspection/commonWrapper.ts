import type { Path } from '#linnet/core';

/** Keys under which people put a model's parameters in a larger tree. */
const WRAPPERS: ReadonlySet<string> = new Set(['model', 'params', 'state', 'graphdef_state', 'param']);

/** The keys that all of `paths` share and that only wrap the model, e.g. `['model']`; empty when there are none. */
export function commonWrapper(paths: readonly Path[]): Path {
  const head = paths[0]?.[0];
  if (typeof head !== 'string' || !WRAPPERS.has(head) || !paths.every((path) => path.length > 1 && path[0] === head)) return [];
  return [head];
}
