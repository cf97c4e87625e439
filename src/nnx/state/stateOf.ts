import type { JaxArray } from '../leaf';
import type { Variable } from '../variable';
import type { State } from './state';

/** What every State has, without the children by name. */
type StateBase = { [K in keyof State as string extends K ? never : number extends K ? never : K]: State[K] };

/** The child of a State where the module has a `V`: Variables and arrays as they are, modules and lists as States. */
type ChildOf<V> = V extends Variable<any> | JaxArray ? V : V extends object ? StateOf<V> : undefined;

/** Names of attributes that may hold data: methods and plain values are not in a State. */
type DataNames<M> = {
  [K in keyof M]-?: NonNullable<M[K]> extends (...args: never[]) => unknown ? never : NonNullable<M[K]> extends object ? K : never;
}[keyof M];

/**
 * The State of a module of type `M`: children by the names and types of its attributes. Where the type says nothing about names (any,
 * `Module`, index signatures) it is a plain State, and `get` reaches what the type does not know.
 */
export type StateOf<M> = string extends keyof M
  ? State
  : M extends readonly (infer E)[]
    ? StateBase & { readonly [index: number]: ChildOf<E> }
    : [DataNames<M>] extends [never]
      ? State
      : StateBase & { [K in DataNames<M>]: ChildOf<M[K]> };
