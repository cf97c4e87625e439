import { LinnetError } from '#linnet/core';
import { openZip, type RandomAccess, recogniseFile, refuseForeignArchive, refuseForeignFile, storeAccess } from '#linnet/format';
import { blobSource, fileListStore } from '#linnet/store';
import { looksLikeJson } from '../layouts/json';
import { CheckpointPath } from './checkpointPath';

/** Bytes by which a file's kind is told. */
const HEAD_BYTES = 64;

const headOf = (source: RandomAccess): Promise<Uint8Array> => source.read(0, Math.min(HEAD_BYTES, source.byteLength));

async function openArchive(source: RandomAccess): Promise<CheckpointPath> {
  const zip = await openZip(source);
  refuseForeignArchive(
    (await zip.list()).map(({ key }) => key),
    source.name,
  );
  return new CheckpointPath(zip);
}

/**
 * What a single file at `path` holds: the inside of a zip or npz archive, or that it is 'safetensors' or 'json'. UnsupportedFormatError for files of other
 * frameworks, with the way to convert them.
 */
export async function openInside(path: CheckpointPath): Promise<CheckpointPath | 'safetensors' | 'json'> {
  const source = await storeAccess(path.root, path.key);
  if (source === undefined) throw new LinnetError('CheckpointNotFoundError', `There is no file ${path}.`);
  const head = await headOf(source);
  const kind = recogniseFile(head);
  if (kind === 'safetensors') return kind;
  if (kind === 'unknown' && looksLikeJson(head)) return 'json';
  if (kind === 'zip') return openArchive(source);
  refuseForeignFile(kind, path.toString());
  throw new LinnetError(
    'UnsupportedFormatError',
    `${path} is no checkpoint: expected a zip of an Orbax checkpoint, a .safetensors, an .npz or a .json file.`,
  );
}

/** A file that the person chose: the inside of a zip, else the file itself. */
export async function openFile(file: Blob): Promise<CheckpointPath> {
  const source = blobSource(file);
  if (recogniseFile(await headOf(source)) === 'zip') return openArchive(source);
  return new CheckpointPath(fileListStore([{ path: source.name, file }]), source.name);
}
