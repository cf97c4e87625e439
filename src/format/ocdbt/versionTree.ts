import { type ByteReader, checkLimit, LIMITS } from '#linnet/core';
import { type DataFile, type DataLocation, dataFileAt, readDataFiles } from './dataFiles';
import { openEnvelope } from './envelope';
import { readVarint, readVarints } from './varint';
import { readVersions, type Version } from './versions';

/** A node that holds older versions. */
export interface VersionNodeReference {
  /** Highest generation below. */
  readonly generation: number;
  readonly location: DataLocation;
  readonly generationCount: number;
  readonly height: number;
}

/** Reads references to version tree nodes. In a manifest each states its height; in a node all have `height`. */
export function readVersionNodeReferences(reader: ByteReader, files: readonly DataFile[], height?: number): VersionNodeReference[] {
  const at = reader.offset;
  const count = readVarint(reader, 'number of version tree nodes');
  checkLimit('version tree nodes in one table', count, LIMITS.ocdbtVersions);
  const generations = readVarints(reader, count, 'generation number');
  const fileIds = readVarints(reader, count, 'version tree node data file');
  const offsets = readVarints(reader, count, 'version tree node offset');
  const lengths = readVarints(reader, count, 'version tree node length');
  const generationCounts = readVarints(reader, count, 'number of generations');
  reader.take(count * 8, 'commit times');
  const heights = height === undefined ? Array.from(reader.take(count, 'version tree node height')) : undefined;
  return generations.map((generation, i) => {
    if (generation <= (generations[i - 1] ?? 0)) throw reader.error(`generation ${generation} follows ${generations[i - 1] ?? 0}`, at);
    const file = dataFileAt(files, fileIds[i]!, reader, `version tree node ${i}`);
    return {
      generation,
      location: { file, offset: offsets[i]!, length: lengths[i]! },
      generationCount: generationCounts[i]!,
      height: heights?.[i] ?? height!,
    };
  });
}

/** A decoded version tree node: versions at height 0, references above. */
export type VersionNode =
  | { readonly height: 0; readonly versions: readonly Version[] }
  | { readonly height: number; readonly references: readonly VersionNodeReference[] };

/** Decodes a version tree node whose file has the base `base`. */
export function decodeVersionNode(bytes: Uint8Array, base: string): VersionNode {
  const reader = openEnvelope(bytes, 'version tree node');
  reader.uint8(); // arity, of use to writers only
  const height = reader.uint8();
  checkLimit('levels of a version tree', height + 1, LIMITS.ocdbtDepth);
  const files = readDataFiles(reader, base);
  const node: VersionNode =
    height === 0
      ? { height: 0, versions: readVersions(reader, files) }
      : { height, references: readVersionNodeReferences(reader, files, height - 1) };
  reader.end();
  return node;
}
