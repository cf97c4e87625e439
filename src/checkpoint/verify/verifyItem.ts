import { openOcdbt } from '#linnet/format';
import type { ReadableStore } from '#linnet/store';
import { compareFiles, FILE_MANIFEST, type FileManifest, parseFileManifest } from '../fileManifest';
import { openUnmerged } from '../layouts/orbax';
import { leavesFromKeys, type NamedLeaf, nameLeaves } from '../layouts/orbaxLeaves';
import { parseArrayMetadatas } from '../orbax/arrayMetadatas';
import { parseCheckpointMetadata } from '../orbax/checkpointMetadata';
import { isArrayType, parseTreeMetadata, type TreeMetadata } from '../orbax/metadataFile';
import { parseShardings } from '../orbax/shardings';
import { parseStrings } from '../orbax/strings';
import { COMMIT_FILE } from '../saveOrbax';
import { attempt, type Finding } from './finding';
import { uncheckedDescriptions, uncheckedTexts } from './unchecked';
import { verifyArrays } from './verifyArrays';

/** Files that an item directory may hold; `d/` and the processes' databases beside them. */
const KNOWN_FILE =
  /^(_METADATA|_CHECKPOINT_METADATA|_sharding|_strings\.json|manifest\.(ocdbt|[0-9a-f]{16})|commit_success\.txt|linnet\.manifest\.json|array_metadatas\/process_\d+|(ocdbt\.process_\d+\/)?(d\/.+|manifest\.(ocdbt|[0-9a-f]{16})))$/;

async function parseIfThere<T>(
  store: ReadableStore,
  key: string,
  parse: (bytes: Uint8Array) => T,
  findings: Finding[],
): Promise<T | undefined> {
  return attempt(findings, key, async () => {
    const bytes = await store.read(key);
    return bytes === undefined ? undefined : parse(bytes);
  });
}

async function verifyManifest(store: ReadableStore, findings: Finding[]): Promise<FileManifest | undefined> {
  const manifest = await parseIfThere(store, FILE_MANIFEST, parseFileManifest, findings);
  if (manifest === undefined) return undefined;
  for (const { path, found } of await compareFiles(store, manifest)) {
    const missing = found === 'is missing';
    findings.push({
      severity: 'error',
      code: missing ? 'missing-file' : 'damaged',
      where: path,
      message: `${path} ${found}, unlike what ${FILE_MANIFEST} says.`,
    });
  }
  return manifest;
}

async function verifyUnmerged(store: ReadableStore, findings: Finding[]): Promise<void> {
  findings.push({
    severity: 'error',
    code: 'unmerged',
    where: 'manifest.ocdbt',
    message:
      'The processes that saved wrote their parts, but the save was interrupted before they were joined: Orbax finds no manifest.ocdbt.',
    repair: 'merge',
  });
  await attempt(findings, 'ocdbt.process_*', () => openUnmerged(store));
}

function checkTexts(leaves: readonly NamedLeaf[], texts: ((name: string) => string | undefined) | undefined, findings: Finding[]): void {
  for (const { name, valueType } of leaves) {
    if (valueType !== 'string' || texts?.(name) !== undefined) continue;
    findings.push({
      severity: 'error',
      code: 'missing-file',
      where: name,
      message: `The text of the leaf ${name} is missing in _strings.json.`,
    });
  }
}

async function checkShardings(store: ReadableStore, leaves: readonly NamedLeaf[], findings: Finding[]): Promise<void> {
  const jaxLeaves = leaves.filter(({ valueType }) => valueType === 'jax.Array');
  if (jaxLeaves.length === 0) return;
  if ((await store.byteLength('_sharding')) === undefined) {
    findings.push({
      severity: 'warning',
      code: 'no-sharding',
      where: '_sharding',
      message: 'There is no _sharding: in Python, PyTreeCheckpointer and restores by older Orbax without shardings in the target fail.',
      repair: 'sharding',
    });
    return;
  }
  const shardings = await parseIfThere(store, '_sharding', parseShardings, findings);
  if (shardings === undefined) return;
  for (const { name } of jaxLeaves.filter((leaf) => !shardings.has(leaf.name))) {
    findings.push({
      severity: 'error',
      code: 'sharding-entry',
      where: name,
      message: `_sharding says nothing of ${name}; Orbax then fails.`,
      repair: 'sharding',
    });
  }
}

