import type { Path } from '#linnet/core';
import { type Filter, partition, partitionAll } from '../filters';
import { toFlatState } from './flatState';
import { type State, stateFromLeaves, stateLeaves } from './state';

/** One State for each filter; without filters one of everything. */
export type StateForEach<F extends readonly Filter[]> = F extends readonly [] ? [State] : { [K in keyof F]: State };

/** One State for each filter (all of it without filters); every leaf must be selected. */
export function splitState<F extends readonly Filter[]>(state: State, ...filters: F): StateForEach<F> {
  const groups = partitionAll(stateLeaves(state), filters.length > 0 ? filters : [true]);
  return groups.map(stateFromLeaves) as unknown as StateForEach<F>;
}

/** The part of `state` that `filter` selects; with several filters, one State for each. */
export function filterState(state: State, filter: Filter): State;
export function filterState<F extends readonly Filter[]>(state: State, ...filters: F): { [K in keyof F]: State };
export function filterState(state: State, ...filters: Filter[]): State | State[] {
  const states = partition(stateLeaves(state), filters).groups.map(stateFromLeaves);
  return filters.length === 1 ? states[0]! : states;
}

/** All leaves of the states in one; where paths agree, the last one counts. */
export function mergeState(...states: State[]): State {
  return stateFromLeaves(states.flatMap((state) => stateLeaves(state)));
}

/** `f` of path and leaf of each leaf, in a State of the same form. */
export function mapState(f: (path: Path, leaf: any) => unknown, state: State): State {
  return stateFromLeaves(stateLeaves(state).map(([path, leaf]) => [path, f(path, leaf)]));
}

/** The leaves of `state` whose paths `other` does not have. */
export function diff(state: State, other: State): State {
  const known = toFlatState(other);
  return stateFromLeaves(stateLeaves(state).filter(([path]) => !known.has(path)));
}
