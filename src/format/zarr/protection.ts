import { hasZstdChecksum } from '../zstd/frame';
import { forEachIndex } from './layout';
import { type ChunkPipeline, type ChunkSource, partOf } from './pipeline';
import { readShardIndex } from './shardIndex';

/** Bytes of a zstd frame that tell whether it has a checksum: magic number and flags. */
const FRAME_HEAD = 5;

async function frameIsChecked(source: ChunkSource): Promise<boolean> {
  const head = await source.read({ offset: 0, length: FRAME_HEAD });
  return head !== undefined && hasZstdChecksum(head);
}

/**
 * Whether a flipped bit in a stored chunk of `shape` is found by whoever decodes it: a codec has a checksum, or each zstd frame brings one.
 * Reads headers and shard indices only. A chunk that is not there has nothing that could flip.
 */
export async function chunkIsChecked(pipeline: ChunkPipeline, shape: readonly number[], source: ChunkSource): Promise<boolean> {
  if (pipeline.codecs.some(({ checked }) => checked)) return true;
  if (pipeline.codecs.length > 0) return pipeline.codecs.at(-1)!.name === 'zstd' && frameIsChecked(source);
  const { sharding } = pipeline;
  if (sharding === undefined) return false;
  // An index without its checksum may be wrong without a trace.
  if (!sharding.indexCodecs.some(({ checked }) => checked)) return false;
  const grid = shape.map((dim, axis) => dim / sharding.chunkShape[axis]!);
  const index = await readShardIndex(sharding, grid, source);
  let isChecked = true;
  const visit = async (cell: readonly number[]): Promise<void> => {
    const place = index?.at(cell);
    if (place === undefined || !isChecked) return;
    isChecked = await chunkIsChecked(sharding.inner, sharding.chunkShape, partOf(source, place));
  };
  await forEachIndex(
    grid.map(() => 0),
    grid,
    visit,
  );
  return isChecked;
}
