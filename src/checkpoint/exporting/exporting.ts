import { isHostArray, LinnetError } from '#linnet/core';
import { type ByteSource, prefixed, type ReadableStore, type WritableStore } from '#linnet/store';
import { makeRoom } from '../checkpointer';
import { type Detected, detect } from '../detect';
import { encodeFileManifest, FILE_MANIFEST, recording } from '../fileManifest';
import { jsonFile } from '../layouts/json';
import { npzFile } from '../layouts/npz';
import { safetensorsFile } from '../layouts/safetensors';
import { collectLeaves, type LeafToSave } from '../leaves';
import { openTree } from '../openTree';
import { CheckpointPath } from '../paths/checkpointPath';
import { type PathLike, path } from '../paths/resolve';
import type { OnProgress } from '../progress';
import { COMMIT_FILE, type OrbaxWriteOptions, saveCheckpoint, writeOrbaxItem } from '../saveOrbax';
import { leavesOf } from '../treeLeaves';
import { zipOf } from './zipStream';

/** Formats that are one file. */
export type FileFormat = 'safetensors' | 'npz' | 'json';

/** What an export is made of. */
export interface ExportOptions {
  /** Default 'orbax'. safetensors, npz and JSON hold arrays; safetensors and JSON files of Linnet remember the tree. JSON is for small ones. */
  readonly format?: 'orbax' | FileFormat;
  /** How Orbax files are laid out. Without it a checkpoint is copied as it is. */
  readonly orbax?: OrbaxWriteOptions;
  /** Directory in a zip above everything, e.g. `run/40`. Default: the name of what is exported, for a step with its run's. */
  readonly directory?: string;
  /** Further files of a zip by their whole names; they are in no list of the checkpoint's files. */
  readonly beside?: ReadonlyMap<string, ByteSource>;
  /** Replaces what is at the destination of `exportDirectory`. */
  readonly force?: boolean;
  readonly onProgress?: OnProgress;
}

/** A checkpoint, given by its path, or a tree of arrays. */
export type ExportSource = PathLike | object;

/** Paths are text, handles and lists; anything else is a tree. */
function isPathLike(source: ExportSource): source is PathLike {
  if (typeof source === 'string' || source instanceof CheckpointPath || source instanceof Blob) return true;
  if ('kind' in source && 'getFileHandle' in source) return true;
  return 'read' in source && 'list' in source && 'byteLength' in source && !isHostArray(source);
}

const FILES = { safetensors: safetensorsFile, npz: npzFile, json: jsonFile } as const;

async function writeFile(store: WritableStore, name: string, leaves: readonly LeafToSave[], format: FileFormat): Promise<void> {
  await store.write(`${name}.${format}`, FILES[format](leaves));
}

/** Size of the pieces in which files are copied. */
const PIECE_BYTES = 4 * 1024 * 1024;

async function* piecesOf(store: ReadableStore, key: string, byteLength: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < byteLength; offset += PIECE_BYTES) {
    yield (await store.read(key, { offset, length: Math.min(PIECE_BYTES, byteLength - offset) }))!;
  }
}

/** What tells a reader that the rest is there comes last. */
const rank = (key: string): number =>
  key.endsWith(COMMIT_FILE) ? 3 : /(^|\/)_METADATA$/.test(key) ? 2 : key.endsWith('manifest.ocdbt') ? 1 : 0;

async function copyFiles(from: ReadableStore, to: WritableStore): Promise<void> {
  const entries = (await from.list()).filter(({ key }) => key !== FILE_MANIFEST);
  for (const { key, byteLength } of entries.sort((a, b) => rank(a.key) - rank(b.key))) await to.write(key, piecesOf(from, key, byteLength));
}

type Step = Extract<Detected, { kind: 'step' | 'v1' }>;

