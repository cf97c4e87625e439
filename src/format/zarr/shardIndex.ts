import { ByteReader, ByteWriter, checkLimit, LIMITS, LinnetError } from '#linnet/core';
import { decodeAll } from './bytesCodecs';
import { rowMajorStrides } from './layout';
import { safeProduct } from './metadata';
import type { ChunkSource, ShardingSpec } from './pipeline';

const ABSENT = 0xffffffffffffffffn;
const ENTRY = 16;

/** Where the inner chunks of a shard lie. */
export interface ShardIndex {
  /** Place of the inner chunk at `cell` of the grid; undefined when it is not stored. */
  at(cell: readonly number[]): { offset: number; length: number } | undefined;
}

/** Bytes that checksums add to an index. Codecs that change its size in other ways are refused when the metadata are read. */
const indexByteLength = (sharding: ShardingSpec, count: number): number =>
  count * ENTRY + sharding.indexCodecs.filter(({ name }) => name === 'crc32c').length * 4;

/** Reads only the index of a shard; undefined when the shard is not there. Source: zarr v3's sharding_indexed codec. */
export async function readShardIndex(
  sharding: ShardingSpec,
  grid: readonly number[],
  source: ChunkSource,
): Promise<ShardIndex | undefined> {
  const count = safeProduct(grid, 'inner chunks of a shard');
  checkLimit('inner chunks of a shard', count, LIMITS.chunksPerArray);
  const byteLength = indexByteLength(sharding, count);
  const packed = await source.read(sharding.indexLocation === 'end' ? { suffix: byteLength } : { offset: 0, length: byteLength });
  if (packed === undefined) return undefined;
  const entries = await decodeAll(sharding.indexCodecs, packed, count * ENTRY);
  const strides = rowMajorStrides(grid);
  return {
    at(cell) {
      const reader = new ByteReader(entries, 'shard index');
      reader.seek(cell.reduce((sum, i, axis) => sum + i * strides[axis]!, 0) * ENTRY);
      const [offset, length] = [reader.uint64(), reader.uint64()];
      if (offset === ABSENT && length === ABSENT) return undefined;
      if (offset + length <= BigInt(Number.MAX_SAFE_INTEGER)) return { offset: Number(offset), length: Number(length) };
      throw new LinnetError('CorruptFileError', `Inner chunk ${cell.join('.')} is said to lie at ${offset} with ${length} bytes.`);
    },
  };
}

/** The index of a shard in which every inner chunk is stored. */
export function shardIndexBytes(entries: readonly { offset: number; length: number }[]): Uint8Array {
  const writer = new ByteWriter(entries.length * ENTRY + 1);
  for (const { offset, length } of entries) {
    writer.uint64(BigInt(offset));
    writer.uint64(BigInt(length));
  }
  return writer.finish();
}
