import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { createServer } from 'vite';
import type { Leaves } from './python';

/** Linnet's own checkpoint layer, loaded in Node from source. */
async function withCheckpointLayer<T>(use: (layer: any) => Promise<T>): Promise<T> {
  const server = await createServer({
    root: join(import.meta.dirname, '..'),
    configFile: false,
    logLevel: 'error',
    oxc: { target: 'es2023' },
    server: { middlewareMode: true, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true },
    appType: 'custom',
  });
  try {
    return await use(await server.ssrLoadModule('/src/testing/readCheckpoint.ts'));
  } finally {
    await server.close();
  }
}

/** Unpacks a downloaded zip into `folder`, and reads every array of its step with Linnet, item by item. */
export async function readZip(zip: string, folder: string): Promise<{ stepDirectory: string; leaves: Record<string, Leaves> }> {
  return withCheckpointLayer(async (layer) => {
    const { files, step, leaves } = await layer.readStepZip(new Uint8Array(await readFile(zip)));
    for (const [key, bytes] of files as Map<string, Uint8Array>) {
      const path = join(folder, ...key.split('/'));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
    return { stepDirectory: join(folder, ...(step as string).split('/')), leaves };
  });
}

/** A zip of everything below `directory`, under its own name. */
export async function zipDirectory(directory: string, target: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = new Map<string, Uint8Array>();
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files.set(relative(dirname(directory), path).split(sep).join('/'), new Uint8Array(await readFile(path)));
  }
  await writeFile(target, await zipOf(files));
  return target;
}

/** A zip of `files`. */
export const zipOf = (files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> => withCheckpointLayer((layer) => layer.zipFiles(files));
