export { type DeflateFormat, deflate, inflate, storedDeflatePieces } from './deflate';
export { type JsonMap, type JsonValue, parseJson } from './json';
export type { DataLocation } from './ocdbt/dataFiles';
export {
  listOcdbtVersions,
  MANIFEST_NAME,
  type OcdbtEntry,
  type OcdbtOpenOptions,
  OcdbtReader,
  type OcdbtSurvey,
  openOcdbt,
} from './ocdbt/reader';
export { OcdbtWriter, type OcdbtWriterOptions } from './ocdbt/writer';
export type { ValueSink } from './valueSink';
export { chunkGrid, decodeZarrMetadata, openZarrArray, type ReadArrayOptions, type Slice, ZarrArray } from './zarr/array';
export type { Compression } from './zarr/compression';
export type { ZarrMetadata } from './zarr/metadata';
export { ZARRAY } from './zarr/metadataV2';
export { ZARR_JSON } from './zarr/metadataV3';
export { type WriteArrayOptions, writeZarrArray } from './zarr/write';
