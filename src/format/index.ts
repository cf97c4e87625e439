export { type DeflateFormat, deflate, inflate, storedDeflatePieces } from './deflate';
export { type JsonMap, type JsonValue, parseJson } from './json';
export { decodeNpy, decodeNpyHeader, isNpy, type NpyHeader, npyArray, npyHeaderByteLength, npyPieces } from './npy';
export { type NpzFile, npzArchive, npzOf, openNpz } from './npz';
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
export { bytesAccess, partOfAccess, type RandomAccess, storeAccess } from './randomAccess';
export { type FileKind, recogniseFile, refuseForeignArchive, refuseForeignFile } from './recognise';
export { openSafetensors, type SafetensorsEntry, type SafetensorsFile, safetensorsPieces } from './safetensors';
export type { ValueSink } from './valueSink';
export { chunkGrid, decodeZarrMetadata, openZarrArray, type ReadArrayOptions, type Slice, ZarrArray } from './zarr/array';
export type { Compression } from './zarr/compression';
export type { ZarrMetadata } from './zarr/metadata';
export { ZARRAY } from './zarr/metadataV2';
export { ZARR_JSON } from './zarr/metadataV3';
export { type WriteArrayOptions, writeZarrArray } from './zarr/write';
export { checkFileName, foldFileName } from './zip/names';
export { openZip, ZipStore } from './zip/reader';
export { type ZipFile, zipArchive } from './zip/writer';
