import { type DType, dtypeKind, encodeUtf8, formatShape, LinnetError } from '#linnet/core';
import { type JsonMap, type JsonValue, parseJson } from '../json';
import { describeJson, jsonArray, jsonInteger, jsonIntegers, jsonObject, jsonString } from '../jsonFields';
import { within } from '../within';
import { type BytesCodec, crc32cCodec } from './bytesCodecs';
import { type Compression, compressionCodecs, compressionLevel } from './compression';
import { parseZarr3DType } from './dtypes';
import { decodeFillValue } from './fillValue';
import { checkGeometry, type ZarrMetadata } from './metadata';
import type { ChunkPipeline, ShardingSpec } from './pipeline';

/** Name of the metadata file of a zarr v3 array. */
export const ZARR_JSON = 'zarr.json';

interface Named {
  readonly name: string;
  readonly configuration: JsonMap;
}

/** An extension point: a name and a configuration, or just the name. */
function named(value: JsonValue | undefined, what: string): Named {
  if (typeof value === 'string') return { name: value, configuration: new Map() };
  const fields = jsonObject(value, what);
  const configuration = fields.get('configuration');
  return {
    name: jsonString(fields.get('name'), `${what}.name`),
    configuration: configuration === undefined ? new Map() : jsonObject(configuration, `${what}.configuration`),
  };
}

const unsupported = (what: string, name: string, known: string): LinnetError =>
  new LinnetError('UnsupportedFormatError', `The ${what} is ${JSON.stringify(name.slice(0, 80))}; Linnet reads ${known}.`);

function decodeBytesCodec({ name, configuration }: Named): BytesCodec {
  if (name === 'crc32c') return crc32cCodec;
  if (name !== 'zstd' && name !== 'gzip' && name !== 'zlib') throw unsupported('codec', name, 'zstd, gzip, zlib and crc32c');
  const level = configuration.get('level');
  return compressionCodecs({ id: name, level: typeof level === 'number' ? level : undefined })[0]!;
}

