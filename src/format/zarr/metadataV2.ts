import { type DType, encodeUtf8, LinnetError } from '#linnet/core';
import { type JsonValue, parseJson } from '../json';
import { describeJson, jsonArray, jsonInteger, jsonIntegers, jsonObject, jsonString } from '../jsonFields';
import type { BytesCodec } from './bytesCodecs';
import { type Compression, compressionCodecs, compressionLevel } from './compression';
import { numpyDTypeName, parseNumpyDType } from './dtypes';
import { decodeFillValue } from './fillValue';
import { checkGeometry, type ZarrMetadata } from './metadata';

/** Name of the metadata file of a zarr v2 array. */
export const ZARRAY = '.zarray';

function decodeCompressor(value: JsonValue | undefined): BytesCodec[] {
  if (value === null) return [];
  const fields = jsonObject(value, 'compressor');
  const id = jsonString(fields.get('id'), 'compressor.id');
  const level = fields.get('level');
  if (id === 'zstd' || id === 'gzip' || id === 'zlib')
    return compressionCodecs({ id, level: typeof level === 'number' ? level : undefined });
  throw new LinnetError(
    'UnsupportedFormatError',
    `Chunks are compressed with ${JSON.stringify(id)}; Linnet reads zstd, gzip, zlib and uncompressed chunks. Save again with one of these.`,
  );
}

/** Decodes a `.zarray` file. Source: the zarr v2 specification. */
export function decodeMetadataV2(bytes: Uint8Array): ZarrMetadata {
  const fields = jsonObject(parseJson(bytes, ZARRAY), ZARRAY);
  const format = jsonInteger(fields.get('zarr_format'), 'zarr_format');
  if (format !== 2)
    throw new LinnetError('UnsupportedFormatError', `zarr_format is ${format} in a ${ZARRAY} file, where only 2 can stand.`);
  const shape = jsonIntegers(fields.get('shape'), 'shape');
  const chunkShape = jsonIntegers(fields.get('chunks'), 'chunks', 1);
  const dtypeName = fields.get('dtype');
  if (Array.isArray(dtypeName))
    throw new LinnetError('UnsupportedFormatError', 'The array holds records of several fields, which Linnet does not read.');
  const { dtype, littleEndian } = parseNumpyDType(jsonString(dtypeName, 'dtype'), 'zarr v2');
  checkGeometry(shape, chunkShape, dtype);
  const filters = fields.get('filters') ?? null;
  if (filters !== null && jsonArray(filters, 'filters').length > 0) {
    throw new LinnetError('UnsupportedFormatError', `The array has filters (${describeJson(filters)}), which Linnet does not read.`);
  }
  const order = jsonString(fields.get('order'), 'order');
  if (order !== 'C' && order !== 'F') throw new LinnetError('CorruptFileError', `order is ${describeJson(order)}, but must be "C" or "F".`);
  const separator = jsonString(fields.get('dimension_separator') ?? '.', 'dimension_separator');
  if (separator !== '.' && separator !== '/') {
    throw new LinnetError('CorruptFileError', `dimension_separator is ${describeJson(separator)}, but must be "." or "/".`);
  }
  return {
    zarrFormat: 2,
    dtype,
    shape,
    chunkShape,
    fillValue: decodeFillValue(fields.get('fill_value'), dtype),
    pipeline: {
      dtype,
      littleEndian,
      permutation: order === 'F' && shape.length > 1 ? shape.map((_, i) => shape.length - 1 - i) : undefined,
      codecs: decodeCompressor(fields.get('compressor')),
      sharding: undefined,
    },
    chunkKey: (coordinates) => (coordinates.length === 0 ? '0' : coordinates.join(separator)),
  };
}

/** A `.zarray` file as Orbax writes it: compact, names sorted. */
export function encodeMetadataV2(
  dtype: DType,
  shape: readonly number[],
  chunkShape: readonly number[],
  compression: Compression,
): Uint8Array {
  const compressor = compression.id === 'none' ? null : { id: compression.id, level: compressionLevel(compression) };
  return encodeUtf8(
    JSON.stringify({
      chunks: chunkShape,
      compressor,
      dimension_separator: '.',
      dtype: numpyDTypeName(dtype),
      fill_value: null,
      filters: null,
      order: 'C',
      shape,
      zarr_format: 2,
    }),
  );
}
