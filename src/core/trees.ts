import { LinnetError } from './errors';

/** One step from a container to its child: an attribute or dictionary key, or an index in a sequence. */
export type PathPart = string | number;
export type Path = readonly PathPart[];

/** How a container type takes part in trees: its children in order, and how to build it again from new children. */
export interface TreeNode {
  readonly keys: readonly PathPart[];
  readonly children: readonly unknown[];
  /** The same container with other children, one for each key. */
  readonly rebuild: (children: readonly unknown[]) => unknown;
  /** Static data that must agree for two trees to have one structure; compared with `===`, printed by String. */
  readonly tag: unknown;
}

/** Classes that are tree containers implement this method (JAX: `register_pytree_node`). */
export const treeNode: unique symbol = Symbol.for('linnet.treeNode');
export interface TreeContainer {
  [treeNode](): TreeNode;
}

/** The shape of a tree without its leaves. Comparable by `structuresEqual`. */
export interface TreeStructure {
  /** 'leaf', 'none' (null or undefined, as JAX's None), or a container with children. */
  readonly type: 'leaf' | 'none' | 'node';
  readonly tag: unknown;
  readonly keys: readonly PathPart[];
  readonly children: readonly TreeStructure[];
  readonly rebuild?: (children: readonly unknown[]) => unknown;
  readonly leafCount: number;
}

const LEAF: TreeStructure = { type: 'leaf', tag: null, keys: [], children: [], leafCount: 1 };
const NONE: TreeStructure = { type: 'none', tag: null, keys: [], children: [], leafCount: 0 };

/** Depth at which a tree is refused: deeper ones are cyclic or hostile. */
const MAX_DEPTH = 1000;

const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function rebuildObject(keys: readonly string[], nullPrototype: boolean): (children: readonly unknown[]) => unknown {
  return (children) => {
    const result = (nullPrototype ? Object.create(null) : {}) as Record<string, unknown>;
    keys.forEach((key, i) => {
      // defineProperty, so that a key such as __proto__ is data like any other.
      Object.defineProperty(result, key, { value: children[i], enumerable: true, writable: true, configurable: true });
    });
    return result;
  };
}

/** `value` as a container, or undefined when it is a leaf. Object keys are sorted, as JAX sorts dictionary keys. */
function nodeOf(value: unknown): TreeNode | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (treeNode in value) return (value as TreeContainer)[treeNode]();
  if (Array.isArray(value)) return { keys: value.map((_, i) => i), children: value, rebuild: (children) => [...children], tag: 'array' };
  if (value instanceof Map) return mapNode(value);
  if (!isPlainObject(value) || isArrayLike(value)) return undefined;
  const keys = Object.keys(value).sort(byKey);
  return {
    keys,
    children: keys.map((key) => value[key]),
    rebuild: rebuildObject(keys, Object.getPrototypeOf(value) === null),
    tag: 'object',
  };
}

/** HostArrays are plain objects but leaves: they carry their elements in `data`. */
function isArrayLike(value: Record<string, unknown>): boolean {
  return value.data instanceof Uint8Array && typeof value.dtype === 'string' && Array.isArray(value.shape);
}

function mapNode(map: ReadonlyMap<unknown, unknown>): TreeNode {
  const keys = [...map.keys()] as PathPart[];
  return {
    keys,
    children: [...map.values()],
    rebuild: (children) => new Map(keys.map((key, i) => [key, children[i]])),
    tag: 'map',
  };
}

interface Walk {
  readonly isLeaf: ((value: unknown) => boolean) | undefined;
  readonly visit: (path: Path, leaf: unknown) => void;
}

function walk(value: unknown, path: PathPart[], { isLeaf, visit }: Walk): TreeStructure {
  if (isLeaf?.(value)) {
    visit([...path], value);
    return LEAF;
  }
  if (value === null || value === undefined) return NONE;
  const node = nodeOf(value);
  if (node === undefined) {
    visit([...path], value);
    return LEAF;
  }
  if (path.length >= MAX_DEPTH)
    throw new LinnetError('InvalidArgumentError', `The tree is more than ${MAX_DEPTH} levels deep; it may contain itself.`);
  const children = node.children.map((child, i) => {
    path.push(node.keys[i]!);
    const structure = walk(child, path, { isLeaf, visit });
    path.pop();
    return structure;
  });
  const leafCount = children.reduce((sum, child) => sum + child.leafCount, 0);
  return { type: 'node', tag: node.tag, keys: node.keys, children, rebuild: node.rebuild, leafCount };
}

