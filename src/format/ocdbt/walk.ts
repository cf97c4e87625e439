import { checkLimit, compareBytes, concatBytes, LIMITS, LinnetError } from '#linnet/core';
import { type BTreeNode, type ChildEntry, isLeaf, type LeafEntry, type ValueReference } from './btree';
import type { DataLocation } from './dataFiles';
import { describeLocation, type NodeSource } from './nodeSource';
import { startsWith } from './prefixes';
import type { Version } from './versions';

const EMPTY = new Uint8Array(0);

/** A full key and its value. */
export interface Entry {
  readonly key: Uint8Array;
  readonly value: ValueReference;
}

/** First index whose key is after `key`. */
function upperBound(entries: readonly { readonly key: Uint8Array }[], key: Uint8Array): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(entries[middle]!.key, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The value of `key`, read along one path from the root; undefined when there is none. */
export async function lookUp(source: NodeSource, version: Version, key: Uint8Array): Promise<ValueReference | undefined> {
  let location = version.root;
  let rest = key;
  for (let height = version.rootHeight; location !== undefined; height--) {
    const node: BTreeNode = await source.node(location, height);
    const index = upperBound(node.entries, rest) - 1;
    if (index < 0) return undefined;
    if (isLeaf(node)) {
      const entry = node.entries[index]!;
      return compareBytes(entry.key, rest) === 0 ? entry.value : undefined;
    }
    const child = node.entries[index] as ChildEntry;
    if (!startsWith(rest, child.key.subarray(0, child.prefixLength))) return undefined;
    rest = rest.subarray(child.prefixLength);
    location = child.location;
  }
  return undefined;
}

/** What a walk meets besides entries. */
export interface WalkOptions {
  /** Only keys that begin with it; other subtrees are not read. */
  readonly prefix?: Uint8Array;
  /** Called for each node that is read. */
  readonly onNode?: (location: DataLocation) => void;
}

/**
 * Every entry of `version` in order of keys, a leaf at a time. A tree that leads back to itself or does not have as many keys
 * as it says is refused.
 */
export async function* walk(source: NodeSource, version: Version, options: WalkOptions = {}): AsyncGenerator<readonly Entry[]> {
  if (version.root === undefined) return;
  yield* new Walk(source, options).subtree({
    location: version.root,
    height: version.rootHeight,
    inherited: EMPTY,
    keyCount: version.keyCount,
  });
}

interface Subtree {
  readonly location: DataLocation;
  readonly height: number;
  /** Prefix of all keys below. */
  readonly inherited: Uint8Array;
  readonly keyCount: number;
}

class Walk {
  readonly #source: NodeSource;
  readonly #prefix: Uint8Array;
  readonly #onNode: ((location: DataLocation) => void) | undefined;
  readonly #visited = new Set<string>();
  #previous: Uint8Array | undefined;
  #count = 0;

  constructor(source: NodeSource, options: WalkOptions) {
    this.#source = source;
    this.#prefix = options.prefix ?? EMPTY;
    this.#onNode = options.onNode;
  }

  async *subtree(subtree: Subtree): AsyncGenerator<readonly Entry[]> {
    const { location, height, inherited, keyCount } = subtree;
    const where = describeLocation(location);
    if (this.#visited.has(where)) {
      throw new LinnetError('CorruptFileError', `The B+tree reaches the node in ${where} twice; it leads back to itself.`);
    }
    this.#visited.add(where);
    this.#onNode?.(location);
    const node = await this.#source.node(location, height);
    const before = this.#count;
    if (isLeaf(node)) yield this.#leaf(node.entries, inherited, where);
    else yield* this.#children(node.entries as readonly ChildEntry[], height, inherited);
    if (this.#prefix.length === 0 && this.#count - before !== keyCount) {
      throw new LinnetError(
        'CorruptFileError',
        `The B+tree node in ${where} holds ${this.#count - before} keys, but its parent says ${keyCount}.`,
      );
    }
  }

  #leaf(entries: readonly LeafEntry[], inherited: Uint8Array, where: string): Entry[] {
    const found: Entry[] = [];
    for (const { key: rest, value } of entries) {
      const key = inherited.length === 0 ? rest : concatBytes([inherited, rest]);
      if (!startsWith(key, this.#prefix)) continue;
      if (this.#previous !== undefined && compareBytes(this.#previous, key) >= 0) {
        throw new LinnetError('CorruptFileError', `The keys of the B+tree node in ${where} are not after those of the node before it.`);
      }
      this.#previous = key;
      checkLimit('keys of a database', ++this.#count, LIMITS.ocdbtKeys);
      found.push({ key, value });
    }
    return found;
  }

  async *#children(children: readonly ChildEntry[], height: number, inherited: Uint8Array): AsyncGenerator<readonly Entry[]> {
    for (let i = 0; i < children.length; i++) {
      const child = children[i]!;
      const first = concatBytes([inherited, child.key]);
      if (compareBytes(first, this.#prefix) > 0 && !startsWith(first, this.#prefix)) return;
      const next = children[i + 1];
      if (next !== undefined && compareBytes(concatBytes([inherited, next.key]), this.#prefix) <= 0) continue;
      const length = inherited.length + child.prefixLength;
      checkLimit('prefix of a key', length, LIMITS.ocdbtKeyByteLength, 'bytes');
      yield* this.subtree({
        location: child.location,
        height: height - 1,
        inherited: first.subarray(0, length),
        keyCount: child.keyCount,
      });
    }
  }
}
