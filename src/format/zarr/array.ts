import { checkLimit, decodeUtf8, formatShape, type HostArray, itemByteLength, LIMITS, LinnetError, sizeOf } from '#linnet/core';
import type { ReadableStore } from '#linnet/store';
import { allocate } from '../allocate';
import { within, withinAsync } from '../within';
import { copyBox, forEachIndex } from './layout';
import { gridShape, type ZarrMetadata } from './metadata';
import { decodeMetadataV2, ZARRAY } from './metadataV2';
import { decodeMetadataV3, ZARR_JSON } from './metadataV3';
import { type ChunkPart, type ChunkSource, decodeChunk, type Region } from './pipeline';
import { chunkIsChecked } from './protection';

/** Indices of an array along each axis: from `start` up to, not including, `end`. */
export interface Slice {
  readonly start: readonly number[];
  readonly end: readonly number[];
}

export interface ReadArrayOptions {
  /** The part to read; everything by default. Only chunks that overlap it are read. */
  readonly slice?: Slice;
  /** What a chunk that is not stored means: the fill value (zarr's rule, the default), or damage (Orbax's rule where all are written). */
  readonly missingChunks?: 'fill' | 'error';
}

/** One zarr array in a store, its metadata read. Opened by `openZarrArray`. */
export class ZarrArray {
  readonly metadata: ZarrMetadata;
  /** What comes before the chunk keys in the store: "" or with a slash at the end. */
  readonly prefix: string;
  readonly #store: ReadableStore;

  constructor(store: ReadableStore, prefix: string, metadata: ZarrMetadata) {
    this.#store = store;
    this.prefix = prefix;
    this.metadata = metadata;
  }

  /** Keys of the chunks that overlap `slice`. */
  async chunkKeys(slice?: Slice): Promise<string[]> {
    const keys: string[] = [];
    await this.#forEachChunk(this.#region(slice), async (coordinates) => {
      keys.push(this.prefix + this.metadata.chunkKey(coordinates));
    });
    return keys;
  }

  /**
   * The array or a slice of it. Errors: CorruptFileError for chunks that are damaged (or missing, if they must be there),
   * LimitExceededError, ShapeError for a slice outside the array.
   */
  async read(options: ReadArrayOptions = {}): Promise<HostArray> {
    const { dtype, fillValue } = this.metadata;
    const region = this.#region(options.slice);
    const byteLength = sizeOf(region.extent) * itemByteLength(dtype);
    checkLimit(`array of shape ${formatShape(region.extent)}`, byteLength, LIMITS.decompressedByteLength, 'bytes');
    await this.#checkExpansion(region, byteLength);
    let result: Uint8Array | undefined;
    const output = (): Uint8Array => {
      result ??= filled(allocate(byteLength, `An array of shape ${formatShape(region.extent)}`), fillValue);
      return result;
    };
    await this.#forEachChunk(region, (coordinates) =>
      this.#readChunk(coordinates, region, options.missingChunks ?? 'fill', (part) => {
        // A chunk that is the whole array needs no second copy in memory.
        if (result === undefined && isWhole(part, region)) result = part.data;
        else this.#place(part, region, output());
      }),
    );
    return { dtype, shape: region.extent, data: output() };
  }

  #region(slice: Slice | undefined): Region {
    const { shape } = this.metadata;
    if (slice === undefined) return { start: shape.map(() => 0), extent: shape };
    const { start, end } = slice;
    const isSound = (dim: number, axis: number): boolean => {
      const [from, to] = [start[axis]!, end[axis]!];
      return Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to && to <= dim;
    };
    if (start.length !== shape.length || end.length !== shape.length || !shape.every(isSound)) {
      throw new LinnetError(
        'ShapeError',
        `A slice from ${formatShape(start)} to ${formatShape(end)} is not inside an array of shape ${formatShape(shape)}.`,
      );
    }
    return { start, extent: end.map((to, axis) => to - start[axis]!) };
  }

  #forEachChunk(region: Region, visit: (coordinates: readonly number[]) => Promise<void>): Promise<void> {
    const { chunkShape } = this.metadata;
    if (region.extent.includes(0)) return Promise.resolve();
    const first = region.start.map((from, axis) => Math.floor(from / chunkShape[axis]!));
    const end = region.start.map((from, axis) => Math.ceil((from + region.extent[axis]!) / chunkShape[axis]!));
    return forEachIndex(first, end, visit);
  }

  /**
   * Whether a flipped bit in the chunk `key` (as `chunkKeys` gives it) is found when the chunk is read. What protects the store itself,
   * such as the checksum of a node that holds the chunk, is not considered.
   */
  isChecked(key: string): Promise<boolean> {
    const { pipeline, chunkShape } = this.metadata;
    return withinAsync(key, () => chunkIsChecked(pipeline, chunkShape, this.#sourceOf(key)));
  }

  #sourceOf(key: string): ChunkSource {
    return { readsAreCopies: this.#store.readsAreCopies, read: (range) => this.#store.read(key, range) };
  }

  /** Before much memory is taken: what is stored must be able to unfold to it. */
  async #checkExpansion(region: Region, byteLength: number): Promise<void> {
    if (byteLength <= LIMITS.unstoredByteLength) return;
    let stored = 0;
    await this.#forEachChunk(region, async (coordinates) => {
      stored += (await this.#store.byteLength(this.prefix + this.metadata.chunkKey(coordinates))) ?? 0;
    });
    const limit = LIMITS.unstoredByteLength + stored * LIMITS.chunkExpansionRatio;
    checkLimit(`array of shape ${formatShape(region.extent)}, of which ${stored} bytes are stored`, byteLength, limit, 'bytes');
  }

  async #readChunk(
    coordinates: readonly number[],
    region: Region,
    missing: 'fill' | 'error',
    visit: (part: ChunkPart) => void,
  ): Promise<void> {
    const { chunkShape, pipeline } = this.metadata;
    const key = this.prefix + this.metadata.chunkKey(coordinates);
    const origin = coordinates.map((i, axis) => i * chunkShape[axis]!);
    const start = region.start.map((from, axis) => Math.max(from - origin[axis]!, 0));
    const end = region.start.map((from, axis) => Math.min(from + region.extent[axis]! - origin[axis]!, chunkShape[axis]!));
    const inside: Region = { start, extent: end.map((to, axis) => to - start[axis]!) };
    const found = await withinAsync(`chunk ${JSON.stringify(key)}`, () =>
      decodeChunk(pipeline, chunkShape, this.#sourceOf(key), inside, (part) => {
        visit({ ...part, origin: part.origin.map((at, axis) => at + origin[axis]!) });
      }),
    );
    if (!found && missing === 'error') {
      throw new LinnetError('CorruptFileError', `The chunk ${JSON.stringify(key)} is missing.`, { details: { missing: key } });
    }
  }

  /** Copies what `part` and `region` have in common. */
  #place(part: ChunkPart, region: Region, data: Uint8Array): void {
    const from = region.start.map((at, axis) => Math.max(at, part.origin[axis]!));
    const extent = from.map((at, axis) => {
      const end = Math.min(region.start[axis]! + region.extent[axis]!, part.origin[axis]! + part.shape[axis]!);
      return Math.max(end - at, 0);
    });
    const source = { data: part.data, shape: part.shape, origin: from.map((at, axis) => at - part.origin[axis]!) };
    const target = { data, shape: region.extent, origin: from.map((at, axis) => at - region.start[axis]!) };
    copyBox(source, target, extent, itemByteLength(this.metadata.dtype));
  }
}

