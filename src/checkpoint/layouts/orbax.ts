import { type HostArray, LinnetError } from '#linnet/core';
import { type OpenArrayOptions, openOcdbt, openZarrArray, type Slice, type ZarrArray } from '#linnet/format';
import type { ReadableStore } from '#linnet/store';
import { mapConcurrently } from '../concurrency';
import { checkedByManifest } from '../fileManifest';
import type { JsonObject } from '../json';
import { type ArrayMetadata, parseArrayMetadatas } from '../orbax/arrayMetadatas';
import { isArrayType, parseTreeMetadata, type TreeMetadata } from '../orbax/metadataFile';
import { parseShardings } from '../orbax/shardings';
import { parseStrings } from '../orbax/strings';
import type { AxisRange } from '../tree';
import { leavesFromKeys, type NamedLeaf, nameLeaves } from './orbaxLeaves';
import type { SavedArrayInfo, SavedLeaf, SavedTree } from './savedTree';
import { unionStore } from './unionStore';

/** Arrays whose headers are read at a time: each is a small file in a checkpoint without OCDBT. */
const PARALLEL_HEADERS = 32;

/** Generators whose keys Linnet has a dtype for; keys of the others come back as their words. */
const TYPED_KEY_IMPL = 'threefry2x32';

/** How an item directory that lacks something is opened all the same. */
export interface OpenOrbaxOptions {
  /** Joins the databases of the single processes, for a save that was interrupted before Orbax merged them. */
  readonly unmerged?: boolean;
}

async function readIfThere<T>(store: ReadableStore, key: string, parse: (bytes: Uint8Array) => T, fallback: T): Promise<T> {
  const bytes = await store.read(key);
  return bytes === undefined ? fallback : parse(bytes);
}

/** The databases that the processes wrote, as one. Their key sets do not overlap. */
export async function openUnmerged(store: ReadableStore): Promise<ReadableStore> {
  const manifests = (await store.list('ocdbt.process_')).filter(({ key }) => /^ocdbt\.process_\d+\/manifest\.ocdbt$/.test(key));
  const parts = await Promise.all(manifests.map(({ key }) => openOcdbt(store, { directory: key.slice(0, key.lastIndexOf('/') + 1) })));
  return unionStore(store.name, parts);
}

async function openValues(store: ReadableStore, metadata: TreeMetadata | undefined, unmerged: boolean): Promise<ReadableStore> {
  if (unmerged) return openUnmerged(store);
  const hasManifest = (await store.byteLength('manifest.ocdbt')) !== undefined;
  // Without arrays Orbax writes no database, whatever it says.
  const needed = metadata === undefined || metadata.leaves.some(({ valueType }) => isArrayType(valueType));
  const useOcdbt = needed && (metadata?.useOcdbt ?? hasManifest);
  return useOcdbt ? openOcdbt(store) : store;
}

