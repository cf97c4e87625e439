import { type CheckpointPath, path as checkpointPath, type Detected, detect, openTree, type SavedTree } from '#linnet/checkpoint';
import { LinnetError } from '#linnet/core';
import type { Upload } from '../protocol';

/** One tree of an upload, opened: no array is read yet. */
export interface OpenItem {
  readonly name: string;
  readonly tree: SavedTree;
}

/** Where the checkpoint of an upload lies. */
export interface Located {
  /** The upload as a whole: what a check of its bytes goes over. */
  readonly place: CheckpointPath;
  readonly found: Detected;
  /** The newest step of a manager, else what was found itself. */
  readonly step: Detected;
  readonly byteLength: number;
}

/** Finds the checkpoint in what was dropped: a zip, a folder, single files. Errors say what it is instead. */
export async function locate({ name, files }: Upload): Promise<Located> {
  const [only] = files;
  if (only === undefined) throw new LinnetError('CheckpointNotFoundError', `"${name}" holds no files.`);
  const place =
    files.length === 1 ? await checkpointPath(only.blob) : await checkpointPath(files.map(({ path, blob }) => ({ path, file: blob })));
  const found = await detect(place);
  const step = found.kind === 'manager' ? await detect(found.path.join(found.steps.at(-1)!)) : found;
  return { place, found, step, byteLength: files.reduce((sum, { blob }) => sum + blob.size, 0) };
}

/** The trees of a step, or the one tree there is. */
export async function openItems(step: Detected): Promise<OpenItem[]> {
  if (step.kind !== 'step' && step.kind !== 'v1') return [{ name: '', tree: await openTree(step.path) }];
  const items: OpenItem[] = [];
  for (const [name, kind] of step.items) if (kind === 'tree') items.push({ name, tree: await openTree(step.path.join(name)) });
  return items;
}
