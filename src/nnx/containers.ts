import type { PathPart } from '#linnet/core';
import { type GraphNode, graphNode, makeEmpty, type NodeProtocol } from './graph/node';
import { Pytree } from './pytree';

/** A list of modules, Variables and anything else. Plain arrays do as well. Like `flax.nnx.List`. */
export class List<T> extends Array<T> implements GraphNode {
  constructor(items: Iterable<T> = []) {
    super();
    for (const item of items) this.push(item);
  }

  /** `map`, `filter` and the like give plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static [makeEmpty](): List<unknown> {
    return new List();
  }

  [graphNode](): NodeProtocol {
    return {
      entries: () => [...this.entries()],
      assign: (entries) => {
        this.length = 0;
        for (const [index, value] of entries) this[index as number] = value as T;
      },
    };
  }
}

/** A dictionary of modules, Variables and anything else: `dict.encoder`. Plain objects do as well. Like `flax.nnx.Dict`. */
export class Dict<T = any> extends Pytree {
  [key: string]: T | any;

  constructor(entries: Readonly<Record<string, T>> = {}) {
    super();
    for (const [key, value] of Object.entries(entries)) {
      Object.defineProperty(this, key, { value, enumerable: true, writable: true, configurable: true });
    }
  }
}

/** A tree of Variables under integer and text keys, such as the state of an optimiser: integers stay integers in paths. */
export class VariableTree implements GraphNode {
  readonly children = new Map<PathPart, unknown>();

  static [makeEmpty](): VariableTree {
    return new VariableTree();
  }

  [graphNode](): NodeProtocol {
    return {
      entries: () => [...this.children.entries()],
      assign: (entries) => {
        this.children.clear();
        for (const [key, value] of entries) this.children.set(key, value);
      },
    };
  }
}
