import { openTree, path } from '#linnet/checkpoint';
import { concatBytes } from '#linnet/core';
import { bytesAccess, openZip, zipArchive } from '#linnet/format';
import { prefixed } from '#linnet/store';

/** Items of a step that hold arrays. */
const ITEMS = ['model', 'optimizer', 'rngs'];

interface Leaf {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes, base64. */
  readonly data: string;
}

/** Files of a downloaded zip, the place of its step, and every array of its items as Linnet reads them in Node. */
export async function readStepZip(
  bytes: Uint8Array,
): Promise<{ files: Map<string, Uint8Array>; step: string; leaves: Record<string, Record<string, Leaf>> }> {
  const zip = await openZip(bytesAccess(bytes, 'download.zip'));
  const files = new Map<string, Uint8Array>();
  for (const { key } of await zip.list()) files.set(key, (await zip.read(key))!);
  const step = [...files.keys()].find((key) => key.endsWith('/linnet/metadata'))!.slice(0, -'/linnet/metadata'.length);
  const leaves: Record<string, Record<string, Leaf>> = {};
  for (const item of ITEMS) {
    const tree = await openTree(await path(prefixed(zip, `${step}/${item}/`)));
    leaves[item] = {};
    for (const leaf of tree.leaves.filter(({ array }) => array !== undefined)) {
      const { dtype, shape, data } = await tree.readArray(leaf);
      leaves[item][leaf.path.map(({ key }) => String(key)).join('/')] = {
        dtype,
        shape: [...shape],
        data: Buffer.from(data).toString('base64'),
      };
    }
  }
  return { files, step, leaves };
}

/** A zip of `files`. */
export async function zipFiles(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of zipArchive([...files].map(([name, data]) => ({ name, data })))) pieces.push(piece);
  return concatBytes(pieces);
}
