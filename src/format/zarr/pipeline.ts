import { checkLimit, type DType, itemByteLength, LIMITS, LinnetError } from '#linnet/core';
import type { ByteRange } from '#linnet/store';
import { totalByteLength } from '../valueSink';
import { withinAsync } from '../within';
import { type BytesCodec, decodeAll, encodeAll } from './bytesCodecs';
import { forEachIndex, swapByteOrder, transposeBytes } from './layout';
import { readShardIndex, shardIndexBytes } from './shardIndex';

/** How the elements of a chunk become bytes. */
export interface ChunkPipeline {
  readonly dtype: DType;
  /** Order in which the axes are stored, if not as they are. */
  readonly permutation: readonly number[] | undefined;
  readonly littleEndian: boolean;
  /** Applied one after another when writing. */
  readonly codecs: readonly BytesCodec[];
  /** Set if a chunk is a shard: a grid of inner chunks with an index. */
  readonly sharding: ShardingSpec | undefined;
}

/** A shard: inner chunks of `chunkShape`, each packed by `inner`, found through an index packed by `indexCodecs`. */
export interface ShardingSpec {
  readonly chunkShape: readonly number[];
  readonly inner: ChunkPipeline;
  readonly indexCodecs: readonly BytesCodec[];
  readonly indexLocation: 'start' | 'end';
}

/** A stored chunk that can be read in part; undefined from `read` means that it is not there. */
export interface ChunkSource {
  /** Whether what is read may be changed. */
  readonly readsAreCopies?: boolean | undefined;
  read(range?: ByteRange): Promise<Uint8Array | undefined>;
}

/** A part of an array or a chunk: where it begins and how far it goes along each axis. */
export interface Region {
  readonly start: readonly number[];
  readonly extent: readonly number[];
}

/** A decoded stretch of a chunk: row-major, little-endian, at `origin` of the chunk. */
export interface ChunkPart {
  readonly data: Uint8Array;
  readonly shape: readonly number[];
  readonly origin: readonly number[];
}

/**
 * Decodes what a chunk of `shape` has in `region` and hands it to `visit` part by part: the whole chunk, or those inner chunks of a shard
 * that overlap. Returns false when the chunk is not there.
 */
export async function decodeChunk(
  pipeline: ChunkPipeline,
  shape: readonly number[],
  source: ChunkSource,
  region: Region,
  visit: (part: ChunkPart) => void,
): Promise<boolean> {
  if (pipeline.sharding !== undefined) return decodeShard(pipeline, pipeline.sharding, shape, source, region, visit);
  const bytes = await source.read();
  if (bytes === undefined) return false;
  const byteLength = shape.reduce((size, dim) => size * dim, itemByteLength(pipeline.dtype));
  const packed = await decodeAll(pipeline.codecs, bytes, byteLength, source.readsAreCopies);
  const ordered = pipeline.littleEndian ? packed : swapByteOrder(packed, pipeline.dtype);
  const { permutation } = pipeline;
  const data = permutation === undefined ? ordered : transposeBytes(ordered, shape, permutation, itemByteLength(pipeline.dtype));
  visit({ data, shape, origin: shape.map(() => 0) });
  return true;
}

async function decodeShard(
  pipeline: ChunkPipeline,
  sharding: ShardingSpec,
  shape: readonly number[],
  source: ChunkSource,
  region: Region,
  visit: (part: ChunkPart) => void,
): Promise<boolean> {
  const unpacked = pipeline.codecs.length === 0 ? source : await unpackShard(pipeline, source);
  const grid = shape.map((dim, axis) => dim / sharding.chunkShape[axis]!);
  const index = await withinAsync('shard index', () => readShardIndex(sharding, grid, unpacked));
  if (index === undefined) return false;
  const first = region.start.map((from, axis) => Math.floor(from / sharding.chunkShape[axis]!));
  const end = region.start.map((from, axis) => Math.ceil((from + region.extent[axis]!) / sharding.chunkShape[axis]!));
  await forEachIndex(first, end, async (cell) => {
    const place = index.at(cell);
    if (place === undefined) return;
    const origin = cell.map((i, axis) => i * sharding.chunkShape[axis]!);
    await withinAsync(`inner chunk ${cell.join('.')}`, () =>
      decodeChunk(
        sharding.inner,
        sharding.chunkShape,
        partOf(unpacked, place),
        regionInside(region, origin, sharding.chunkShape),
        (part) => {
          visit({ ...part, origin: part.origin.map((at, axis) => at + origin[axis]!) });
        },
      ),
    );
  });
  return true;
}

