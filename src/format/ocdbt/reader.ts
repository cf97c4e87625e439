import { encodeUtf8, LIMITS, LinnetError } from '#linnet/core';
import type { ByteRange, ReadableStore, StoreEntry } from '#linnet/store';
import { rangeWithin } from '../byteRange';
import { decodeExactUtf8 } from '../utf8';
import { within, withinAsync } from '../within';
import type { ValueReference } from './btree';
import type { DataLocation } from './dataFiles';
import { decodeManifest, type Manifest } from './manifest';
import { NodeSource } from './nodeSource';
import type { Version } from './versions';
import type { VersionNodeReference } from './versionTree';
import { lookUp, type WalkOptions, walk } from './walk';

/** Name of the file that makes a directory an OCDBT database. */
export const MANIFEST_NAME = 'manifest.ocdbt';
const NUMBERED = /^manifest\.([0-9a-f]{16})$/;

/** A key of a database with the size of its value. Without `location` the value is inside a node, under its checksum. */
export interface OcdbtEntry extends StoreEntry {
  readonly location?: DataLocation;
}

/** Everything a version of the database consists of. */
export interface OcdbtSurvey {
  readonly entries: readonly OcdbtEntry[];
  /** Nodes that were read and whose checksums are right. */
  readonly nodes: readonly DataLocation[];
  /** Data files that hold a node or a value, relative to the database's directory. */
  readonly files: ReadonlySet<string>;
}

/** Lookups that are remembered: of as many keys as are asked for side by side. */
const RECENT_LOOKUPS = 64;

export interface OcdbtOpenOptions {
  /** Directory of the database in the store: "" (the default) or with a slash at the end. */
  readonly directory?: string;
  /** An older state of the database; the newest by default. */
  readonly generation?: number;
}

/** An OCDBT database, seen as a store: keys to values. Only what is asked for is read. Opened by `openOcdbt`. */
export class OcdbtReader implements ReadableStore {
  readonly name: string;
  readonly readsAreCopies: boolean | undefined;
  readonly manifest: Manifest;
  /** The state that is read. */
  readonly version: Version;
  readonly #source: NodeSource;
  readonly #recent = new Map<string, Promise<ValueReference | undefined>>();