/** Facts about arrays, of the first process that wrote some: all processes write the same. */
async function readArrayMetadatas(store: ReadableStore): Promise<ReadonlyMap<string, ArrayMetadata>> {
  const first = 'array_metadatas/process_0';
  const exists = (await store.byteLength(first)) !== undefined;
  const file = exists ? first : (await store.list('array_metadatas/process_'))[0]?.key;
  const entries = file === undefined ? [] : await readIfThere(store, file, (bytes) => parseArrayMetadatas(bytes, file), []);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/** Shape and dtype of a typed key from those of its words. */
function arrayInfo({ metadata }: ZarrArray, randomKeyImpl: string | undefined): SavedArrayInfo {
  const { dtype, shape, chunkShape } = metadata;
  if (randomKeyImpl === undefined) return { dtype, shape, chunkShape };
  const isTyped = randomKeyImpl === TYPED_KEY_IMPL && dtype === 'uint32' && shape.at(-1) === 2;
  return isTyped
    ? { dtype: 'key<fry>', shape: shape.slice(0, -1), chunkShape, randomKeyImpl }
    : { dtype, shape, chunkShape, randomKeyImpl };
}

function toSlice(ranges: readonly AxisRange[], leaf: SavedLeaf): Slice {
  const shape = leaf.array!.shape;
  if (ranges.length > shape.length) {
    throw new LinnetError('ShapeError', `A slice of ${ranges.length} axes was asked for, but ${leaf.name} has ${shape.length}.`);
  }
  const bounds = shape.map((dim, axis) => ranges[axis] ?? ([0, dim] as const));
  const words = leaf.array!.dtype === 'key<fry>' ? [[0, 2] as const] : [];
  return { start: [...bounds, ...words].map(([start]) => start), end: [...bounds, ...words].map(([, end]) => end) };
}

class OrbaxTree implements SavedTree {
  readonly layout = 'orbax';
  readonly location: string;
  readonly leaves: readonly SavedLeaf[];
  readonly customMetadata: SavedTree['customMetadata'];
  readonly #arrays: ReadonlyMap<string, ZarrArray>;

  constructor(
    location: string,
    leaves: readonly SavedLeaf[],
    arrays: ReadonlyMap<string, ZarrArray>,
    customMetadata: SavedTree['customMetadata'],
  ) {
    this.location = location;
    this.leaves = leaves;
    this.customMetadata = customMetadata;
    this.#arrays = arrays;
  }

  async readArray(leaf: SavedLeaf, ranges?: readonly AxisRange[]): Promise<HostArray> {
    const array = this.#arrays.get(leaf.name)!;
    // Orbax writes every chunk, so a missing one is damage and not a fill value.
    const words = await array.read({ missingChunks: 'error', ...(ranges === undefined ? {} : { slice: toSlice(ranges, leaf) }) });
    return leaf.array!.dtype === 'key<fry>' ? { dtype: 'key<fry>', shape: words.shape.slice(0, -1), data: words.data } : words;
  }
}

interface LeafSources {
  readonly shardings: ReadonlyMap<string, JsonObject>;
  readonly arrayMetadatas: ReadonlyMap<string, ArrayMetadata>;
  readonly strings: (name: string) => string | undefined;
}

async function readSources(store: ReadableStore): Promise<LeafSources> {
  const [shardings, arrayMetadatas, strings] = await Promise.all([
    readIfThere<ReadonlyMap<string, JsonObject>>(store, '_sharding', parseShardings, new Map()),
    readArrayMetadatas(store),
    readIfThere<LeafSources['strings']>(store, '_strings.json', parseStrings, () => undefined),
  ]);
  return { shardings, arrayMetadatas, strings };
}

function savedLeaf(leaf: NamedLeaf, array: ZarrArray | undefined, sources: LeafSources): SavedLeaf {
  const { path, name, valueType } = leaf;
  if (array !== undefined) {
    const entry = sources.arrayMetadatas.get(name);
    const sharding = sources.shardings.get(name);
    const writeShape = leaf.writeShape ?? entry?.writeShape;
    const saved: { -readonly [K in keyof SavedLeaf]: SavedLeaf[K] } = {
      path,
      name,
      valueType,
      array: arrayInfo(array, entry?.randomKeyImpl),
    };
    if (sharding !== undefined) saved.sharding = sharding;
    if (writeShape !== undefined) saved.writeShape = writeShape;
    return saved;
  }
  if (valueType !== 'string') return { path, name, valueType };
  const text = sources.strings(name);
  if (text === undefined) throw new LinnetError('CorruptFileError', `The text of the leaf "${name}" is missing in _strings.json.`);
  return { path, name, valueType, text };
}

async function openArray(values: ReadableStore, leaf: NamedLeaf, how: OpenArrayOptions): Promise<ZarrArray | undefined> {
  if (!isArrayType(leaf.valueType)) return undefined;
  // The empty name is a top-level array whose keys have no slash.
  const array = await openZarrArray(values, leaf.name === '' ? '' : `${leaf.name}/`, how);
  if (array !== undefined) return array;
  throw new LinnetError(
    'CorruptFileError',
    `The data of the leaf "${leaf.name}" is missing: ${values.name} has no zarr array of this name.`,
  );
}

/**
 * Opens an item directory in Orbax's layout, of any version: reads its JSON files and the header of every array, but no element.
 * `location` names it in messages. CorruptFileError where files contradict each other.
 */
export async function openOrbax(directory: ReadableStore, location: string, options: OpenOrbaxOptions = {}): Promise<SavedTree> {
  const store = await checkedByManifest(directory);
  // On a slow store each file is a wait of its own, so they are asked for side by side. A failure is thrown when its turn comes.
  const reading = readSources(store);
  reading.catch(() => {});
  const metadata = await readIfThere<TreeMetadata | undefined>(store, '_METADATA', parseTreeMetadata, undefined);
  const values = await openValues(store, metadata, options.unmerged ?? false);
  const leaves = metadata === undefined ? leavesFromKeys((await values.list()).map(({ key }) => key)) : nameLeaves(metadata.leaves);
  const how: OpenArrayOptions = { zarrFormat: metadata === undefined ? undefined : metadata.useZarr3 ? 3 : 2, known: new Map() };
  const arrays = await mapConcurrently(leaves, PARALLEL_HEADERS, (leaf) => openArray(values, leaf, how));
  const sources = await reading;
  const saved = leaves.map((leaf, i) => savedLeaf(leaf, arrays[i], sources));
  const byName = new Map(leaves.flatMap((leaf, i) => (arrays[i] === undefined ? [] : [[leaf.name, arrays[i]] as const])));
  return new OrbaxTree(location, saved, byName, metadata?.customMetadata ?? null);
}
