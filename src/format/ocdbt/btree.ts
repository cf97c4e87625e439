import { type ByteReader, ByteWriter, checkLimit, compareBytes, LIMITS } from '#linnet/core';
import { type DataLocation, dataFileAt, dataFileTable, readDataFiles, writeDataFiles } from './dataFiles';
import { type EnvelopeCompression, openEnvelope, sealEnvelope } from './envelope';
import { commonPrefixLength } from './prefixes';
import { readVarint, readVarints, writeVarint } from './varint';
import type { TreeStatistics } from './versions';

/** A value inside its node, or the place where it lies. */
export type ValueReference = Uint8Array | DataLocation;

/** A key and its value. Keys leave out the prefix that the node inherits from its parent. */
export interface LeafEntry {
  readonly key: Uint8Array;
  readonly value: ValueReference;
}

/** A child node: keys from `key` on; its own keys leave out the first `prefixLength` bytes of `key`. */
export interface ChildEntry extends TreeStatistics {
  readonly key: Uint8Array;
  readonly prefixLength: number;
  readonly location: DataLocation;
}

/** A B+tree node: entries at height 0, children above. Keys are strictly increasing, byte-wise. */
export type BTreeNode =
  | { readonly height: 0; readonly entries: readonly LeafEntry[] }
  | { readonly height: number; readonly entries: readonly ChildEntry[] };

/** Whether `node` is a leaf. */
export const isLeaf = (node: BTreeNode): node is BTreeNode & { readonly height: 0; readonly entries: readonly LeafEntry[] } =>
  node.height === 0;

interface Keys {
  readonly keys: Uint8Array[];
  /** Only above height 0. */
  readonly prefixLengths: number[];
}

/** Key columns, written out in full. Their total is bounded first: shared prefixes could unfold a small node to gigabytes. */
function readKeys(reader: ByteReader, count: number, height: number): Keys {
  const shared = [0, ...readVarints(reader, count - 1, 'key prefix length')];
  const suffixLengths = readVarints(reader, count, 'key suffix length');
  const prefixLengths = height > 0 ? readVarints(reader, count, 'subtree prefix length') : [];
  let total = 0;
  suffixLengths.forEach((suffix, i) => {
    const length = shared[i]! + suffix;
    if (length > LIMITS.ocdbtKeyByteLength) throw reader.error(`key ${i} has ${length} bytes, more than ${LIMITS.ocdbtKeyByteLength},`);
    total += length;
  });
  checkLimit('keys of one B+tree node', total, LIMITS.ocdbtNodeKeyByteLength, 'bytes');
  const arena = new Uint8Array(total);
  let at = 0;
  let previous = arena.subarray(0, 0);
  const keys = suffixLengths.map((suffix, i) => {
    const prefix = shared[i]!;
    const where = reader.offset;
    if (prefix > previous.length) throw reader.error(`key ${i} shares ${prefix} bytes with a key of ${previous.length}`, where);
    const key = arena.subarray(at, at + prefix + suffix);
    key.set(previous.subarray(0, prefix));
    key.set(reader.take(suffix, `key ${i}`), prefix);
    if (i > 0 && compareBytes(previous, key) >= 0) throw reader.error(`key ${i} is not after key ${i - 1}`, where);
    at += key.length;
    previous = key;
    return key;
  });
  return { keys, prefixLengths };
}

/** Decodes the node in `bytes`, which must have `height`. `base` is that of its data file. */
export function decodeBTreeNode(bytes: Uint8Array, base: string, height: number): BTreeNode {
  const reader = openEnvelope(bytes, 'B+tree node');
  const found = reader.uint8();
  if (found !== height) throw reader.error(`height ${found} where ${height} is expected`, 0);
  const files = readDataFiles(reader, base);
  const count = readVarint(reader, 'number of entries');
  if (count === 0) throw reader.error('it has no entries');
  checkLimit('entries of one B+tree node', count, LIMITS.ocdbtNodeEntries);
  const { keys, prefixLengths } = readKeys(reader, count, height);
  const locate = (fileId: number, offset: number, length: number, what: string): DataLocation => {
    if (!Number.isSafeInteger(offset + length)) throw reader.error(`${what} lies at ${offset}, out of range,`);
    return { file: dataFileAt(files, fileId, reader, what), offset, length };
  };
  const node: BTreeNode =
    height === 0
      ? { height: 0, entries: readLeafEntries(reader, keys, locate) }
      : { height, entries: readChildEntries(reader, keys, prefixLengths, locate) };
  reader.end();
  return node;
}

type Locate = (fileId: number, offset: number, length: number, what: string) => DataLocation;

