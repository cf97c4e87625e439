import { ByteWriter } from '#linnet/core';
import { type DataFile, dataFileTable, readDataFiles, writeDataFiles } from './dataFiles';
import { type EnvelopeCompression, openEnvelope, sealEnvelope } from './envelope';
import { readVarint, writeVarint } from './varint';
import { readVersions, type Version, writeVersions } from './versions';
import { readVersionNodeReferences, type VersionNodeReference } from './versionTree';

/** How a database is to be written; a reader needs none of it. */
export interface DatabaseConfig {
  /** 16 bytes that tell databases apart. */
  readonly uuid: Uint8Array;
  readonly maxInlineValueByteLength: number;
  readonly maxDecodedNodeByteLength: number;
  readonly versionTreeArityLog2: number;
  readonly compression: EnvelopeCompression;
}

/** The entry to a database. A numbered manifest has no versions: they are in the highest of the files `manifest.<16 hex digits>`. */
export interface Manifest {
  readonly kind: 'single' | 'numbered';
  readonly config: DatabaseConfig;
  /** The newest versions, oldest first. */
  readonly versions: readonly Version[];
  /** Where older ones are. */
  readonly olderVersions: readonly VersionNodeReference[];
}

/** Decodes `manifest.ocdbt` or one of the numbered files. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const reader = openEnvelope(bytes, 'manifest');
  const uuid = reader.take(16, 'uuid').slice();
  const kind = reader.uint8();
  if (kind > 1) throw reader.error(`manifest kind ${kind}; only 0 (single) and 1 (numbered) are known`);
  const maxInlineValueByteLength = readVarint(reader, 'max_inline_value_bytes');
  const maxDecodedNodeByteLength = readVarint(reader, 'max_decoded_node_bytes');
  const versionTreeArityLog2 = reader.uint8();
  const compression = readVarint(reader, 'compression method');
  if (compression > 1) throw reader.error(`compression method ${compression}; only 0 (none) and 1 (zstd) are known`);
  if (compression === 1) reader.take(4, 'zstd level');
  const config: DatabaseConfig = {
    uuid,
    maxInlineValueByteLength,
    maxDecodedNodeByteLength,
    versionTreeArityLog2,
    compression: compression === 0 ? 'none' : 'zstd',
  };
  if (kind === 1) {
    reader.end();
    return { kind: 'numbered', config, versions: [], olderVersions: [] };
  }
  const files = readDataFiles(reader, '');
  const versions = readVersions(reader, files);
  if (versions.length === 0) throw reader.error('there is no version');
  const olderVersions = readVersionNodeReferences(reader, files);
  reader.end();
  return { kind: 'single', config, versions, olderVersions };
}

const NO_FILE: DataFile = { base: '', path: '' };

/** A single manifest of one version. */
export function encodeManifest(config: DatabaseConfig, version: Version): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes(config.uuid);
  writer.uint8(0);
  writeVarint(writer, config.maxInlineValueByteLength);
  writeVarint(writer, config.maxDecodedNodeByteLength);
  writer.uint8(config.versionTreeArityLog2);
  writeVarint(writer, config.compression === 'none' ? 0 : 1);
  if (config.compression === 'zstd') writer.uint32(0);
  const { files, indexOf } = dataFileTable([version.root?.file ?? NO_FILE]);
  writeDataFiles(writer, files);
  writeVersions(writer, [version], indexOf, NO_FILE);
  writeVarint(writer, 0);
  return sealEnvelope('manifest', writer.finish(), config.compression);
}
