import type { PathPart } from '#linnet/core';

/** Last keys that Flax puts below a Variable's own path, by release. */
const VARIABLE_KEYS: ReadonlySet<string> = new Set(['value', 'raw_value']);
/** Keys under which people put a model's parameters in a larger tree. */
const WRAPPERS: ReadonlySet<string> = new Set(['model', 'params', 'state', 'graphdef_state', 'param']);

/** A leaf's path as text without what releases and saving styles add at its end: `linear1.kernel`. */
export function canonicalPath(path: readonly PathPart[]): string {
  const parts = path.map(String);
  const inner = parts.length > 1 && VARIABLE_KEYS.has(parts.at(-1)!) ? parts.slice(0, -1) : parts;
  return inner.join('.');
}

/** The prefix that all of `paths` share and that only wraps the model, e.g. `model.`; '' when there is none. */
export function commonWrapper(paths: readonly string[]): string {
  const [first] = paths;
  const head = first?.split('.')[0];
  if (head === undefined || !WRAPPERS.has(head) || !paths.every((path) => path.startsWith(`${head}.`))) return '';
  return `${head}.`;
}