function readLeafEntries(reader: ByteReader, keys: readonly Uint8Array[], locate: Locate): LeafEntry[] {
  const lengths = readVarints(reader, keys.length, 'value length');
  const kinds = reader.take(keys.length, 'value kinds');
  const outside = kinds.reduce((sum, kind) => sum + (kind === 1 ? 1 : 0), 0);
  const fileIds = readVarints(reader, outside, 'value data file');
  const offsets = readVarints(reader, outside, 'value offset');
  let next = 0;
  return keys.map((key, i) => {
    const length = lengths[i]!;
    if (kinds[i] === 1) {
      const value = locate(fileIds[next]!, offsets[next]!, length, `the value of key ${i}`);
      next++;
      return { key, value };
    }
    if (kinds[i] !== 0) throw reader.error(`the value of key ${i} has kind ${kinds[i]}; only 0 (inline) and 1 (outside) are known`);
    checkLimit(`the inline value of key ${i}`, length, LIMITS.ocdbtInlineValueByteLength, 'bytes');
    return { key, value: reader.take(length, `the value of key ${i}`) };
  });
}

function readChildEntries(reader: ByteReader, keys: readonly Uint8Array[], prefixLengths: readonly number[], locate: Locate): ChildEntry[] {
  const fileIds = readVarints(reader, keys.length, 'child data file');
  const offsets = readVarints(reader, keys.length, 'child offset');
  const lengths = readVarints(reader, keys.length, 'child length');
  const keyCounts = readVarints(reader, keys.length, 'number of keys');
  const treeByteLengths = readVarints(reader, keys.length, 'tree size');
  const indirectByteLengths = readVarints(reader, keys.length, 'size of values');
  return keys.map((key, i) => {
    const prefixLength = prefixLengths[i]!;
    if (prefixLength > key.length) throw reader.error(`child ${i} hands down ${prefixLength} bytes of a key of ${key.length}`);
    return {
      key,
      prefixLength,
      location: locate(fileIds[i]!, offsets[i]!, lengths[i]!, `child ${i}`),
      keyCount: keyCounts[i]!,
      treeByteLength: treeByteLengths[i]!,
      indirectByteLength: indirectByteLengths[i]!,
    };
  });
}

/** Encodes a node whose keys leave out the inherited prefix and are in order. */
export function encodeBTreeNode(node: BTreeNode, compression: EnvelopeCompression): Uint8Array {
  const writer = new ByteWriter(4096);
  const leaf = isLeaf(node);
  const locations = leaf
    ? node.entries.flatMap(({ value }) => (value instanceof Uint8Array ? [] : [value]))
    : (node.entries as readonly ChildEntry[]).map(({ location }) => location);
  const { files, indexOf } = dataFileTable(locations.map(({ file }) => file));
  writer.uint8(node.height);
  writeDataFiles(writer, files);
  writeVarint(writer, node.entries.length);
  const keys = node.entries.map(({ key }) => key);
  const shared = keys.map((key, i) => (i === 0 ? 0 : commonPrefixLength(key, keys[i - 1]!)));
  for (const prefix of shared.slice(1)) writeVarint(writer, prefix);
  keys.forEach((key, i) => {
    writeVarint(writer, key.length - shared[i]!);
  });
  if (!leaf) for (const child of node.entries as readonly ChildEntry[]) writeVarint(writer, child.prefixLength);
  keys.forEach((key, i) => {
    writer.bytes(key.subarray(shared[i]!));
  });
  if (leaf) writeLeafValues(writer, node.entries);
  for (const { file } of locations) writeVarint(writer, indexOf(file));
  for (const { offset } of locations) writeVarint(writer, offset);
  if (leaf) for (const { value } of node.entries) writer.bytes(value instanceof Uint8Array ? value : EMPTY);
  else writeChildColumns(writer, node.entries as readonly ChildEntry[]);
  return sealEnvelope('B+tree node', writer.finish(), compression);
}

const EMPTY = new Uint8Array(0);

function writeLeafValues(writer: ByteWriter, entries: readonly LeafEntry[]): void {
  for (const { value } of entries) writeVarint(writer, value.length);
  for (const { value } of entries) writer.uint8(value instanceof Uint8Array ? 0 : 1);
}

function writeChildColumns(writer: ByteWriter, entries: readonly ChildEntry[]): void {
  for (const child of entries) writeVarint(writer, child.location.length);
  for (const child of entries) writeVarint(writer, child.keyCount);
  for (const child of entries) writeVarint(writer, child.treeByteLength);
  for (const child of entries) writeVarint(writer, child.indirectByteLength);
}
