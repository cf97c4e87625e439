import { checkLimit, type DType, formatShape, itemByteLength, LIMITS, LinnetError } from '#linnet/core';
import type { ChunkPipeline } from './pipeline';

/** What the metadata file of a zarr array says, whichever version wrote it. */
export interface ZarrMetadata {
  readonly zarrFormat: 2 | 3;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Shape of one stored chunk; those at the edge are stored in full. */
  readonly chunkShape: readonly number[];
  /** Bytes of the element that missing chunks consist of; undefined if the file names none (zeros then). */
  readonly fillValue: Uint8Array | undefined;
  readonly pipeline: ChunkPipeline;
  /** Key of a chunk below the array's, from its place in the grid. */
  chunkKey(coordinates: readonly number[]): string;
}

/** Product of `dims`, or a LimitExceededError when it is not below 2^53. */
export function safeProduct(dims: readonly number[], what: string): number {
  let product = 1n;
  for (const dim of dims) product *= BigInt(dim);
  checkLimit(what, product, Number.MAX_SAFE_INTEGER);
  return Number(product);
}

/** How many chunks there are along each axis. */
export const gridShape = (shape: readonly number[], chunkShape: readonly number[]): number[] =>
  shape.map((dim, axis) => Math.ceil(dim / chunkShape[axis]!));

/** Refuses shapes whose ranks differ or whose sizes no honest array has. */
export function checkGeometry(shape: readonly number[], chunkShape: readonly number[], dtype: DType): void {
  checkLimit('dimensions of an array', shape.length, LIMITS.dims);
  if (chunkShape.length !== shape.length) {
    throw new LinnetError(
      'CorruptFileError',
      `Chunks of shape ${formatShape(chunkShape)} do not divide an array of shape ${formatShape(shape)}.`,
    );
  }
  safeProduct([...shape, itemByteLength(dtype)], 'bytes of an array');
  checkLimit('chunk', safeProduct([...chunkShape, itemByteLength(dtype)], 'bytes of a chunk'), LIMITS.decompressedByteLength, 'bytes');
  checkLimit('chunks of an array', safeProduct(gridShape(shape, chunkShape), 'chunks of an array'), LIMITS.chunksPerArray);
}
