import { encodeUtf8, formatShape, type HostArray, isLinnetError, LinnetError, type Shape } from '#linnet/core';
import { type Compression, OcdbtWriter, type ValueSink, writeZarrArray } from '#linnet/format';
import type { WritableStore } from '#linnet/store';
import { encodeFileManifest, FILE_MANIFEST, type FileFacts, fileFacts, recording } from './fileManifest';
import { type FlaxVersion, forFlax } from './flaxTrees';
import type { Json } from './json';
import { showPath } from './keyPaths';
import { type LeafToSave, storedForm } from './leaves';
import { type ArrayMetadata, encodeArrayMetadatas } from './orbax/arrayMetadatas';
import { encodeCheckpointMetadata, ITEM_HANDLERS, nowNsecs } from './orbax/checkpointMetadata';
import { encodeTreeMetadata, isArrayType, type MetadataLeaf } from './orbax/metadataFile';
import { encodeCpuShardings } from './orbax/shardings';
import { encodeStrings } from './orbax/strings';
import { type OnProgress, progressOver } from './progress';

/** Written last of all: where directories cannot be renamed, its presence says that the checkpoint is complete. */
export const COMMIT_FILE = 'commit_success.txt';

/** How a tree is laid out in Orbax's format. Every choice is restored by Orbax. */
export interface OrbaxWriteOptions {
  /** One OCDBT database (default), or a file for every chunk. */
  readonly ocdbt?: boolean;
  /** Version of zarr. Default 2, as Orbax writes. */
  readonly zarr?: 2 | 3;
  /**
   * How chunks are stored. All but 'none' carry a checksum that Orbax checks too; 'zstd' (default) stores without shrinking, which is
   * fastest; 'gzip' and 'zlib' shrink, with zarr 2 only.
   */
  readonly compression?: 'zstd' | 'gzip' | 'zlib' | 'none';
  /** Which Flax the tree is for. '0.10' gets None where a layer has no bias, and PRNG keys as plain words. Default '0.12'. */
  readonly flax?: FlaxVersion;
  /**
   * 'cpu' (default) writes a sharding that Orbax of any version restores on a CPU host without being told one. 'any' writes none: for
   * hosts with other devices only, recent Orbax then takes the default device.
   */
  readonly targetDevices?: 'cpu' | 'any';
  /** Arrays larger than this are cut into chunks of about this many bytes. Default: one chunk an array. */
  readonly chunkByteSize?: number;
  /** Any JSON kept with the tree; recent Orbax reads it. */
  readonly customMetadata?: Json;
  /** Whether `linnet.manifest.json` has the SHA-256 of every file, or (default) only of those without checksums of their own. */
  readonly hashEverything?: boolean;
}

/** Leaves and how they are to be written. */
export interface LeavesAndOptions {
  readonly leaves: readonly LeafToSave[];
  readonly options: OrbaxWriteOptions & { readonly onProgress?: OnProgress };
}

function storedShape({ dtype, shape }: NonNullable<LeafToSave['array']>): Shape {
  return dtype === 'key<fry>' ? [...shape, 2] : shape;
}

/** Halves the longest axis until a chunk is small enough; every chunk length divides its axis, as Orbax demands. */
export function chunkShapeFor(shape: Shape, itemBytes: number, chunkByteSize: number | undefined): number[] {
  const chunk = shape.map((dim) => Math.max(dim, 1));
  if (chunkByteSize === undefined) return chunk;
  const bytes = (): number => chunk.reduce((product, dim) => product * dim, itemBytes);
  while (bytes() > chunkByteSize) {
    const axis = chunk.indexOf(Math.max(...chunk));
    const dim = chunk[axis]!;
    if (dim === 1) break;
    chunk[axis] = largestDivisorBelow(shape[axis]!, dim);
  }
  return chunk;
}

function largestDivisorBelow(length: number, below: number): number {
  for (let divisor = below - 1; divisor > 1; divisor--) if (length % divisor === 0) return divisor;
  return 1;
}

const UNSTORABLE: ReadonlySet<string> = new Set(['uint2', 'uint4', 'float8_e4m3']);

function checkStorable({ path, array }: LeafToSave): void {
  if (array === undefined || !UNSTORABLE.has(array.dtype)) return;
  throw new LinnetError(
    'DTypeError',
    `The leaf ${showPath(path)} has the dtype ${array.dtype}, which Orbax cannot store. Cast it first, e.g. to uint8.`,
  );
}

const compressionOf = ({ compression = 'zstd' }: OrbaxWriteOptions): Compression => ({ id: compression });

/** Writes the arrays one after another: what is held beside the tree is one array at a time. */
async function writeArrays(sink: ValueSink, { leaves, options }: LeavesAndOptions): Promise<ArrayMetadata[]> {
  const done = progressOver(
    leaves.map(({ array }) => array),
    options.onProgress,
  );
  const written: ArrayMetadata[] = [];
  for (const leaf of leaves) {
    if (leaf.array !== undefined) {
      const array = await readForSaving(leaf, leaf.array);
      const chunkShape = chunkShapeFor(
        array.shape,
        array.data.byteLength /
          Math.max(
            array.shape.reduce((a, b) => a * b, 1),
            1,
          ),
        options.chunkByteSize,
      );
      await writeZarrArray(sink, leaf.name === '' ? '' : `${leaf.name}/`, array, {
        zarrFormat: options.zarr ?? 2,
        compression: compressionOf(options),
        chunkShape,
      });
      const randomKeyImpl = leaf.array.dtype === 'key<fry>' ? 'threefry2x32' : leaf.array.randomKeyImpl;
      if (leaf.valueType === 'jax.Array') written.push({ name: leaf.name, writeShape: array.shape, chunkShape, randomKeyImpl });
    }
    done(leaf.array);
  }
  return written;
}

