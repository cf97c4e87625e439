import { LinnetError, type Path, type PathPart, type Shape } from '#linnet/core';
import { isVariableType, type Metadata, type VariableType } from '../variable';
import type { NodeType } from './node';

/** One attribute of a node, without the values of arrays. */
export type AttributeDef =
  | NodeDef
  | {
      readonly kind: 'variable';
      readonly index: number;
      readonly type: VariableType;
      readonly metadata: Metadata;
      readonly shape: Shape | undefined;
      readonly dtype: string | undefined;
    }
  | { readonly kind: 'array'; readonly shape: Shape }
  | { readonly kind: 'reference'; readonly index: number }
  | { readonly kind: 'static'; readonly value: unknown };

/** One node: attributes sorted by name (the order of traversal), and their names in order of declaration. */
export interface NodeDef {
  readonly kind: 'node';
  readonly index: number;
  readonly type: NodeType;
  readonly attributes: readonly (readonly [PathPart, AttributeDef])[];
  readonly declared: readonly PathPart[];
}

const identities = new WeakMap<object, number>();
let nextIdentity = 1;

function identityOf(value: object): number {
  let id = identities.get(value);
  if (id === undefined) {
    id = nextIdentity++;
    identities.set(value, id);
  }
  return id;
}

/** Depth at which a static value is no longer compared by content. */
const MAX_STATIC_DEPTH = 16;

/** Static values as text: by content where they are plain data, by identity where they are functions or instances. */
export function staticText(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return `f${identityOf(value)}`;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  if (depth >= MAX_STATIC_DEPTH) return `o${identityOf(value)}`;
  if (Array.isArray(value)) return `[${value.map((item) => staticText(item, depth + 1)).join()}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `o${identityOf(value)}`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${staticText(item, depth + 1)}`).join()}}`;
}

function typeText(type: NodeType | VariableType): string {
  return typeof type === 'string' ? type : `${type.name}#${identityOf(type)}`;
}

function attributeText(attribute: AttributeDef): string {
  switch (attribute.kind) {
    case 'node':
      return nodeText(attribute);
    case 'variable':
      return `${typeText(attribute.type)}@${attribute.index}${staticText(attribute.metadata)}`;
    case 'array':
      return '*';
    case 'reference':
      return `@${attribute.index}`;
    case 'static':
      return `=${staticText(attribute.value)}`;
  }
}

function nodeText(node: NodeDef): string {
  const attributes = node.attributes.map(
    ([key, value]) => `${typeof key === 'number' ? key : JSON.stringify(key)}:${attributeText(value)}`,
  );
  return `${typeText(node.type)}@${node.index}(${attributes.join()})`;
}

const sameStatic = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) || (typeof a === 'object' && typeof b === 'object' && staticText(a) === staticText(b));

function sameAttribute(a: AttributeDef, b: AttributeDef): boolean {
  if (a.kind === 'node') return b.kind === 'node' && sameNode(a, b);
  if (a.kind === 'variable') return b.kind === 'variable' && a.type === b.type && a.index === b.index && sameStatic(a.metadata, b.metadata);
  if (a.kind === 'static') return b.kind === 'static' && sameStatic(a.value, b.value);
  return a.kind === 'reference' ? b.kind === 'reference' && a.index === b.index : b.kind === a.kind;
}

/** Whether two nodes have equal fingerprints; much faster than making them. */
function sameNode(a: NodeDef, b: NodeDef): boolean {
  if (a.type !== b.type || a.index !== b.index || a.attributes.length !== b.attributes.length) return false;
  return a.attributes.every(([key, attribute], i) => {
    const [otherKey, other] = b.attributes[i]!;
    return key === otherKey && sameAttribute(attribute, other);
  });
}

/**
 * The architecture of a graph: classes, attribute names, static values, sharing; everything but the values of arrays. Two models of one
 * architecture with different weights have equal GraphDefs. Shapes are kept for error messages and do not take part in equality.
 */
export class GraphDef<M = unknown> {
  declare private readonly model?: M;
  readonly root: NodeDef;
  #fingerprint: string | undefined;

  constructor(root: NodeDef) {
    this.root = root;
  }

  /** A text that is equal exactly for equal GraphDefs of this session. */
  get fingerprint(): string {
    this.#fingerprint ??= nodeText(this.root);
    return this.#fingerprint;
  }

  equals(other: GraphDef<any>): boolean {
    return sameNode(this.root, other.root);
  }

  toString(): string {
    return this.fingerprint;
  }
}

/** A place where a graph keeps an array. */
export interface LeafDef {
  readonly path: Path;
  readonly shape: Shape | undefined;
  readonly dtype: string | undefined;
  /** Undefined for a bare array. */
  readonly type: VariableType | undefined;
}

/** Leaves of a GraphDef in order of traversal. */
export function leafDefs(node: NodeDef, path: Path = []): LeafDef[] {
  return node.attributes.flatMap(([key, attribute]): LeafDef[] => {
    const at = [...path, key];
    if (attribute.kind === 'node') return leafDefs(attribute, at);
    if (attribute.kind === 'variable') return [{ path: at, shape: attribute.shape, dtype: attribute.dtype, type: attribute.type }];
    return attribute.kind === 'array' ? [{ path: at, shape: attribute.shape, dtype: undefined, type: undefined }] : [];
  });
}

/** Refuses something that is not a GraphDef, most often arguments in the wrong order. */
export function checkGraphDef(value: unknown): asserts value is GraphDef {
  if (value instanceof GraphDef) return;
  const found = isVariableType(value) ? `the class ${value.name}` : typeof value;
  throw new LinnetError('InvalidArgumentError', `Expected the GraphDef that nnx.split returned first, found ${found}.`);
}
