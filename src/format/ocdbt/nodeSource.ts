import { checkLimit, LIMITS, LinnetError } from '#linnet/core';
import type { ReadableStore } from '#linnet/store';
import { withinAsync } from '../within';
import { type BTreeNode, decodeBTreeNode } from './btree';
import type { DataLocation } from './dataFiles';
import { decodeVersionNode, type VersionNode } from './versionTree';

/** Encoded bytes of nodes that are kept for the next lookup. */
const CACHE_BYTE_LENGTH = 16 * 1024 * 1024;

/** Where a stretch of a data file lies, for messages and as a key of maps. */
export const describeLocation = ({ file, offset }: DataLocation): string => `${file.path} at byte ${offset}`;

/** Reads stretches of the data files below `directory` of `store`, and keeps the nodes read last. */
export class NodeSource {
  readonly store: ReadableStore;
  readonly directory: string;
  readonly #nodes = new Map<string, { node: Promise<BTreeNode>; byteLength: number }>();
  #cached = 0;

  /** `directory` is "" or ends with a slash. */
  constructor(store: ReadableStore, directory: string) {
    this.store = store;
    this.directory = directory;
  }

  /** The bytes at `location`, or a part of them. */
  async bytes(location: DataLocation, part = { offset: 0, length: location.length }): Promise<Uint8Array> {
    const { path } = location.file;
    const range = { offset: location.offset + part.offset, length: part.length };
    const bytes = path === '' ? undefined : await this.store.read(this.directory + path, range);
    if (bytes === undefined) {
      throw new LinnetError('CorruptFileError', `The data file ${JSON.stringify(path)} is missing from ${this.store.name}.`, {
        details: { missing: this.directory + path },
      });
    }
    return bytes;
  }

  /** The B+tree node at `location`, which must have `height`. */
  async node(location: DataLocation, height: number): Promise<BTreeNode> {
    const key = `${height} ${describeLocation(location)} ${location.length}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known.node;
    const node = this.#read(location, (bytes) => decodeBTreeNode(bytes, location.file.base, height));
    this.#nodes.set(key, { node, byteLength: location.length });
    // A store that failed once may answer the next time.
    node.catch(() => this.#nodes.delete(key));
    this.#cached += location.length;
    for (const [oldest, { byteLength }] of this.#nodes) {
      if (this.#cached <= CACHE_BYTE_LENGTH || oldest === key) break;
      this.#nodes.delete(oldest);
      this.#cached -= byteLength;
    }
    return node;
  }

  /** The version tree node at `location`. */
  versionNode(location: DataLocation): Promise<VersionNode> {
    return this.#read(location, (bytes) => decodeVersionNode(bytes, location.file.base));
  }

  #read<T>(location: DataLocation, decode: (bytes: Uint8Array) => T): Promise<T> {
    return withinAsync(describeLocation(location), async () => {
      checkLimit('node', location.length, LIMITS.ocdbtNodeByteLength, 'bytes');
      return decode(await this.bytes(location));
    });
  }
}
