import type { Path } from '#linnet/core';
import { LinnetError } from '#linnet/core';
import { type Filter, partition, partitionAll } from '../filters';
import { comparePathParts } from '../graph/node';
import { type State, type StateLeaf, stateFromLeaves, stateLeaves } from './state';

/** Order of paths: part by part, a path before those it begins. */
export function comparePaths(a: Path, b: Path): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = comparePathParts(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** A path as a key of maps; integers and text stay apart. */
export const pathKey = (path: Path): string => JSON.stringify(path);

/** A State as a list of leaves with their paths, sorted by path. Like `flax.nnx.FlatState`. */
export class FlatState implements Iterable<readonly [Path, StateLeaf]> {
  readonly paths: readonly Path[];
  readonly leaves: readonly StateLeaf[];
  readonly #positions: ReadonlyMap<string, number>;

  constructor(items: Iterable<readonly [Path, StateLeaf]>) {
    const sorted = [...items].sort(([a], [b]) => comparePaths(a, b));
    this.paths = sorted.map(([path]) => path);
    this.leaves = sorted.map(([, leaf]) => leaf);
    this.#positions = new Map(this.paths.map((path, i) => [pathKey(path), i]));
    if (this.#positions.size !== this.paths.length) throw new LinnetError('InvalidArgumentError', 'A flat state names one path twice.');
  }

  get length(): number {
    return this.paths.length;
  }

  get(path: Path): StateLeaf | undefined {
    const at = this.#positions.get(pathKey(path));
    return at === undefined ? undefined : this.leaves[at];
  }

  has(path: Path): boolean {
    return this.#positions.has(pathKey(path));
  }

  /** `[path, leaf]` pairs, sorted by path. */
  entries(): [Path, StateLeaf][] {
    return this.paths.map((path, i) => [path, this.leaves[i]!]);
  }

  [Symbol.iterator](): Iterator<[Path, StateLeaf]> {
    return this.entries()[Symbol.iterator]();
  }

  /** One FlatState for each filter. Every leaf must be selected. */
  split<F extends readonly Filter[]>(...filters: F): { [K in keyof F]: FlatState } {
    return partitionAll(this.entries(), filters).map((group) => new FlatState(group)) as { [K in keyof F]: FlatState };
  }

  /** One FlatState for each filter; what none selects is left out. */
  filter<F extends readonly Filter[]>(...filters: F): { [K in keyof F]: FlatState } {
    return partition(this.entries(), filters).groups.map((group) => new FlatState(group)) as { [K in keyof F]: FlatState };
  }

  /** All leaves of this and `others`; where paths agree, the last one counts. */
  merge(...others: FlatState[]): FlatState {
    const merged = new Map([this, ...others].flatMap((flat) => flat.entries().map((entry) => [pathKey(entry[0]), entry] as const)));
    return new FlatState(merged.values());
  }
}

/** The flat form of a State. */
export const toFlatState = (state: State): FlatState => new FlatState(stateLeaves(state));

/** The State with these leaves; inverse of `toFlatState`. */
export const fromFlatState = (flat: Iterable<readonly [Path, StateLeaf]>): State => stateFromLeaves(flat);
