import { formatPath, LinnetError, type Path, type PathPart } from '#linnet/core';
import { isVariableType, Variable, type VariableType } from './variable';

/** Whether a leaf belongs to a group: decided by its path and the Variable (or bare array) there. */
export type Predicate = (path: Path, value: unknown) => boolean;

/**
 * What selects leaves: a Variable class (instances of it), a text (Variables with that `tag`, such as the name of a random stream; not
 * the path), `true` or `'...'` (everything), `false` or null (nothing), a predicate, or a list of filters (any of them).
 */
export type Filter = VariableType | string | boolean | null | Predicate | readonly Filter[];

/** Selects leaves of Variables of `type` or a subclass. */
export const OfType =
  (type: new (...args: any[]) => unknown): Predicate =>
  (_, value) =>
    value instanceof type;

/** Selects Variables whose metadata has `tag`. */
export const WithTag =
  (tag: string): Predicate =>
  (_, value) =>
    value instanceof Variable && value.metadata.tag === tag;

/** Selects leaves with `key` in their path: as one whole part if `exact`, else also inside a part that is text. */
export function PathContains(key: PathPart, { exact = true }: { exact?: boolean } = {}): Predicate {
  if (exact) return (path) => path.includes(key);
  return (path) => path.some((part) => String(part).includes(String(key)));
}

/** Selects the leaves at exactly these paths. */
export function PathIn(...paths: Path[]): Predicate {
  const known = new Set(paths.map((path) => JSON.stringify(path)));
  return (path) => known.has(JSON.stringify(path));
}

/** Selects what at least one filter selects. */
export function Any(...filters: Filter[]): Predicate {
  const predicates = filters.map(toPredicate);
  return (path, value) => predicates.some((predicate) => predicate(path, value));
}

/** Selects what every filter selects. */
export function All(...filters: Filter[]): Predicate {
  const predicates = filters.map(toPredicate);
  return (path, value) => predicates.every((predicate) => predicate(path, value));
}

/** Selects what `filter` does not. */
export function Not(filter: Filter): Predicate {
  const predicate = toPredicate(filter);
  return (path, value) => !predicate(path, value);
}

/** Selects everything; `true` and `'...'` are short for it. */
export const Everything = (): Predicate => () => true;

/** Selects nothing; `false` and null are short for it. */
export const Nothing = (): Predicate => () => false;

const isRest = (filter: Filter): boolean => filter === true || filter === '...';

/** A filter as a predicate. */
export function toPredicate(filter: Filter): Predicate {
  if (isRest(filter)) return Everything();
  if (filter === false || filter === null) return Nothing();
  if (typeof filter === 'string') return WithTag(filter);
  if (Array.isArray(filter)) return Any(...(filter as readonly Filter[]));
  if (isVariableType(filter)) return OfType(filter);
  if (typeof filter === 'function' && !isClass(filter)) return filter as Predicate;
  throw new LinnetError(
    'InvalidArgumentError',
    `${filterText(filter)} is not a filter. Give a Variable class, a tag, true or '...', false, a predicate (path, value) => boolean, or a list of these.`,
  );
}

const isClass = (value: object): boolean => Function.prototype.toString.call(value).startsWith('class');
const filterText = (value: unknown): string => (typeof value === 'function' ? `The class ${value.name}` : String(value));

/** `items` in one group for each filter (the first that matches wins), and what is left. */
export function partition<L>(items: readonly (readonly [Path, L])[], filters: readonly Filter[]) {
  checkRestLast(filters);
  const predicates = filters.map(toPredicate);
  const groups: (readonly [Path, L])[][] = filters.map(() => []);
  const rest: (readonly [Path, L])[] = [];
  for (const item of items) {
    const at = predicates.findIndex((predicate) => predicate(item[0], item[1]));
    (groups[at] ?? rest).push(item);
  }
  return { groups, rest };
}

function checkRestLast(filters: readonly Filter[]): void {
  const first = filters.findIndex(isRest);
  if (first < 0 || filters.slice(first).every(isRest)) return;
  throw new LinnetError('InvalidArgumentError', `'...' (everything) must come last, but is filter ${first + 1} of ${filters.length}.`);
}

/** As `partition`, but what no filter selects is an error that lists it. */
export function partitionAll<L>(items: readonly (readonly [Path, L])[], filters: readonly Filter[]): (readonly [Path, L])[][] {
  const { groups, rest } = partition(items, filters);
  if (rest.length === 0) return groups;
  const names = rest.map(([path]) => formatPath(path));
  throw new LinnetError('InvalidArgumentError', `No filter selects ${names.join(', ')}. Add a filter for them, or '...' at the end.`, {
    details: { remaining: names },
  });
}