  constructor(source: NodeSource, manifest: Manifest, version: Version) {
    this.name = `${source.store.name} › ${source.directory}${MANIFEST_NAME}`;
    // Values inside nodes are copied out of them.
    this.readsAreCopies = source.store.readsAreCopies;
    this.manifest = manifest;
    this.version = version;
    this.#source = source;
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const value = await this.#lookUp(key);
    if (value === undefined) return undefined;
    const part = rangeWithin(range, value.length, `The value of ${JSON.stringify(key)}`);
    if (value instanceof Uint8Array) return value.slice(part.offset, part.offset + part.length);
    return withinAsync(`value of ${JSON.stringify(key)}`, () => this.#source.bytes(value, part));
  }

  async byteLength(key: string): Promise<number | undefined> {
    return (await this.#lookUp(key))?.length;
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    const entries = (await this.#collect({ prefix: encodeUtf8(prefix) })).map(({ key, byteLength }) => ({ key, byteLength }));
    // Byte order and the order of UTF-16 code units differ for characters above U+FFFF.
    return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Keys, sizes and places of the values whose key begins with `prefix`, in byte order. Reads nodes only, no values. */
  entries(prefix = ''): Promise<OcdbtEntry[]> {
    return this.#collect({ prefix: encodeUtf8(prefix) });
  }

  /** Reads every node and says what the database consists of; values are not read. */
  async survey(): Promise<OcdbtSurvey> {
    const nodes: DataLocation[] = [];
    const onNode = (location: DataLocation): void => {
      nodes.push(location);
    };
    const entries = await this.#collect({ onNode });
    const locations = [...nodes, ...entries.flatMap(({ location }) => location ?? [])];
    return { entries, nodes, files: new Set(locations.map(({ file }) => file.path)) };
  }

  async #collect(options: WalkOptions): Promise<OcdbtEntry[]> {
    const entries: OcdbtEntry[] = [];
    for await (const leaf of walk(this.#source, this.version, options)) {
      for (const { key, value } of leaf) entries.push(toEntry(key, value));
    }
    return entries;
  }

  /** Whoever asks for a value's size mostly asks for the value next. */
  #lookUp(key: string): Promise<ValueReference | undefined> {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const value = lookUp(this.#source, this.version, encodeUtf8(key));
    this.#recent.set(key, value);
    if (this.#recent.size > RECENT_LOOKUPS) this.#recent.delete(this.#recent.keys().next().value!);
    // A store that failed once may answer the next time.
    value.catch(() => this.#recent.delete(key));
    return value;
  }
}

function toEntry(key: Uint8Array, value: ValueReference): OcdbtEntry {
  const entry = { key: decodeExactUtf8(key, 'An OCDBT key'), byteLength: value.length };
  return value instanceof Uint8Array ? entry : { ...entry, location: value };
}

async function readManifest(store: ReadableStore, path: string): Promise<Manifest> {
  const byteLength = await store.byteLength(path);
  if (byteLength === undefined) {
    throw new LinnetError('CheckpointNotFoundError', `${store.name} has no ${path}, so it holds no OCDBT database there.`);
  }
  const bytes = byteLength > LIMITS.ocdbtNodeByteLength ? undefined : await store.read(path);
  if (bytes === undefined) throw new LinnetError('LimitExceededError', `${path} has ${byteLength} bytes, too many for a manifest.`);
  return within(path, () => decodeManifest(bytes));
}

/** The highest numbered manifest beside one that has no versions of its own. */
async function readNumberedManifest(store: ReadableStore, directory: string): Promise<Manifest> {
  const names = (await store.list(`${directory}manifest.`)).map(({ key }) => key.slice(directory.length));
  const newest = names
    .filter((name) => NUMBERED.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) {
    throw new LinnetError('CorruptFileError', `${directory}${MANIFEST_NAME} refers to numbered manifests, but there is none beside it.`);
  }
  const manifest = await readManifest(store, directory + newest);
  const number = BigInt(`0x${NUMBERED.exec(newest)![1]}`);
  const generation = manifest.versions.at(-1)?.generation;
  if (generation === undefined || BigInt(generation) !== number) {
    throw new LinnetError(
      'CorruptFileError',
      `${directory}${newest} ends with generation ${generation ?? 'none'}, not with the ${number} of its name.`,
    );
  }
  return manifest;
}

/** All versions below `references`, oldest first. */
async function readOlderVersions(source: NodeSource, references: readonly VersionNodeReference[]): Promise<Version[]> {
  const versions: Version[] = [];
  for (const { location, height } of references) {
    const node = await source.versionNode(location);
    if (node.height !== height) {
      throw new LinnetError('CorruptFileError', `A version tree node of height ${node.height} stands where ${height} is expected.`);
    }
    if ('versions' in node) versions.push(...node.versions);
    else versions.push(...(await readOlderVersions(source, node.references)));
    if (versions.length > LIMITS.ocdbtVersions) {
      throw new LinnetError('LimitExceededError', `The database has more than ${LIMITS.ocdbtVersions} versions.`);
    }
  }
  return versions;
}

async function openSource(store: ReadableStore, directory: string): Promise<{ source: NodeSource; manifest: Manifest }> {
  const first = await readManifest(store, directory + MANIFEST_NAME);
  const manifest = first.kind === 'numbered' ? await readNumberedManifest(store, directory) : first;
  return { source: new NodeSource(store, directory), manifest };
}

/** Every state a database can still be read in, oldest first. */
export async function listOcdbtVersions(store: ReadableStore, directory = ''): Promise<Version[]> {
  const { source, manifest } = await openSource(store, directory);
  return [...(await readOlderVersions(source, manifest.olderVersions)), ...manifest.versions];
}

/**
 * Opens the OCDBT database whose manifest lies in `directory` of `store`. Reads the manifest only.
 * Errors: CheckpointNotFoundError without a manifest; CorruptFileError and LimitExceededError for bad ones.
 * Source: the OCDBT format of TensorStore.
 */
export async function openOcdbt(store: ReadableStore, options: OcdbtOpenOptions = {}): Promise<OcdbtReader> {
  const { source, manifest } = await openSource(store, options.directory ?? '');
  if (options.generation === undefined) return new OcdbtReader(source, manifest, manifest.versions.at(-1)!);
  const versions = [...(await readOlderVersions(source, manifest.olderVersions)), ...manifest.versions];
  const version = versions.find(({ generation }) => generation === options.generation);
  if (version !== undefined) return new OcdbtReader(source, manifest, version);
  const [oldest, newest] = [versions[0]!.generation, versions.at(-1)!.generation];
  throw new LinnetError('CheckpointNotFoundError', `There is no generation ${options.generation}; there are ${oldest} to ${newest}.`);
}