/** The same into an OCDBT database. Its manifest is written at the end, so a failed save leaves none. */
async function writeDatabase(store: WritableStore, what: LeavesAndOptions): Promise<ArrayMetadata[]> {
  const database = new OcdbtWriter(store, { commitTime: nowNsecs() });
  try {
    const arrays = await writeArrays(database, what);
    await database.finish();
    return arrays;
  } catch (cause) {
    await database.abort();
    throw cause;
  }
}

async function readForSaving(leaf: LeafToSave, source: NonNullable<LeafToSave['array']>): Promise<HostArray> {
  try {
    const array = await source.read();
    if (array.dtype === source.dtype && formatShape(array.shape) === formatShape(source.shape)) return storedForm(array);
    throw new LinnetError(
      'InternalError',
      `The array said to be ${source.dtype}${formatShape(source.shape)}, but gave ${array.dtype}${formatShape(array.shape)}.`,
    );
  } catch (cause) {
    throw isLinnetError(cause) ? cause.within(showPath(leaf.path)) : cause;
  }
}

const metadataLeaf = ({ path, valueType, array }: LeafToSave): MetadataLeaf => ({
  path,
  valueType,
  ...(valueType === 'jax.Array' ? { writeShape: storedShape(array!) } : {}),
});

/** The small files that describe a tree, in the order in which they are written. */
function describingFiles({ leaves, options }: LeavesAndOptions, arrays: readonly ArrayMetadata[]): [string, Uint8Array][] {
  const files: [string, Uint8Array][] = [];
  if (arrays.length > 0) files.push(['array_metadatas/process_0', encodeArrayMetadatas(arrays)]);
  if (arrays.length > 0 && options.targetDevices !== 'any') files.push(['_sharding', encodeCpuShardings(arrays.map(({ name }) => name))]);
  const texts = new Map(leaves.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text] as const])));
  if (texts.size > 0) files.push(['_strings.json', encodeStrings(texts)]);
  return files;
}

/** Data files carry checksums inside: chunks their own, nodes a CRC-32C. Everything else gets a SHA-256. */
function needsHash({ hashEverything, ocdbt = true, compression = 'zstd' }: OrbaxWriteOptions): (key: string) => boolean {
  return (key) => hashEverything === true || compression === 'none' || !(ocdbt ? key.startsWith('d/') : /\/(c(\/\d+)*|[\d.]+)$/.test(key));
}

/**
 * Writes one item directory in Orbax's layout. `_METADATA` comes last of what a reader needs, so a directory without it is
 * unfinished; `finish` may add files before it, and they are listed in the manifest.
 */
export async function writeOrbaxItem(
  target: WritableStore,
  given: readonly LeafToSave[],
  options: LeavesAndOptions['options'],
  before: (store: WritableStore) => Promise<void> = async () => {},
): Promise<void> {
  const leaves = forFlax(given, options.flax ?? '0.12');
  for (const leaf of leaves) checkStorable(leaf);
  const { store, files } = recording(target, needsHash(options));
  const useOcdbt = options.ocdbt ?? true;
  const hasArrays = leaves.some(({ valueType }) => isArrayType(valueType));
  const arrays = useOcdbt && hasArrays ? await writeDatabase(store, { leaves, options }) : await writeArrays(store, { leaves, options });
  for (const [key, bytes] of describingFiles({ leaves, options }, arrays)) await store.write(key, bytes);
  await before(store);
  const metadata = encodeTreeMetadata({
    leaves: leaves.map(metadataLeaf),
    useOcdbt,
    useZarr3: options.zarr === 3,
    customMetadata: options.customMetadata ?? null,
  });
  await writeManifest(target, files, metadata);
  await target.write('_METADATA', metadata);
  await target.write(COMMIT_FILE, COMMIT_TEXT);
}

const COMMIT_TEXT = encodeUtf8('Checkpoint commit was successful.');

/** Lists what is written and what is about to be: the manifest must not come after the file that makes the directory complete. */
async function writeManifest(target: WritableStore, written: Map<string, FileFacts>, metadata: Uint8Array): Promise<void> {
  const last: [string, FileFacts][] = [
    ['_METADATA', fileFacts(metadata)],
    [COMMIT_FILE, fileFacts(COMMIT_TEXT)],
  ];
  await target.write(FILE_MANIFEST, encodeFileManifest(new Map([...written, ...last])));
}

/** Writes a checkpoint that is one item: the item's files, and the facts about the checkpoint beside them. */
export async function saveCheckpoint(
  target: WritableStore,
  leaves: readonly LeafToSave[],
  options: LeavesAndOptions['options'] & { readonly handler: 'standard' | 'pytree' },
): Promise<void> {
  const initTimestampNsecs = nowNsecs();
  await writeOrbaxItem(target, leaves, options, (store) =>
    store.write(
      '_CHECKPOINT_METADATA',
      encodeCheckpointMetadata({
        itemHandlers: ITEM_HANDLERS[options.handler],
        initTimestampNsecs,
        commitTimestampNsecs: nowNsecs(),
        customMetadata: {},
      }),
    ),
  );
}