function decodePermutation(value: JsonValue | undefined, rank: number): number[] {
  const order = jsonIntegers(value, 'order of the transpose codec');
  if (order.toSorted((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== rank) {
    throw new LinnetError('CorruptFileError', `The transpose codec has the order ${formatShape(order)} for an array of ${rank} axes.`);
  }
  return order;
}

function decodeEndian(configuration: JsonMap): boolean {
  const endian = configuration.get('endian') ?? 'little';
  if (endian !== 'little' && endian !== 'big') throw new LinnetError('CorruptFileError', `endian is ${describeJson(endian)}.`);
  return endian === 'little';
}

/** Sharding in sharding: real arrays have one level. */
const MAX_SHARDING = 3;

function decodeCodecs(value: JsonValue | undefined, dtype: DType, chunkShape: readonly number[], level = 0): ChunkPipeline {
  const codecs = jsonArray(value, 'codecs').map((codec, i) => named(codec, `codecs[${i}]`));
  let next = 0;
  let permutation: number[] | undefined;
  if (codecs[next]?.name === 'transpose') permutation = decodePermutation(codecs[next++]!.configuration.get('order'), chunkShape.length);
  const toBytes = codecs[next++];
  if (toBytes === undefined) throw new LinnetError('CorruptFileError', 'codecs has none that turns an array into bytes.');
  const rest = codecs.slice(next).map(decodeBytesCodec);
  if (toBytes.name === 'bytes') {
    return { dtype, permutation, littleEndian: decodeEndian(toBytes.configuration), codecs: rest, sharding: undefined };
  }
  if (toBytes.name !== 'sharding_indexed')
    throw unsupported('codec that turns an array into bytes', toBytes.name, 'bytes and sharding_indexed');
  if (permutation !== undefined) throw unsupported('codec before sharding_indexed', 'transpose', 'sharding without one');
  if (level === MAX_SHARDING) throw new LinnetError('LimitExceededError', `Shards are nested deeper than ${MAX_SHARDING} levels.`);
  const sharding = within('sharding_indexed', () => decodeSharding(toBytes.configuration, dtype, chunkShape, level));
  return { dtype, permutation, littleEndian: true, codecs: rest, sharding };
}

function decodeSharding(configuration: JsonMap, dtype: DType, shardShape: readonly number[], level: number): ShardingSpec {
  const chunkShape = jsonIntegers(configuration.get('chunk_shape'), 'chunk_shape', 1);
  checkGeometry(shardShape, chunkShape, dtype);
  if (shardShape.some((dim, axis) => dim % chunkShape[axis]! !== 0)) {
    throw new LinnetError('CorruptFileError', `Inner chunks ${formatShape(chunkShape)} do not divide shards ${formatShape(shardShape)}.`);
  }
  const index = jsonArray(configuration.get('index_codecs'), 'index_codecs').map((codec, i) => named(codec, `index_codecs[${i}]`));
  if (index[0]?.name !== 'bytes' || !decodeEndian(index[0].configuration)) {
    throw unsupported('first index codec', index[0]?.name ?? 'none', 'bytes, little-endian');
  }
  const indexCodecs = index.slice(1).map((codec) => {
    if (codec.name !== 'crc32c') throw unsupported('index codec', codec.name, 'crc32c');
    return crc32cCodec;
  });
  const location = configuration.get('index_location') ?? 'end';
  if (location !== 'start' && location !== 'end') throw new LinnetError('CorruptFileError', `index_location is ${describeJson(location)}.`);
  return {
    chunkShape,
    inner: decodeCodecs(configuration.get('codecs'), dtype, chunkShape, level + 1),
    indexCodecs,
    indexLocation: location,
  };
}

function decodeChunkKey(value: JsonValue | undefined): ZarrMetadata['chunkKey'] {
  const { name, configuration } = named(value, 'chunk_key_encoding');
  if (name !== 'default' && name !== 'v2') throw unsupported('chunk_key_encoding', name, 'default and v2');
  const separator = configuration.get('separator') ?? (name === 'default' ? '/' : '.');
  if (separator !== '/' && separator !== '.')
    throw new LinnetError('CorruptFileError', `The chunk key separator is ${describeJson(separator)}.`);
  if (name === 'default') return (coordinates) => ['c', ...coordinates].join(separator);
  return (coordinates) => (coordinates.length === 0 ? '0' : coordinates.join(separator));
}

/** Decodes a `zarr.json` file of an array. Source: the zarr v3 specification. */
export function decodeMetadataV3(bytes: Uint8Array): ZarrMetadata {
  const fields = jsonObject(parseJson(bytes, ZARR_JSON), ZARR_JSON);
  const format = jsonInteger(fields.get('zarr_format'), 'zarr_format');
  if (format !== 3)
    throw new LinnetError('UnsupportedFormatError', `zarr_format is ${format} in a ${ZARR_JSON} file, where only 3 can stand.`);
  const nodeType = jsonString(fields.get('node_type'), 'node_type');
  if (nodeType !== 'array')
    throw new LinnetError('UnsupportedFormatError', `node_type is ${describeJson(nodeType)}, but an array is expected.`);
  const transformers = fields.get('storage_transformers');
  if (Array.isArray(transformers) && transformers.length > 0)
    throw unsupported('array has storage transformers, the first', describeJson(transformers[0]), 'none');
  const shape = jsonIntegers(fields.get('shape'), 'shape');
  const grid = named(fields.get('chunk_grid'), 'chunk_grid');
  if (grid.name !== 'regular') throw unsupported('chunk_grid', grid.name, 'regular ones');
  const chunkShape = jsonIntegers(grid.configuration.get('chunk_shape'), 'chunk_shape', 1);
  const dtype = parseZarr3DType(named(fields.get('data_type'), 'data_type').name);
  checkGeometry(shape, chunkShape, dtype);
  return {
    zarrFormat: 3,
    dtype,
    shape,
    chunkShape,
    fillValue: decodeFillValue(fields.get('fill_value'), dtype),
    pipeline: decodeCodecs(fields.get('codecs'), dtype, chunkShape),
    chunkKey: decodeChunkKey(fields.get('chunk_key_encoding')),
  };
}

function zeroFill(dtype: DType): unknown {
  const kind = dtypeKind(dtype);
  return kind === 'bool' ? false : kind === 'complex' ? [0, 0] : 0;
}

/** A `zarr.json` file as Orbax writes it: one `sharding_indexed` codec, inner chunks of `innerShape`. */
export function encodeMetadataV3(
  dtype: DType,
  shape: readonly number[],
  shardShape: readonly number[],
  innerShape: readonly number[],
  compression: Compression,
): Uint8Array {
  const bytes = { configuration: { endian: 'little' }, name: 'bytes' };
  const sharding = {
    configuration: {
      chunk_shape: innerShape,
      codecs: [bytes, ...compressionMember(compression)],
      index_codecs: [bytes, { name: 'crc32c' }],
    },
    name: 'sharding_indexed',
  };
  return encodeUtf8(
    JSON.stringify({
      chunk_grid: { configuration: { chunk_shape: shardShape }, name: 'regular' },
      chunk_key_encoding: { name: 'default' },
      codecs: [sharding],
      data_type: dtype,
      fill_value: zeroFill(dtype),
      node_type: 'array',
      shape,
      zarr_format: 3,
    }),
  );
}

function compressionMember(compression: Compression): object[] {
  if (compression.id === 'none') return [];
  if (compression.id === 'zlib') {
    throw new LinnetError('InvalidArgumentError', 'zarr v3 has no zlib codec that Orbax knows; use gzip or zstd.');
  }
  const checksum = compression.id === 'zstd' ? { checksum: true } : {};
  return [{ configuration: { ...checksum, level: compressionLevel(compression) }, name: compression.id }];
}