async function checkKeyMarks(store: ReadableStore, leaves: readonly NamedLeaf[], findings: Finding[]): Promise<void> {
  const file = 'array_metadatas/process_0';
  const entries = await parseIfThere(store, file, (bytes) => parseArrayMetadatas(bytes, file), findings);
  const names = new Set(leaves.map(({ name }) => name));
  for (const { name } of (entries ?? []).filter((entry) => !names.has(entry.name))) {
    findings.push({
      severity: 'warning',
      code: 'contradiction',
      where: name,
      message: `${file} describes ${name}, but the tree has no such leaf.`,
    });
  }
}

async function checkCommit(store: ReadableStore, findings: Finding[], topLevel: boolean): Promise<void> {
  const metadata = await parseIfThere(store, '_CHECKPOINT_METADATA', parseCheckpointMetadata, findings);
  if (metadata?.initTimestampNsecs !== undefined && metadata.commitTimestampNsecs === undefined) {
    findings.push({
      severity: 'error',
      code: 'unfinished',
      where: '_CHECKPOINT_METADATA',
      message: 'The save was begun and not ended: there is no commit time.',
    });
  }
  if (topLevel && (await store.byteLength(COMMIT_FILE)) === undefined) {
    findings.push({
      severity: 'warning',
      code: 'no-commit-file',
      where: COMMIT_FILE,
      message: `There is no ${COMMIT_FILE}: on disks nothing is missing, but in a storage bucket Orbax takes the checkpoint for unfinished and may delete it.`,
      repair: 'commit-file',
    });
  }
}

async function checkNames(store: ReadableStore, usesOcdbt: boolean, findings: Finding[]): Promise<void> {
  if (!usesOcdbt) return;
  for (const { key } of await store.list()) {
    if (KNOWN_FILE.test(key)) continue;
    findings.push({
      severity: 'note',
      code: 'unknown-file',
      where: key,
      message: `${key} is no part of the checkpoint; nothing reads it.`,
    });
  }
}

async function openValues(
  store: ReadableStore,
  metadata: TreeMetadata | undefined,
  unmerged: boolean,
  findings: Finding[],
): Promise<ReadableStore | undefined> {
  if (unmerged) return attempt(findings, 'ocdbt.process_*', () => openUnmerged(store));
  const hasManifest = (await store.byteLength('manifest.ocdbt')) !== undefined;
  const needed = metadata?.leaves.some(({ valueType }) => isArrayType(valueType)) ?? true;
  if (!needed || !(metadata?.useOcdbt ?? hasManifest)) return store;
  return attempt(findings, 'manifest.ocdbt', () => openOcdbt(store));
}

/** Checks one item directory in Orbax's layout; `problem` is what `detect` says of it. */
export async function verifyItem(
  store: ReadableStore,
  problem: 'unmerged' | 'no-metadata' | undefined,
  topLevel: boolean,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const manifest = await verifyManifest(store, findings);
  const metadata = await parseIfThere(store, '_METADATA', parseTreeMetadata, findings);
  if (problem === 'unmerged') await verifyUnmerged(store, findings);
  if (problem === 'no-metadata') {
    findings.push({
      severity: 'error',
      code: 'no-metadata',
      where: '_METADATA',
      message:
        'There is no _METADATA, which says what tree the arrays form: Orbax restores nothing but into a full target. The names of the arrays allow a guess.',
      repair: 'tree',
    });
  }
  await checkCommit(store, findings, topLevel);
  const values = await openValues(store, metadata, problem === 'unmerged', findings);
  if (values === undefined || (metadata === undefined && problem !== 'no-metadata' && problem !== 'unmerged')) return findings;
  const leaves = await attempt(findings, '_METADATA', async () =>
    metadata === undefined ? leavesFromKeys((await values.list()).map(({ key }) => key)) : nameLeaves(metadata.leaves),
  );
  if (leaves === undefined) return findings;
  checkTexts(leaves, await parseIfThere(store, '_strings.json', parseStrings, findings), findings);
  findings.push(...uncheckedTexts(leaves, manifest), ...(await uncheckedDescriptions(store, manifest)));
  await checkShardings(store, leaves, findings);
  await checkKeyMarks(store, leaves, findings);
  await verifyArrays({ store: values, manifest, leaves, zarr: metadata === undefined ? undefined : metadata.useZarr3 ? 3 : 2 }, findings);
  await checkNames(store, values !== store, findings);
  return findings;
}
