import type { PathPart } from '#linnet/core';
import { isArrayLeaf } from '../leaf';
import { Variable } from '../variable';

/** How a graph node shows its attributes. Keys are Flax's names. */
export interface NodeProtocol {
  /** Attributes in order of declaration. */
  entries(): [PathPart, unknown][];
  /** Makes `entries` the only attributes, in that order. */
  assign(entries: readonly (readonly [PathPart, unknown])[]): void;
}

/** Graph nodes that are not plain arrays or objects answer to this symbol. */
export const graphNode: unique symbol = Symbol.for('linnet.graphNode');

/** A class instance that is a node of the object graph. */
export interface GraphNode {
  [graphNode](): NodeProtocol;
}

/** What a node is made of: the class of an instance, or a plain JS container. */
export type NodeType = (new (...args: any[]) => GraphNode) | 'array' | 'object';

/** Whether `value` is an instance of a graph node class (not a plain container). */
export function isGraphNode(value: unknown): value is GraphNode {
  return typeof value === 'object' && value !== null && graphNode in value;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether `value` is an array or object literal. Arrays of numbers in `data` (HostArray) are not. */
export function isPlainContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || (isPlainObject(value) && !isArrayLeaf(value));
}

/** Whether a plain container holds, at any depth, a graph node, a Variable or an array: then it is a node itself. */
export function holdsGraph(container: object, seen: Set<object> = new Set()): boolean {
  if (seen.has(container)) return false;
  seen.add(container);
  return Object.values(container).some(
    (value) =>
      value instanceof Variable || isGraphNode(value) || isArrayLeaf(value) || (isPlainContainer(value) && holdsGraph(value, seen)),
  );
}

/** Whether `value` is a node: an instance of a node class, or a plain container that holds some part of a graph. */
export function isNode(value: unknown): value is object {
  return isGraphNode(value) || (isPlainContainer(value) && holdsGraph(value));
}

/** What `node` is made of. */
export function nodeType(node: object): NodeType {
  if (isGraphNode(node)) return node.constructor as NodeType;
  return Array.isArray(node) ? 'array' : 'object';
}

/** An empty node of `type`; its constructor does not run. */
export function createNode(type: NodeType): object {
  if (type === 'array') return [];
  if (type === 'object') return {};
  const create = (type as { [makeEmpty]?: () => object })[makeEmpty];
  return create === undefined ? Object.create(type.prototype as object) : create.call(type);
}

/** Static method of node classes whose instances cannot be made by `Object.create`. */
export const makeEmpty: unique symbol = Symbol.for('linnet.makeEmpty');

/** Attributes of `node` in order of declaration. */
export function entriesOf(node: object): [PathPart, unknown][] {
  if (isGraphNode(node)) return node[graphNode]().entries();
  if (Array.isArray(node)) return node.map((value, index) => [index, value]);
  return Object.entries(node);
}

/** Makes `entries` the only attributes of `node`. */
export function assignEntries(node: object, entries: readonly (readonly [PathPart, unknown])[]): void {
  if (isGraphNode(node)) {
    node[graphNode]().assign(entries);
    return;
  }
  if (Array.isArray(node)) {
    node.length = 0;
    for (const [index, value] of entries) node[index as number] = value;
    return;
  }
  replaceProperties(node, entries);
}

/** Makes `entries` the only own enumerable properties of `target`. A key such as `__proto__` is data like any other. */
export function replaceProperties(target: object, entries: readonly (readonly [PathPart, unknown])[]): void {
  for (const key of Object.keys(target)) delete (target as Record<string, unknown>)[key];
  for (const [key, value] of entries) {
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  }
}

/** Sets one attribute of `node`. */
export function setAttribute(node: object, key: PathPart, value: unknown): void {
  const entries = entriesOf(node);
  const at = entries.findIndex(([name]) => name === key);
  if (at < 0) entries.push([key, value]);
  else entries[at] = [key, value];
  assignEntries(node, entries);
}

/** Order of traversal: integers by value, then names by code unit. */
export function comparePathParts(a: PathPart, b: PathPart): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  if (typeof b === 'number') return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
