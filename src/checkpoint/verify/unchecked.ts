import type { ReadableStore } from '#linnet/store';
import type { FileManifest } from '../fileManifest';
import type { NamedLeaf } from '../layouts/orbaxLeaves';
import type { Finding } from './finding';

/** Whether a flipped bit anywhere in the file is found by its SHA-256. */
export const hasHash = (manifest: FileManifest | undefined, file: string): boolean => manifest?.get(file)?.sha256 !== undefined;

/** The finding that a leaf has no checksum. */
export const uncheckedLeaf = (name: string, what: string): Finding => ({
  severity: 'note',
  code: 'unchecked',
  where: name,
  message: `${what} no checksum: a flipped bit would not be noticed. Saving the checkpoint again with Linnet adds one.`,
});

const TEXTS = '_strings.json';

/** Text leaves whose file has no checksum. */
export function uncheckedTexts(leaves: readonly NamedLeaf[], manifest: FileManifest | undefined): Finding[] {
  if (hasHash(manifest, TEXTS)) return [];
  const texts = leaves.filter(({ valueType }) => valueType === 'string');
  return texts.map(({ name }) => uncheckedLeaf(name, `The text of ${name} has`));
}

/** Files that say what tree the arrays form, and when and how they were saved; Orbax gives them no checksum. */
const DESCRIPTION = /^(_METADATA|_sharding|_strings\.json|_CHECKPOINT_METADATA|array_metadatas\/process_\d+)$/;

/** One finding that names the describing files without a checksum, if there are any. */
export async function uncheckedDescriptions(store: ReadableStore, manifest: FileManifest | undefined): Promise<Finding[]> {
  const files = (await store.list()).map(({ key }) => key).filter((key) => DESCRIPTION.test(key) && !hasHash(manifest, key));
  if (files.length === 0) return [];
  const message = `${files.join(', ')}: no checksum covers what describes the tree. A flipped bit in a name that has data is found, since the data is then missing; in anything else it would not be noticed.`;
  return [{ severity: 'note', code: 'unchecked', where: files.includes('_METADATA') ? '_METADATA' : files[0]!, message }];
}