/** A shard that is packed as a whole has to be unpacked as a whole. */
async function unpackShard(pipeline: ChunkPipeline, source: ChunkSource): Promise<ChunkSource> {
  const bytes = await source.read();
  if (bytes === undefined) return { read: async () => undefined };
  let data = bytes;
  for (const codec of pipeline.codecs.toReversed()) data = await codec.decode(data, LIMITS.decompressedByteLength);
  return bytesSource(data);
}

/** The part of `region` that lies in a box of `shape` at `origin`, seen from there. */
function regionInside(region: Region, origin: readonly number[], shape: readonly number[]): Region {
  const start = region.start.map((from, axis) => Math.max(from - origin[axis]!, 0));
  const extent = region.extent.map((length, axis) => Math.min(region.start[axis]! + length - origin[axis]!, shape[axis]!) - start[axis]!);
  return { start, extent };
}

/** Bytes in memory as a chunk. */
export function bytesSource(bytes: Uint8Array): ChunkSource {
  return {
    async read(range) {
      if (range === undefined) return bytes;
      const start = 'suffix' in range ? bytes.length - range.suffix : range.offset;
      const end = 'suffix' in range ? bytes.length : range.offset + range.length;
      if (start >= 0 && end <= bytes.length) return bytes.subarray(start, end);
      throw new LinnetError('CorruptFileError', `A shard has ${bytes.length} bytes; its index refers to bytes ${start} to ${end}.`);
    },
  };
}

/** A stretch of a chunk as a chunk of its own. */
export function partOf(source: ChunkSource, place: { offset: number; length: number }): ChunkSource {
  return {
    readsAreCopies: source.readsAreCopies,
    async read(range) {
      if (range === undefined) return source.read(place);
      const offset = 'suffix' in range ? place.length - range.suffix : range.offset;
      const length = 'suffix' in range ? range.suffix : range.length;
      if (offset < 0 || offset + length > place.length) {
        throw new LinnetError(
          'CorruptFileError',
          `An inner chunk has ${place.length} bytes; bytes ${offset} to ${offset + length} are needed.`,
        );
      }
      return source.read({ offset: place.offset + offset, length });
    },
  };
}

/** Packs a chunk of `shape`. `part(origin, shape)` gives the row-major bytes of a box of it. The pieces may be views of those bytes. */
export async function encodeChunk(
  pipeline: ChunkPipeline,
  shape: readonly number[],
  part: (origin: readonly number[], shape: readonly number[]) => Uint8Array,
): Promise<readonly Uint8Array[]> {
  if (pipeline.sharding !== undefined) return encodeShard(pipeline.sharding, shape, part);
  const data = part(
    shape.map(() => 0),
    shape,
  );
  const { permutation } = pipeline;
  const stored = permutation === undefined ? data : transposeBytes(data, shape, permutation, itemByteLength(pipeline.dtype), true);
  return encodeAll(pipeline.codecs, pipeline.littleEndian ? stored : swapByteOrder(stored, pipeline.dtype));
}

async function encodeShard(
  sharding: ShardingSpec,
  shape: readonly number[],
  part: (origin: readonly number[], shape: readonly number[]) => Uint8Array,
): Promise<readonly Uint8Array[]> {
  const grid = shape.map((dim, axis) => dim / sharding.chunkShape[axis]!);
  const pieces: Uint8Array[] = [];
  const entries: { offset: number; length: number }[] = [];
  let offset = 0;
  checkLimit(
    'inner chunks of a shard',
    grid.reduce((count, dim) => count * dim, 1),
    LIMITS.chunksPerArray,
  );
  await forEachIndex(
    grid.map(() => 0),
    grid,
    async (cell) => {
      const origin = cell.map((i, axis) => i * sharding.chunkShape[axis]!);
      const packed = await encodeChunk(sharding.inner, sharding.chunkShape, (inside, box) =>
        part(
          inside.map((at, axis) => at + origin[axis]!),
          box,
        ),
      );
      const length = totalByteLength(packed);
      entries.push({ offset, length });
      offset += length;
      pieces.push(...packed);
    },
  );
  return [...pieces, ...(await encodeAll(sharding.indexCodecs, shardIndexBytes(entries)))];
}