/** Every item of a step: trees in the wanted form, JSON items and the step's own files as they are. */
async function writeStep(step: Step, store: WritableStore, options: ExportOptions): Promise<void> {
  const format = options.format ?? 'orbax';
  for (const [name, kind] of step.items) {
    const from = step.path.join(name);
    if (kind === 'json') await copyFiles(from.store, prefixed(store, `${name}/`));
    else if (format === 'orbax')
      await writeOrbaxItem(prefixed(store, `${name}/`), leavesOf(await openTree(from)), { ...options.orbax, ...progressOption(options) });
    else await writeFile(store, name, leavesOf(await openTree(from)), format);
  }
  if (format !== 'orbax') return;
  const metrics = step.path.join('metrics');
  if (await metrics.exists()) await copyFiles(metrics.store, prefixed(store, 'metrics/'));
  for (const key of ['_CHECKPOINT_METADATA', 'orbax.checkpoint', COMMIT_FILE]) {
    const bytes = await step.path.store.read(key);
    if (bytes !== undefined) await store.write(key, bytes);
  }
}

const progressOption = ({ onProgress }: ExportOptions): { onProgress?: OnProgress } => (onProgress === undefined ? {} : { onProgress });

async function writeTree(leaves: readonly LeafToSave[], name: string, store: WritableStore, options: ExportOptions): Promise<void> {
  const { format = 'orbax', orbax } = options;
  if (format === 'orbax')
    await saveCheckpoint(store, leaves, { ...orbax, ...progressOption(options), handler: 'standard', hashEverything: true });
  else await writeFile(store, name === '' ? 'model' : name, leaves, format);
}

async function writeCheckpoint(source: CheckpointPath, store: WritableStore, options: ExportOptions): Promise<void> {
  const { format = 'orbax', orbax } = options;
  const found = await detect(source);
  const isFile = found.kind === 'safetensors' || found.kind === 'npz' || found.kind === 'json';
  const asItIs = format === 'orbax' && orbax === undefined && !isFile;
  if (asItIs) return copyFiles(found.path.store, store);
  if (found.kind === 'step' || found.kind === 'v1') return writeStep(found, store, options);
  if (found.kind === 'manager') {
    for (const step of found.steps) await writeCheckpoint(found.path.join(step), prefixed(store, `${step}/`), options);
    return;
  }
  await writeTree(leavesOf(await openTree(found.path)), found.path.name, store, options);
}

/** Everything that is exported, and at its end the list of files with their sizes and SHA-256. */
async function writeExport(source: ExportSource, store: WritableStore, options: ExportOptions): Promise<void> {
  const { store: recorder, files } = recording(store, () => true);
  if (isPathLike(source)) await writeCheckpoint(await path(source), recorder, options);
  else await writeTree(collectLeaves(source, { copy: false }), 'model', recorder, options);
  // A single tree brings its own list.
  if (!files.has(FILE_MANIFEST)) await store.write(FILE_MANIFEST, encodeFileManifest(files));
}

async function directoryName(source: ExportSource): Promise<string> {
  if (!isPathLike(source)) return 'checkpoint';
  const found = await detect(await path(source));
  const above = found.kind === 'step' && found.path.parent.name !== '' ? `${found.path.parent.name}/` : '';
  return above + (found.path.name || 'checkpoint');
}

/**
 * Writes a checkpoint or a tree into the directory `destination`, with `linnet.manifest.json` beside it. A CheckpointExistsError when
 * something is there and `force` is not set.
 */
export async function exportDirectory(source: ExportSource, destination: PathLike, options: ExportOptions = {}): Promise<void> {
  const to = await path(destination);
  await makeRoom(to, options.force ?? false);
  await to.write((store) => writeExport(source, store, options));
}

/**
 * A checkpoint or a tree as a zip archive, in pieces as they are made: nothing larger than one array is held. In Python the unpacked
 * directory is restored as any checkpoint.
 */
export async function* exportZip(source: ExportSource, options: ExportOptions = {}): AsyncGenerator<Uint8Array> {
  const directory = options.directory ?? (await directoryName(source));
  yield* zipOf(async (store) => {
    await writeExport(source, directory === '' ? store : prefixed(store, `${directory}/`), options);
    for (const [name, data] of options.beside ?? []) await store.write(name, data);
  });
}

/** One tree as a single file, in pieces. */
export async function* exportFile(source: ExportSource, format: FileFormat): AsyncGenerator<Uint8Array> {
  const leaves = isPathLike(source) ? leavesOf(await openTree(await path(source))) : collectLeaves(source, { copy: false });
  if (format !== 'json' && leaves.every(({ array }) => array === undefined)) {
    throw new LinnetError('InvalidArgumentError', `There is no array to put into a ${format} file.`);
  }
  yield* FILES[format](leaves);
}
