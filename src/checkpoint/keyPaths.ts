import { checkLimit, LinnetError, type Path, type TreeStructure } from '#linnet/core';

/** Keys from the root to one leaf. Deeper trees are cyclic or hostile, and overflow the stack of whoever walks them. */
export const MAX_PATH_LENGTH = 256;

/** How a key reaches its child: `sequence` is an index of a list or tuple, `dict` a dictionary key, attribute or field. */
export type KeyType = 'sequence' | 'dict';

/** One step of a saved path. `key` is text always; a sequence index is its decimal digits. */
export interface KeyPart {
  readonly key: string;
  readonly type: KeyType;
}

/** Keys from the root of a saved tree to one leaf. */
export type KeyPath = readonly KeyPart[];

/** The name under which Orbax stores a leaf: its keys joined by dots, unescaped. */
export const paramName = (path: KeyPath): string => path.map(({ key }) => key).join('.');

/** A text that two paths share only if all their keys agree; the types of the keys do not matter. */
export const pathIdentity = (path: KeyPath | Path): string =>
  JSON.stringify(path.map((part) => (typeof part === 'object' ? part.key : String(part))));

/** A path for messages: `layer.0.kernel`; the root itself is `(root)`. */
export const showPath = (path: KeyPath): string => (path.length === 0 ? '(root)' : paramName(path));

/** One place in a tree where a value stands or where a container is empty. */
export interface TreeEntry {
  readonly path: KeyPath;
  /** The leaf itself, or which empty thing stands here. */
  readonly content: { readonly leaf: unknown } | { readonly empty: 'None' | 'Dict' | 'List' };
}

/** Every leaf and every empty place of a tree, in tree order, with typed keys. `leaves` are those of `flatten`. */
export function treeEntries(structure: TreeStructure, leaves: readonly unknown[]): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let next = 0;
  const visit = (node: TreeStructure, path: KeyPath): void => {
    checkLimit('Depth of the tree', path.length, MAX_PATH_LENGTH, 'levels');
    if (node.type === 'leaf') entries.push({ path, content: { leaf: leaves[next++] } });
    else if (node.type === 'none') entries.push({ path, content: { empty: 'None' } });
    else if (node.keys.length === 0) entries.push({ path, content: { empty: node.tag === 'array' ? 'List' : 'Dict' } });
    else {
      const type: KeyType = node.tag === 'array' ? 'sequence' : 'dict';
      node.keys.forEach((key, i) => {
        visit(node.children[i]!, [...path, { key: String(key), type }]);
      });
    }
  };
  visit(structure, []);
  return entries;
}

interface Branch {
  readonly type: KeyType;
  readonly children: Map<string, Branch | { readonly value: unknown }>;
}

function insert(root: Branch, path: KeyPath, value: unknown): void {
  let branch = root;
  for (let i = 0; i < path.length; i++) {
    const { key, type } = path[i]!;
    if (type !== branch.type) throw conflict(path, `key "${key}" is a ${type} key beside ${branch.type} keys`);
    const last = i === path.length - 1;
    const existing = branch.children.get(key);
    if (last) {
      if (existing !== undefined) throw conflict(path, 'it stands in the tree twice');
      branch.children.set(key, { value });
    } else if (existing === undefined) {
      const child: Branch = { type: path[i + 1]!.type, children: new Map() };
      branch.children.set(key, child);
      branch = child;
    } else if ('value' in existing) throw conflict(path, `${showPath(path.slice(0, i + 1))} is a leaf`);
    else branch = existing;
  }
}

const conflict = (path: KeyPath, why: string): LinnetError =>
  new LinnetError('CorruptFileError', `The leaf ${showPath(path)} does not fit the rest of the tree: ${why}.`);

function build(branch: Branch, at: string): unknown {
  const contentOf = (child: Branch | { readonly value: unknown }, key: string): unknown =>
    'value' in child ? child.value : build(child, at === '' ? key : `${at}.${key}`);
  if (branch.type === 'dict') {
    const object = Object.create(null) as Record<string, unknown>;
    for (const [key, child] of branch.children) object[key] = contentOf(child, key);
    return object;
  }
  return Array.from({ length: branch.children.size }, (_, index) => {
    const child = branch.children.get(String(index));
    if (child === undefined) {
      throw new LinnetError(
        'CorruptFileError',
        `The sequence ${at || '(root)'} has ${branch.children.size} entries, but none with index ${index}.`,
      );
    }
    return contentOf(child, String(index));
  });
}

/** A tree of arrays and null-prototype objects with these leaves. A CorruptFileError when paths contradict each other. */
export function buildTree(entries: readonly (readonly [KeyPath, unknown])[]): unknown {
  if (entries.length === 0) return Object.create(null);
  const [firstPath, firstValue] = entries[0]!;
  if (entries.length === 1 && firstPath.length === 0) return firstValue;
  if (firstPath.length === 0) throw conflict(firstPath, 'it is the root of a tree with other leaves');
  const root: Branch = { type: firstPath[0]!.type, children: new Map() };
  for (const [path, value] of entries) {
    if (path.length === 0) throw conflict(path, 'it is the root of a tree with other leaves');
    insert(root, path, value);
  }
  return build(root, '');
}
