import { type ByteReader, type ByteWriter, checkLimit, LIMITS } from '#linnet/core';
import { type DataFile, type DataLocation, dataFileAt } from './dataFiles';
import { MISSING, readVarint, readVarints, writeVarint } from './varint';

/** Size of a tree: what TensorStore keeps for every node and version. */
export interface TreeStatistics {
  readonly keyCount: number;
  /** Encoded bytes of the root and all nodes below. */
  readonly treeByteLength: number;
  /** Bytes of all values that lie outside the nodes. */
  readonly indirectByteLength: number;
}

/** One state of the database. */
export interface Version extends TreeStatistics {
  readonly generation: number;
  readonly rootHeight: number;
  /** Undefined when there are no keys. */
  readonly root: DataLocation | undefined;
  /** Nanoseconds since 1970. */
  readonly commitTime: bigint;
}

/** Reads columns of versions, generations strictly increasing: the inline versions of a manifest and of version tree leaves. */
export function readVersions(reader: ByteReader, files: readonly DataFile[]): Version[] {
  const at = reader.offset;
  const count = readVarint(reader, 'number of versions');
  checkLimit('versions in one table', count, LIMITS.ocdbtVersions);
  const generations = readVarints(reader, count, 'generation number');
  const heights = Array.from(reader.take(count, 'root height'));
  const fileIds = readVarints(reader, count, 'root data file');
  const offsets = readVarints(reader, count, 'root offset', true);
  const lengths = readVarints(reader, count, 'root length', true);
  const keyCounts = readVarints(reader, count, 'number of keys');
  const treeByteLengths = readVarints(reader, count, 'tree size');
  const indirectByteLengths = readVarints(reader, count, 'size of values');
  const versions = generations.map((generation, i): Version => {
    if (generation <= (generations[i - 1] ?? 0)) throw reader.error(`generation ${generation} follows ${generations[i - 1] ?? 0}`, at);
    const [offset, length, height] = [offsets[i]!, lengths[i]!, heights[i]!];
    const file = dataFileAt(files, fileIds[i]!, reader, `version ${generation}`);
    const statistics = { keyCount: keyCounts[i]!, treeByteLength: treeByteLengths[i]!, indirectByteLength: indirectByteLengths[i]! };
    checkLimit('levels of a B+tree', height + 1, LIMITS.ocdbtDepth);
    checkLimit('keys of a database', statistics.keyCount, LIMITS.ocdbtKeys);
    const isEmpty = offset === MISSING && length === MISSING;
    if (isEmpty && (height !== 0 || statistics.keyCount !== 0)) throw reader.error(`version ${generation} has keys but no root`, at);
    if (!isEmpty && !Number.isSafeInteger(offset + length)) throw reader.error(`the root of version ${generation} lies out of range`, at);
    const root = isEmpty ? undefined : { file, offset, length };
    return { generation, rootHeight: height, root, ...statistics, commitTime: reader.uint64() };
  });
  return versions;
}

/** Writes columns of versions. `indexOf` gives a file's place in the table; versions without a root name `noFile`. */
export function writeVersions(
  writer: ByteWriter,
  versions: readonly Version[],
  indexOf: (file: DataFile) => number,
  noFile: DataFile,
): void {
  writeVarint(writer, versions.length);
  for (const version of versions) writeVarint(writer, version.generation);
  for (const version of versions) writer.uint8(version.rootHeight);
  for (const version of versions) writeVarint(writer, indexOf(version.root?.file ?? noFile));
  for (const version of versions) writeVarint(writer, version.root?.offset ?? MISSING);
  for (const version of versions) writeVarint(writer, version.root?.length ?? MISSING);
  for (const version of versions) writeVarint(writer, version.keyCount);
  for (const version of versions) writeVarint(writer, version.treeByteLength);
  for (const version of versions) writeVarint(writer, version.indirectByteLength);
  for (const version of versions) writer.uint64(version.commitTime);
}
