import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { CheckpointPath, registerPathScheme } from '#linnet/checkpoint';
import { NodeDirectoryStore } from './directoryStore';

/** A file or directory of the file system as a place for checkpoints. It need not exist yet. */
export async function nodePath(text: string): Promise<CheckpointPath> {
  const full = resolve(text);
  const isFile = await stat(full).then(
    (found) => found.isFile(),
    () => false,
  );
  return isFile
    ? new CheckpointPath(new NodeDirectoryStore(dirname(full)), basename(full))
    : new CheckpointPath(new NodeDirectoryStore(full));
}

/** Lets `ocp.path` take names of files and directories: everything that is no `scheme:/…`. */
export function registerNodePaths(): void {
  registerPathScheme((text) => (/^[a-z]{2,}:\//i.test(text) ? undefined : nodePath(text)));
}
