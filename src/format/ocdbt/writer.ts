import { concatBytes, encodeUtf8, LIMITS, LinnetError, toHex, toLinnetError } from '#linnet/core';
import { type ByteSource, HeldBytes } from '#linnet/store';
import { totalByteLength, type ValueSink } from '../valueSink';
import type { LeafEntry, ValueReference } from './btree';
import type { DataLocation } from './dataFiles';
import { type DataFileWriter, writeDataFile } from './dataFileWriter';
import type { EnvelopeCompression } from './envelope';
import { type DatabaseConfig, encodeManifest } from './manifest';
import { MANIFEST_NAME } from './reader';
import { TreeBuilder } from './treeBuilder';
import type { Version } from './versions';

export interface OcdbtWriterOptions {
  /** Directory of the database in the store: "" (the default) or with a slash at the end. */
  readonly directory?: string;
  /** How manifest and nodes are packed: "none" (the default) or "zstd", whose frames Linnet does not compress much. */
  readonly compression?: EnvelopeCompression;
  /** Values up to this size go into the nodes; Orbax has 1024. */
  readonly maxInlineValueByteLength?: number;
  /** Nodes are split above this size. Orbax has 100 MB, and readers refuse more. */
  readonly maxNodeByteLength?: number;
  /** Nodes are split above this number of entries. */
  readonly maxNodeEntries?: number;
  /** A new data file is begun above this size. */
  readonly dataFileByteLength?: number;
  /** When the database was made, in nanoseconds since 1970; 0 by default. */
  readonly commitTime?: bigint;
  /** Random bytes for names and the database's uuid; the platform's by default. */
  readonly randomBytes?: (byteLength: number) => Uint8Array;
}

const DEFAULTS = {
  directory: '',
  compression: 'none',
  maxInlineValueByteLength: 1024,
  maxNodeByteLength: 8 * 1024 * 1024,
  maxNodeEntries: LIMITS.ocdbtNodeEntries,
  dataFileByteLength: 1024 ** 3,
  commitTime: 0n,
  randomBytes: (byteLength: number): Uint8Array => crypto.getRandomValues(new Uint8Array(byteLength)),
} as const satisfies Required<OcdbtWriterOptions>;

/** What Orbax states in every manifest. */
const MAX_DECODED_NODE_BYTES = 100_000_000;
const VERSION_TREE_ARITY_LOG2 = 4;

/** Metadata stay inside the nodes whatever their size: there a checksum covers them, and no value is read to list a tree. */
const IS_METADATA = /(^|\/)(\.zarray|zarr\.json)$/;

/** Encoded as UTF-8 they would all become one replacement character, and keys that differ the same. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Small values that wait for their node; beyond this they go to the data file like large ones, so that memory stays bounded. */
const INLINE_BUDGET = 32 * 1024 * 1024;

/**
 * Writes one OCDBT database: values in any order as they come, then, in `finish`, the B+tree, and last the manifest. Without `finish` there
 * is no manifest, so nothing unfinished can be taken for a database. One `write` at a time.
 */
export class OcdbtWriter implements ValueSink {
  readonly #sink: ValueSink;
  readonly #options: Required<OcdbtWriterOptions>;
  readonly #entries: LeafEntry[] = [];
  #inlineBytes = 0;
  #dataFile: DataFileWriter | undefined;
  #busy = false;
  #ended = false;

