import { LinnetError } from '#linnet/core';
import { refuseForeignArchive, refuseForeignFile } from '#linnet/format';
import type { ReadableStore } from '#linnet/store';
import { openInside } from './paths/archives';
import type { CheckpointPath } from './paths/checkpointPath';

/** Orbax puts this into the name of a directory while it writes it. */
export const TEMPORARY_MARK = '.orbax-checkpoint-tmp';

/** What an item of a step holds. */
export type ItemKind = 'tree' | 'json';

/** What lies at a path. */
export type Detected =
  /** One tree in Orbax's layout. `problem` says why it cannot be read as it stands. */
  | { readonly kind: 'orbax'; readonly path: CheckpointPath; readonly problem?: 'unmerged' | 'no-metadata' }
  /** One tree in a single file, for npz the folder of npy files in it. */
  | { readonly kind: 'safetensors' | 'npz' | 'json'; readonly path: CheckpointPath }
  /** One step of a manager, or a checkpoint of Orbax's v1 API: named items side by side. */
  | { readonly kind: 'step' | 'v1'; readonly path: CheckpointPath; readonly items: ReadonlyMap<string, ItemKind> }
  /** Directories of steps. `steps` are directory names, by step number. */
  | { readonly kind: 'manager'; readonly path: CheckpointPath; readonly steps: readonly string[] };

/** Number of the step that a directory name ends in: `40`, `ckpt_00000040`; undefined when it is no step. */
export function stepNumber(name: string): number | undefined {
  const digits = /(?:^|_)(\d{1,15})$/.exec(name)?.[1];
  return digits === undefined || name.includes(TEMPORARY_MARK) ? undefined : Number(digits);
}

interface Listing {
  readonly files: ReadonlySet<string>;
  /** Files below each directory, relative to it. */
  readonly directories: ReadonlyMap<string, readonly string[]>;
}

/** What operating systems add to folders and archives. */
const CLUTTER = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

async function listing(store: ReadableStore): Promise<Listing> {
  const files = new Set<string>();
  const directories = new Map<string, string[]>();
  for (const { key } of (await store.list()).filter((entry) => !CLUTTER.test(entry.key))) {
    const slash = key.indexOf('/');
    if (slash < 0) files.add(key);
    else {
      const name = key.slice(0, slash);
      const below = directories.get(name);
      if (below === undefined) directories.set(name, [key.slice(slash + 1)]);
      else below.push(key.slice(slash + 1));
    }
  }
  return { files, directories };
}

const isItemDirectory = (files: readonly string[]): boolean => files.includes('_METADATA') || files.includes('manifest.ocdbt');

/** A JSON item is one document; Orbax marks it as committed like any other item. */
const isJsonItem = (files: readonly string[]): boolean =>
  files.includes('metadata') && files.every((file) => file === 'metadata' || file === 'commit_success.txt');

function itemsOf({ directories }: Listing): Map<string, ItemKind> {
  const items = new Map<string, ItemKind>();
  for (const [name, files] of directories) {
    if (name.includes(TEMPORARY_MARK)) continue;
    if (isItemDirectory(files)) items.set(name, 'tree');
    else if (isJsonItem(files)) items.set(name, 'json');
  }
  return items;
}

function stepsOf({ directories }: Listing): string[] {
  const steps = [...directories].filter(
    ([name, files]) =>
      stepNumber(name) !== undefined && files.some((file) => file === '_CHECKPOINT_METADATA' || /^[^/]+\/(_METADATA|metadata)$/.test(file)),
  );
  return steps.map(([name]) => name).sort((a, b) => stepNumber(a)! - stepNumber(b)!);
}

function unfinished(path: CheckpointPath): LinnetError {
  return new LinnetError(
    'CheckpointNotFoundError',
    `${path} is an unfinished save: a directory with "${TEMPORARY_MARK}" in its name was interrupted before it was complete. Use an earlier checkpoint; this one can be removed.`,
  );
}

function nothingHere(path: CheckpointPath, found: Listing): LinnetError {
  const names = [...found.directories.keys()].map((name) => `${name}/`).concat([...found.files]);
  const looks = names.length === 0 ? 'nothing is there' : `it holds ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`;
  return new LinnetError(
    'CheckpointNotFoundError',
    `No checkpoint at ${path}: ${looks}. Expected _METADATA and manifest.ocdbt (Orbax), directories of steps, or a .safetensors, .npz or .zip file.`,
  );
}

async function detectFile(path: CheckpointPath): Promise<Detected> {
  const inside = await openInside(path);
  return typeof inside === 'string' ? { kind: inside, path } : detect(inside);
}

const onlyNpyFiles = ({ files, directories }: Listing): boolean =>
  files.size > 0 && directories.size === 0 && [...files].every((name) => name.endsWith('.npy'));

function detectListed(path: CheckpointPath, found: Listing): Detected | undefined {
  const { files, directories } = found;
  if (files.has('manifest.ocdbt')) return { kind: 'orbax', path, problem: 'no-metadata' };
  const items = itemsOf(found);
  if (files.has('orbax.checkpoint') && items.size > 0) return { kind: 'v1', path, items };
  const steps = stepsOf(found);
  if (steps.length > 0 && !files.has('_CHECKPOINT_METADATA')) return { kind: 'manager', path, steps };
  if ([...items.values()].includes('tree') || (items.size > 0 && files.has('_CHECKPOINT_METADATA'))) return { kind: 'step', path, items };
  if ([...directories.keys()].some((name) => /^ocdbt\.process_\d+$/.test(name))) return { kind: 'orbax', path, problem: 'unmerged' };
  return onlyNpyFiles(found) ? { kind: 'npz', path } : undefined;
}

async function isUnmerged(store: ReadableStore): Promise<boolean> {
  if ((await store.byteLength('manifest.ocdbt')) !== undefined) return false;
  return (await store.byteLength('ocdbt.process_0/manifest.ocdbt')) !== undefined;
}

/**
 * Finds out what lies at `path`: a tree in Orbax's layout, a step, a manager's root, a v1 checkpoint, a safetensors or npz file, each
 * also one folder further down. CheckpointNotFoundError when there is nothing or an unfinished save, UnsupportedFormatError for
 * files of other frameworks.
 */
export async function detect(path: CheckpointPath): Promise<Detected> {
  if (path.name.includes(TEMPORARY_MARK)) throw unfinished(path);
  const { store } = path;
  if ((await store.byteLength('_METADATA')) !== undefined) {
    return { kind: 'orbax', path, ...((await isUnmerged(store)) ? { problem: 'unmerged' as const } : {}) };
  }
  if (path.key !== '' && (await path.root.byteLength(path.key)) !== undefined) return detectFile(path);
  const found = await listing(store);
  const detected = detectListed(path, found);
  if (detected !== undefined) return detected;
  const [onlyDirectory, ...others] = found.directories.keys();
  if (onlyDirectory !== undefined && others.length === 0) return detect(path.join(onlyDirectory));
  refuseForeignArchive(
    [...found.files, ...[...found.directories].flatMap(([name, files]) => files.map((file) => `${name}/${file}`))],
    path.toString(),
  );
  if (found.files.size === 1 && found.directories.size === 0) return detectFile(path.join([...found.files][0]!));
  const msgpack = [...found.files].find((name) => /^checkpoint(_\d+)?$/.test(name));
  if (msgpack !== undefined) refuseForeignFile('msgpack', path.join(msgpack).toString());
  throw nothingHere(path, found);
}
