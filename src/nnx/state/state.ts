import { LinnetError, type Path, type PathPart, type TreeContainer, type TreeNode, treeNode } from '#linnet/core';
import { comparePathParts } from '../graph/node';
import { type ArrayLike, isArrayLeaf } from '../leaf';
import { Variable } from '../variable';
import type { StateMethods } from './stateMethods';

/** A leaf of a State: a Variable of its own (a snapshot), or a bare array. */
export type StateLeaf = Variable<any> | ArrayLike;

const children: unique symbol = Symbol('linnet.state');

const INTEGER = /^(0|[1-9]\d*)$/;

/** `key` as a path part: digits count as an integer, since property access turns integers into text. */
function partOf(map: ReadonlyMap<PathPart, unknown>, key: string): PathPart {
  return !map.has(key) && INTEGER.test(key) && map.has(Number(key)) ? Number(key) : key;
}

const handler: ProxyHandler<State> = {
  get(target, key, receiver) {
    if (typeof key === 'symbol' || key in target) return Reflect.get(target, key, receiver) as unknown;
    return target.get(partOf(target[children], key));
  },
  set(target, key, value) {
    if (typeof key === 'symbol') return Reflect.set(target, key, value);
    target.set(partOf(target[children], key), value as StateLeaf);
    return true;
  },
  has(target, key) {
    return Reflect.has(target, key) || (typeof key === 'string' && target[children].has(partOf(target[children], key)));
  },
  deleteProperty(target, key) {
    return typeof key === 'string' && target.delete(partOf(target[children], key));
  },
  ownKeys(target) {
    return target.keys().map(String);
  },
  getOwnPropertyDescriptor(target, key) {
    if (typeof key === 'symbol') return Reflect.getOwnPropertyDescriptor(target, key);
    const part = partOf(target[children], key);
    if (!target[children].has(part)) return undefined;
    return { value: target.get(part), enumerable: true, configurable: true, writable: true };
  },
};

/**
 * The leaves of a graph as a nested mapping: `state.linear1.kernel.value`. Children are States or leaves; keys are attribute names and
 * list positions, sorted. A State from `split` or `state` is a snapshot: training on does not change it. Where a child is called like
 * a method, use `state.get('filter')`. Like `flax.nnx.State`.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the methods live beside the functions they call, which need this class.
export class State implements TreeContainer {
  [child: string]: any;
  declare readonly [children]: Map<PathPart, State | StateLeaf>;

  /** A State with the given entries; plain objects among the values become States. */
  constructor(entries: Iterable<readonly [PathPart, unknown]> = []) {
    // Set by defineProperty, since a plain assignment would be an enumerable property of the state.
    Object.defineProperty(this, children, { value: new Map(), configurable: true });
    for (const [key, value] of entries) State.prototype.set.call(this, key, value);
    // biome-ignore lint/correctness/noConstructorReturn: the proxy gives access to children by name
    return new Proxy<State>(this, handler);
  }

  /** The child called `key`, or undefined. */
  get(key: PathPart): any {
    return this[children].get(key);
  }

  /** Sets a child. A plain object becomes a State; a bare array given for a Variable becomes that Variable's value. */
  set(key: PathPart, value: unknown): void {
    const known = this[children].get(key);
    if (known instanceof Variable && isArrayLeaf(value)) this[children].set(key, known.replace(value));
    else this[children].set(key, toChild(key, value));
  }

  delete(key: PathPart): boolean {
    return this[children].delete(key);
  }

  /** Keys of the children, sorted. */
  keys(): PathPart[] {
    return [...this[children].keys()].sort(comparePathParts);
  }

  /** Children with their keys, sorted. */
  entries(): [PathPart, State | StateLeaf][] {
    return this.keys().map((key) => [key, this[children].get(key)!]);
  }

  [Symbol.iterator](): Iterator<[PathPart, State | StateLeaf]> {
    return this.entries()[Symbol.iterator]();
  }

  [treeNode](): TreeNode {
    const keys = this.keys();
    return {
      keys,
      children: keys.map((key) => this[children].get(key)),
      rebuild: (values) => new State(keys.map((key, i) => [key, values[i]])),
      tag: State,
    };
  }
}

export interface State extends StateMethods {}

function toChild(key: PathPart, value: unknown): State | StateLeaf {
  if (value instanceof State || value instanceof Variable || isArrayLeaf(value)) return value;
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) return new State(Object.entries(value));
  // What tree maps make of leaves (numbers, typed arrays, null) is kept as it is.
  if (value !== undefined) return value as unknown as StateLeaf;
  throw new LinnetError('InvalidArgumentError', `The child "${key}" of a State cannot be undefined.`);
}

/** Leaves of `state` with their paths, sorted by path. */
export function stateLeaves(state: State, path: Path = []): [Path, StateLeaf][] {
  return state.entries().flatMap(([key, child]): [Path, StateLeaf][] => {
    const at = [...path, key];
    return child instanceof State ? stateLeaves(child, at) : [[at, child]];
  });
}

/** A State with `leaves` at their paths. */
export function stateFromLeaves(leaves: Iterable<readonly [Path, unknown]>): State {
  const root = new State();
  for (const [path, leaf] of leaves) setAt(root, path, leaf);
  return root;
}

function setAt(root: State, path: Path, leaf: unknown): void {
  let level = root;
  for (const part of path.slice(0, -1)) {
    let next: unknown = level.get(part);
    if (!(next instanceof State)) {
      next = new State();
      level.set(part, next);
    }
    level = next as State;
  }
  const last = path.at(-1);
  if (last === undefined) throw new LinnetError('InvalidArgumentError', 'A leaf of a State needs a path of at least one part.');
  level.set(last, leaf);
}