  constructor(sink: ValueSink, options: OcdbtWriterOptions = {}) {
    this.#sink = sink;
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Number of keys written so far. */
  get keyCount(): number {
    return this.#entries.length;
  }

  /** Sets the value of `key`, which must not be written twice. */
  async write(key: string, data: ByteSource): Promise<void> {
    if (LONE_SURROGATE.test(key)) {
      throw new LinnetError('InvalidArgumentError', `The key ${JSON.stringify(key)} has half a character; it cannot be written as UTF-8.`);
    }
    const bytes = encodeUtf8(key);
    if (bytes.length > LIMITS.ocdbtKeyByteLength) {
      throw new LinnetError(
        'LimitExceededError',
        `The key ${JSON.stringify(`${key.slice(0, 60)}…`)} has ${bytes.length} bytes, more than ${LIMITS.ocdbtKeyByteLength}.`,
      );
    }
    await this.#alone(async () => {
      const inlineLimit = IS_METADATA.test(key) ? LIMITS.ocdbtInlineValueByteLength : this.#options.maxInlineValueByteLength;
      const held = data instanceof Uint8Array ? [data] : data instanceof HeldBytes ? data.pieces : undefined;
      const value = held
        ? await this.#place(held, undefined, inlineLimit)
        : await this.#stream(data as AsyncIterable<Uint8Array>, inlineLimit);
      this.#entries.push({ key: bytes, value });
    });
  }

  /** Writes the tree and the manifest. */
  async finish(): Promise<void> {
    await this.#alone(async () => {
      const version = await this.#buildTree();
      await this.#dataFile?.close();
      const { directory, maxInlineValueByteLength, compression, randomBytes } = this.#options;
      const config: DatabaseConfig = {
        uuid: randomBytes(16),
        maxInlineValueByteLength,
        maxDecodedNodeByteLength: MAX_DECODED_NODE_BYTES,
        versionTreeArityLog2: VERSION_TREE_ARITY_LOG2,
        compression,
      };
      await this.#sink.write(directory + MANIFEST_NAME, encodeManifest(config, version));
      this.#ended = true;
    });
  }

  /** Gives up what was begun; the data files are left without a manifest. */
  async abort(): Promise<void> {
    this.#ended = true;
    await this.#dataFile?.abort(new LinnetError('AbortedError', 'Writing the database was given up.'));
  }

  /** One write at a time: two would mix their bytes in the data file. */
  async #alone(action: () => Promise<void>): Promise<void> {
    if (this.#ended) throw new LinnetError('InvalidArgumentError', 'The database is finished or given up; nothing can be added.');
    if (this.#busy) throw new LinnetError('InvalidArgumentError', 'A write to the database has not ended yet; await it first.');
    this.#busy = true;
    try {
      await action();
    } catch (error) {
      throw toLinnetError(error, 'StorageError', 'Writing the database failed');
    } finally {
      this.#busy = false;
    }
  }

  /** Takes pieces until it is clear whether the value is small. */
  async #stream(pieces: AsyncIterable<Uint8Array>, inlineLimit: number): Promise<ValueReference> {
    const head: Uint8Array[] = [];
    let length = 0;
    const iterator = pieces[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) return this.#place(head, undefined, inlineLimit);
      length += value.length;
      if (length > inlineLimit) return this.#place([...head, this.#lasting(value)], iterator, inlineLimit);
      // The next piece may come in the same memory.
      head.push(value.slice());
    }
  }

  /** A piece of a stream, whose next piece may come in the same memory, as the sink may have it. */
  #lasting(piece: Uint8Array): Uint8Array {
    return this.#sink.keepsPieces ? piece.slice() : piece;
  }

  async #place(head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array> | undefined, inlineLimit: number): Promise<ValueReference> {
    const length = totalByteLength(head);
    const isOrdinary = inlineLimit === this.#options.maxInlineValueByteLength;
    const fits = length <= inlineLimit && (length === 0 || !isOrdinary || this.#inlineBytes + length <= INLINE_BUDGET);
    if (rest === undefined && fits) {
      this.#inlineBytes += length;
      return concatBytes(head);
    }
    const file = await this.#openDataFile();
    const offset = file.length;
    for (const piece of head) await file.append(piece);
    for (let next = await rest?.next(); next !== undefined && next.done !== true; next = await rest?.next())
      await file.append(this.#lasting(next.value));
    return { file: file.file, offset, length: file.length - offset };
  }

  async #openDataFile(): Promise<DataFileWriter> {
    const { directory, dataFileByteLength, randomBytes } = this.#options;
    if (this.#dataFile !== undefined && this.#dataFile.length >= dataFileByteLength) {
      await this.#dataFile.close();
      this.#dataFile = undefined;
    }
    this.#dataFile ??= writeDataFile(this.#sink, directory, `d/${toHex(randomBytes(16))}`);
    return this.#dataFile;
  }

  async #appendNode(node: Uint8Array): Promise<DataLocation> {
    const file = await this.#openDataFile();
    const offset = file.length;
    await file.append(node);
    return { file: file.file, offset, length: node.length };
  }

  async #buildTree(): Promise<Version> {
    const { commitTime, compression, maxNodeByteLength, maxNodeEntries } = this.#options;
    const first = { generation: 1, commitTime };
    if (this.#entries.length === 0) {
      return { ...first, rootHeight: 0, root: undefined, keyCount: 0, treeByteLength: 0, indirectByteLength: 0 };
    }
    const limits = { entries: maxNodeEntries, byteLength: maxNodeByteLength };
    const { height, ...tree } = await new TreeBuilder(limits, compression, (node) => this.#appendNode(node)).build(this.#entries);
    return { ...first, rootHeight: height, ...tree };
  }
}
