import { compareBytes, invariant, LinnetError } from '#linnet/core';
import { type ChildEntry, encodeBTreeNode, type LeafEntry } from './btree';
import type { DataLocation } from './dataFiles';
import type { EnvelopeCompression } from './envelope';
import { commonPrefixLength } from './prefixes';
import type { TreeStatistics } from './versions';

/** How large nodes may become. */
export interface NodeLimits {
  /** Entries of one node. */
  readonly entries: number;
  /** Bytes of a node before it is packed. */
  readonly byteLength: number;
}

/** A finished tree. */
export interface BuiltTree extends TreeStatistics {
  readonly root: DataLocation;
  readonly height: number;
}

/** A node of the level below, with full keys. */
interface Built extends TreeStatistics {
  readonly first: Uint8Array;
  readonly last: Uint8Array;
  readonly prefixLength: number;
  readonly location: DataLocation;
}

/** Bytes an entry takes beside its key and value, at most: a dozen numbers. */
const ENTRY_OVERHEAD = 64;

/** Splits `items` in order so that no group is above the limits. */
function group<T>(items: readonly T[], limits: NodeLimits, byteLength: (item: T) => number): T[][] {
  const groups: T[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const length = byteLength(item) + ENTRY_OVERHEAD;
    const current = groups.at(-1);
    if (current === undefined || current.length >= limits.entries || size + length > limits.byteLength) {
      groups.push([item]);
      size = length;
    } else {
      current.push(item);
      size += length;
    }
  }
  return groups;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Builds the B+tree of `entries` (full keys) from its leaves up. `append` stores an encoded node and says where. */
export class TreeBuilder {
  readonly #limits: NodeLimits;
  readonly #compression: EnvelopeCompression;
  readonly #append: (node: Uint8Array) => Promise<DataLocation>;

  constructor(limits: NodeLimits, compression: EnvelopeCompression, append: (node: Uint8Array) => Promise<DataLocation>) {
    this.#limits = limits;
    this.#compression = compression;
    this.#append = append;
  }

  /** Sorts and writes at least one entry. Errors: InvalidArgumentError for a key that occurs twice. */
  async build(entries: readonly LeafEntry[]): Promise<BuiltTree> {
    invariant(entries.length > 0, 'a tree needs entries');
    const sorted = entries.toSorted((a, b) => compareBytes(a.key, b.key));
    for (let i = 1; i < sorted.length; i++) {
      if (compareBytes(sorted[i - 1]!.key, sorted[i]!.key) !== 0) continue;
      throw new LinnetError(
        'InvalidArgumentError',
        `The key ${JSON.stringify(new TextDecoder().decode(sorted[i]!.key))} is written twice.`,
      );
    }
    const valueByteLength = ({ value }: LeafEntry): number => (value instanceof Uint8Array ? value.length : 0);
    const leaves = group(sorted, this.#limits, (entry) => entry.key.length + valueByteLength(entry));
    let level: Built[] = [];
    for (const leaf of leaves) level.push(await this.#leaf(leaf, leaves.length === 1));
    let height = 0;
    while (level.length > 1) {
      height++;
      // A node of one child would add a level and nothing else, for ever.
      const parents = group(level, { ...this.#limits, entries: Math.max(this.#limits.entries, 2) }, (child) => child.first.length);
      if (parents.length === level.length)
        throw new LinnetError('InvalidArgumentError', 'The limits leave no room for two entries in a node.');
      const next: Built[] = [];
      for (const children of parents) next.push(await this.#interior(children, height, parents.length === 1));
      level = next;
    }
    const { location, keyCount, treeByteLength, indirectByteLength } = level[0]!;
    return { root: location, height, keyCount, treeByteLength, indirectByteLength };
  }

  async #leaf(entries: readonly LeafEntry[], isRoot: boolean): Promise<Built> {
    const [first, last] = [entries[0]!.key, entries.at(-1)!.key];
    const prefixLength = isRoot ? 0 : commonPrefixLength(first, last);
    const relative = entries.map(({ key, value }) => ({ key: key.subarray(prefixLength), value }));
    const location = await this.#append(encodeBTreeNode({ height: 0, entries: relative }, this.#compression));
    const indirectByteLength = sum(entries.map(({ value }) => (value instanceof Uint8Array ? 0 : value.length)));
    return { first, last, prefixLength, location, keyCount: entries.length, treeByteLength: location.length, indirectByteLength };
  }

  async #interior(children: readonly Built[], height: number, isRoot: boolean): Promise<Built> {
    const [first, last] = [children[0]!.first, children.at(-1)!.last];
    const prefixLength = isRoot ? 0 : commonPrefixLength(first, last);
    const entries = children.map(
      (child): ChildEntry => ({
        key: child.first.subarray(prefixLength),
        prefixLength: child.prefixLength - prefixLength,
        location: child.location,
        keyCount: child.keyCount,
        treeByteLength: child.treeByteLength,
        indirectByteLength: child.indirectByteLength,
      }),
    );
    const location = await this.#append(encodeBTreeNode({ height, entries }, this.#compression));
    return {
      first,
      last,
      prefixLength,
      location,
      keyCount: sum(children.map(({ keyCount }) => keyCount)),
      treeByteLength: location.length + sum(children.map(({ treeByteLength }) => treeByteLength)),
      indirectByteLength: sum(children.map(({ indirectByteLength }) => indirectByteLength)),
    };
  }
}
