import { formatShape, type HostArray, itemByteLength, LinnetError } from '#linnet/core';
import { sourceOf, type ValueSink } from '../valueSink';
import type { Compression } from './compression';
import { copyBox, forEachIndex } from './layout';
import { gridShape, type ZarrMetadata } from './metadata';
import { decodeMetadataV2, encodeMetadataV2, ZARRAY } from './metadataV2';
import { decodeMetadataV3, encodeMetadataV3, ZARR_JSON } from './metadataV3';
import { encodeChunk } from './pipeline';

export interface WriteArrayOptions {
  /** Version of the zarr format; 2 by default, as Orbax has it. */
  readonly zarrFormat?: 2 | 3;
  /** Shape of a stored chunk (v3: a shard); the whole array by default. */
  readonly chunkShape?: readonly number[];
  /** Version 3 only: shape of the chunks inside a shard, dividing it; the whole shard by default. */
  readonly innerChunkShape?: readonly number[];
  /** zstd by default: frames with a checksum, so that every reader finds a flipped bit. */
  readonly compression?: Compression;
}

function plan(array: HostArray, options: WriteArrayOptions): { name: string; bytes: Uint8Array; metadata: ZarrMetadata } {
  const { dtype, shape } = array;
  if (dtype === 'key<fry>') throw new LinnetError('DTypeError', 'zarr has no type for PRNG keys; write their uint32 words.');
  const chunkShape = options.chunkShape ?? shape.map((dim) => Math.max(dim, 1));
  const innerShape = options.innerChunkShape ?? chunkShape;
  if (chunkShape.length !== shape.length || innerShape.length !== shape.length || [...chunkShape, ...innerShape].some((dim) => dim < 1)) {
    throw new LinnetError(
      'ShapeError',
      `Chunks of shape ${formatShape(chunkShape)} do not divide an array of shape ${formatShape(shape)}.`,
    );
  }
  const compression = options.compression ?? { id: 'zstd' };
  if (options.zarrFormat === 3) {
    const bytes = encodeMetadataV3(dtype, shape, chunkShape, innerShape, compression);
    return { name: ZARR_JSON, bytes, metadata: decodeMetadataV3(bytes) };
  }
  if (options.innerChunkShape !== undefined) throw new LinnetError('InvalidArgumentError', 'Inner chunks need zarrFormat: 3.');
  const bytes = encodeMetadataV2(dtype, shape, chunkShape, compression);
  return { name: ZARRAY, bytes, metadata: decodeMetadataV2(bytes) };
}

/**
 * Writes `array` below `prefix` ("" or with a slash at the end): its metadata file and every chunk, one after another. What is held beside
 * the array is one chunk, and nothing if the array is one chunk.
 */
export async function writeZarrArray(sink: ValueSink, prefix: string, array: HostArray, options: WriteArrayOptions = {}): Promise<void> {
  const { name, bytes, metadata } = plan(array, options);
  const { shape, chunkShape, pipeline } = metadata;
  await sink.write(prefix + name, bytes);
  const grid = gridShape(shape, chunkShape);
  await forEachIndex(
    grid.map(() => 0),
    grid,
    async (coordinates) => {
      const origin = coordinates.map((i, axis) => i * chunkShape[axis]!);
      const pieces = await encodeChunk(pipeline, chunkShape, (inside, box) =>
        cut(
          array,
          inside.map((at, axis) => at + origin[axis]!),
          box,
        ),
      );
      await sink.write(prefix + metadata.chunkKey(coordinates), sourceOf(pieces));
    },
  );
}

/** The box of `shape` at `origin` as row-major bytes, zeros beyond the array's edge. The array's own bytes if the box is all of it. */
function cut(array: HostArray, origin: readonly number[], shape: readonly number[]): Uint8Array {
  if (shape.every((dim, axis) => dim === array.shape[axis])) return array.data;
  const byteLength = itemByteLength(array.dtype);
  const data = new Uint8Array(shape.reduce((size, dim) => size * dim, byteLength));
  const extent = shape.map((dim, axis) => Math.max(Math.min(dim, array.shape[axis]! - origin[axis]!), 0));
  copyBox({ data: array.data, shape: array.shape, origin }, { data, shape, origin: shape.map(() => 0) }, extent, byteLength);
  return data;
}
