import type { Path } from './trees';

/** Last keys that Flax puts below a Variable's own path, by release. */
const VARIABLE_KEYS: ReadonlySet<string> = new Set(['value', 'raw_value']);

/** A leaf's keys without what releases of Flax add at the end. */
export function variableKeys(path: Path): Path {
  return path.length > 1 && VARIABLE_KEYS.has(String(path.at(-1))) ? path.slice(0, -1) : path;
}

/** Keys as text, `linear1.kernel`; keys that could be taken for several are quoted. Numbers and their text are one. */
export const keysText = (keys: Path): string =>
  keys.map((key) => (/^[^."\\]+$/.test(String(key)) ? String(key) : JSON.stringify(String(key)))).join('.');
