import type { LeafInfo } from '#linnet/core';

/** One text per path: key parts quoted as JSON, so that no two paths meet. */
export const leafKey = (path: readonly (string | number)[]): string => JSON.stringify(path);

/** A group or leaf of a checkpoint's tree. */
export interface TreeNode {
  readonly key: string;
  readonly name: string;
  readonly path: readonly (string | number)[];
  readonly leaf: LeafInfo | null;
  readonly children: readonly TreeNode[];
  /** Leaves below, itself included. */
  readonly leaves: number;
  readonly byteLength: number;
}

/** A node as a row of the tree, with what a screen reader needs. */
export interface TreeRow {
  readonly node: TreeNode;
  readonly level: number;
  readonly position: number;
  readonly setSize: number;
  readonly expanded: boolean | null;
}

interface Growing {
  readonly name: string;
  readonly path: readonly (string | number)[];
  leaf: LeafInfo | null;
  readonly children: Map<string | number, Growing>;
}

/** Flax keeps the array of a variable one key further down; the tree shows both as one row. */
const isVariable = (children: readonly TreeNode[]): boolean =>
  children.length === 1 && children[0]!.leaf !== null && /^(raw_)?value$/.test(children[0]!.name);

function finish(node: Growing): TreeNode {
  const children = [...node.children.values()].map(finish);
  const { path, name, leaf } = node;
  if (leaf === null && path.length > 0 && isVariable(children)) return { ...children[0]!, name };
  return {
    key: leafKey(path),
    name,
    path,
    leaf,
    children,
    leaves: (leaf === null ? 0 : 1) + children.reduce((sum, child) => sum + child.leaves, 0),
    byteLength: (leaf?.byteLength ?? 0) + children.reduce((sum, child) => sum + child.byteLength, 0),
  };
}

/** The tree of `leaves`, in their order. Keys are map keys: no name can be more than a name. */
export function leafTree(leaves: readonly LeafInfo[]): readonly TreeNode[] {
  const root: Growing = { name: '', path: [], leaf: null, children: new Map() };
  for (const leaf of leaves) {
    let node = root;
    leaf.path.forEach((part, i) => {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { name: String(part), path: leaf.path.slice(0, i + 1), leaf: null, children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    });
    node.leaf = leaf;
  }
  const top = finish(root);
  return top.leaf !== null && top.children.length === 0 ? [{ ...top, name: '(the whole)' }] : top.children;
}

/** Keys of the groups to open at first: all when the tree is small, else the first level. */
export function openAtFirst(tree: readonly TreeNode[]): ReadonlySet<string> {
  const small = tree.reduce((sum, node) => sum + node.leaves, 0) <= 60;
  const keys = new Set<string>();
  const visit = (node: TreeNode, depth: number) => {
    if (node.children.length === 0 || (!small && depth > 0)) return;
    keys.add(node.key);
    for (const child of node.children) visit(child, depth + 1);
  };
  for (const node of tree) visit(node, 0);
  return keys;
}

const pathText = (node: TreeNode): string => node.path.join('.').toLowerCase();

/** The rows that show: groups in `open` are unfolded. With a query, every leaf whose path holds it, and the groups above. */
export function visibleRows(tree: readonly TreeNode[], open: ReadonlySet<string>, query = ''): readonly TreeRow[] {
  const wanted = query.trim().toLowerCase();
  const rows: TreeRow[] = [];
  const matches = (node: TreeNode): boolean =>
    wanted === '' || (node.leaf !== null && pathText(node).includes(wanted)) || node.children.some(matches);
  const visit = (nodes: readonly TreeNode[], level: number) => {
    const shown = nodes.filter(matches);
    shown.forEach((node, i) => {
      const group = node.children.length > 0;
      const expanded = group ? wanted !== '' || open.has(node.key) : null;
      rows.push({ node, level, position: i + 1, setSize: shown.length, expanded });
      if (expanded) visit(node.children, level + 1);
    });
  };
  visit(tree, 1);
  return rows;
}
