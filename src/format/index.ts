export { decodeNpy } from './npy';
export { type NpzFile, npzArchive, npzOf, openNpz } from './npz';
export type { DataLocation } from './ocdbt/dataFiles';
export {
  type OcdbtEntry,
  type OcdbtOpenOptions,
  OcdbtReader,
  type OcdbtSurvey,
  openOcdbt,
} from './ocdbt/reader';
export { OcdbtWriter, type OcdbtWriterOptions } from './ocdbt/writer';
export { bytesAccess, type RandomAccess, storeAccess } from './randomAccess';
export { type FileKind, recogniseFile, refuseForeignArchive, refuseForeignFile } from './recognise';
export { openSafetensors, type SafetensorsEntry, type SafetensorsFile, safetensorsPieces } from './safetensors';
export type { ValueSink } from './valueSink';
export { type OpenArrayOptions, openZarrArray, type ReadArrayOptions, type Slice, ZarrArray } from './zarr/array';
export type { Compression } from './zarr/compression';
export type { ZarrMetadata } from './zarr/metadata';
export { type WriteArrayOptions, writeZarrArray } from './zarr/write';
export { openZip } from './zip/reader';
export { type ZipFile, zipArchive } from './zip/writer';
