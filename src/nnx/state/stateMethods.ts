import type { Path } from '#linnet/core';
import type { Filter } from '../filters';
import type { Variable } from '../variable';
import { type FlatState, toFlatState } from './flatState';
import { type PureDict, type StateLike, toPureDict } from './pureDict';
import { type ReplaceOptions, replaceByPureDict } from './replaceByPureDict';
import { State } from './state';
import { diff, filterState, mapState, mergeState, type StateForEach, splitState } from './stateAlgebra';

/** The free functions on States as methods, as older Flax spells them. */
export interface StateMethods {
  /** See `toFlatState`. */
  flatState(): FlatState;
  /** See `toPureDict`. */
  toPureDict(extract?: (variable: Variable<any>) => unknown): PureDict;
  /** See `replaceByPureDict`. */
  replaceByPureDict(dict: StateLike, options?: ReplaceOptions): void;
  /** See `splitState`. */
  split<F extends readonly Filter[]>(...filters: F): StateForEach<F>;
  /** See `filterState`. */
  filter(filter: Filter): State;
  filter<F extends readonly Filter[]>(...filters: F): { [K in keyof F]: State };
  /** All leaves of this State and `others`; see `mergeState`. */
  merge(...others: State[]): State;
  /** See `mapState`. */
  map(f: (path: Path, leaf: any) => unknown): State;
  /** The leaves whose paths `other` does not have; see `diff`. */
  diff(other: State): State;
}

const methods: StateMethods & ThisType<State> = {
  flatState() {
    return toFlatState(this);
  },
  toPureDict(extract) {
    return toPureDict(this, extract);
  },
  replaceByPureDict(dict, options) {
    replaceByPureDict(this, dict, options);
  },
  split(...filters) {
    return splitState(this, ...filters);
  },
  filter(...filters: Filter[]): any {
    return filterState(this, ...filters);
  },
  merge(...others) {
    return mergeState(this, ...others);
  },
  map(f) {
    return mapState(f, this);
  },
  diff(other) {
    return diff(this, other);
  },
};

/** Puts the methods on State's prototype. They live here since they call functions that need State. */
export function installStateMethods(): void {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(State.prototype, name, { value, writable: true, configurable: true });
  }
}