export interface TreeOptions {
  /** Stops at values for which it is true: they are leaves, containers and null included. */
  readonly isLeaf?: (value: unknown) => boolean;
}

/** Leaves of `tree` in order, and its structure. Like `jax.tree.flatten`. */
export function flatten(tree: unknown, options: TreeOptions = {}): { leaves: unknown[]; structure: TreeStructure } {
  const leaves: unknown[] = [];
  const structure = walk(tree, [], { isLeaf: options.isLeaf, visit: (_, leaf) => leaves.push(leaf) });
  return { leaves, structure };
}

/** `[path, leaf]` for each leaf of `tree` in order. Like `jax.tree.flatten_with_path`. */
export function flattenWithPath(tree: unknown, options: TreeOptions = {}): { leaves: [Path, unknown][]; structure: TreeStructure } {
  const leaves: [Path, unknown][] = [];
  const structure = walk(tree, [], { isLeaf: options.isLeaf, visit: (path, leaf) => leaves.push([path, leaf]) });
  return { leaves, structure };
}

/** A tree of `structure` with `leaves` in order. Inverse of `flatten`. */
export function unflatten(structure: TreeStructure, leaves: readonly unknown[]): unknown {
  if (leaves.length !== structure.leafCount) {
    throw new LinnetError('InvalidArgumentError', `The structure has ${structure.leafCount} leaves, but ${leaves.length} were given.`);
  }
  let next = 0;
  const build = (part: TreeStructure): unknown => {
    if (part.type === 'leaf') return leaves[next++];
    if (part.type === 'none') return null;
    return part.rebuild!(part.children.map(build));
  };
  return build(structure);
}

export function structuresEqual(a: TreeStructure, b: TreeStructure): boolean {
  if (a.type !== b.type || a.tag !== b.tag || a.keys.length !== b.keys.length) return false;
  return a.keys.every((key, i) => key === b.keys[i] && structuresEqual(a.children[i]!, b.children[i]!));
}

/** `f` of each leaf, in a tree of the same structure. With `rest`, of the leaves at one place in all trees. Like `jax.tree.map`. */
export function mapTree<T = unknown>(f: (leaf: any, ...rest: any[]) => unknown, tree: unknown, ...rest: readonly unknown[]): T {
  const first = flatten(tree);
  const others = rest.map((other, i) => {
    const flat = flatten(other);
    if (!structuresEqual(first.structure, flat.structure)) {
      throw new LinnetError(
        'InvalidArgumentError',
        `Tree ${i + 2} of ${rest.length + 1} has another structure: ${describeStructure(flat.structure)} instead of ${describeStructure(first.structure)}.`,
      );
    }
    return flat.leaves;
  });
  return unflatten(
    first.structure,
    first.leaves.map((leaf, i) => f(leaf, ...others.map((leaves) => leaves[i]))),
  ) as T;
}

/** `f` of path and leaf, in a tree of the same structure. */
export function mapWithPath<T = unknown>(f: (path: Path, leaf: any) => unknown, tree: unknown, options: TreeOptions = {}): T {
  const { leaves, structure } = flattenWithPath(tree, options);
  return unflatten(
    structure,
    leaves.map(([path, leaf]) => f(path, leaf)),
  ) as T;
}

/** A structure as text: `{a: *, b: [*, None]}`. */
export function describeStructure(structure: TreeStructure): string {
  if (structure.type === 'leaf') return '*';
  if (structure.type === 'none') return 'None';
  const children = structure.children.map(describeStructure);
  if (structure.tag === 'array') return `[${children.join(', ')}]`;
  return `{${structure.keys.map((key, i) => `${String(key)}: ${children[i]}`).join(', ')}}`;
}

/** A path as text, parts joined by dots: `linear1.kernel`. */
export const formatPath = (path: Path): string => path.map(String).join('.');