const isWhole = (part: ChunkPart, region: Region): boolean =>
  part.shape.every((dim, axis) => dim === region.extent[axis] && part.origin[axis] === region.start[axis]) &&
  // Parts may be views of a large node or file, which they would keep in memory. The headers of a frame are little beside its data.
  part.data.buffer.byteLength - part.data.byteLength <= part.data.byteLength / 1000;

/** Writes `element` over all of `data`; zeros are there already. */
function filled(data: Uint8Array, element: Uint8Array | undefined): Uint8Array {
  if (element === undefined || element.every((byte) => byte === 0) || data.length === 0) return data;
  data.set(element);
  for (let done = element.length; done < data.length; done *= 2) data.copyWithin(done, 0, Math.min(done, data.length - done));
  return data;
}

/** Decodes the metadata file `name` of a zarr array. */
export const decodeZarrMetadata = (name: string, bytes: Uint8Array): ZarrMetadata =>
  within(name, () => (name === ZARRAY ? decodeMetadataV2(bytes) : decodeMetadataV3(bytes)));

/** Number of chunks along each axis of the array that `metadata` describes. */
export const chunkGrid = (metadata: ZarrMetadata): number[] => gridShape(metadata.shape, metadata.chunkShape);

/** How an array is opened. */
export interface OpenArrayOptions {
  readonly zarrFormat?: 2 | 3 | undefined;
  /** What metadata files say, by their text: thousands of arrays often share a few. Filled as arrays are opened. */
  readonly known?: Map<string, ZarrMetadata>;
}

/** The same as `decodeZarrMetadata`, once for files of the same text. */
function decodeOnce(name: string, bytes: Uint8Array, known: Map<string, ZarrMetadata> | undefined): ZarrMetadata {
  if (known === undefined) return decodeZarrMetadata(name, bytes);
  const text = decodeUtf8(bytes, name);
  const metadata = known.get(text) ?? decodeZarrMetadata(name, bytes);
  known.set(text, metadata);
  return metadata;
}

/**
 * Opens the array whose metadata file lies at `prefix` ("" or with a slash at the end), of zarr version 2 or 3. Undefined when there is
 * none. Reads the metadata only.
 */
export async function openZarrArray(
  store: ReadableStore,
  prefix: string,
  { zarrFormat, known }: OpenArrayOptions = {},
): Promise<ZarrArray | undefined> {
  for (const name of zarrFormat === undefined ? [ZARRAY, ZARR_JSON] : [zarrFormat === 2 ? ZARRAY : ZARR_JSON]) {
    const byteLength = await store.byteLength(prefix + name);
    if (byteLength === undefined) continue;
    checkLimit(prefix + name, byteLength, LIMITS.jsonByteLength, 'bytes');
    const bytes = await store.read(prefix + name);
    if (bytes !== undefined)
      return new ZarrArray(
        store,
        prefix,
        within(prefix + name, () => decodeOnce(name, bytes, known)),
      );
  }
  return undefined;
}
