import { OcdbtReader, openZarrArray, type ZarrArray } from '#linnet/format';
import type { ReadableStore } from '#linnet/store';
import { mapConcurrently } from '../concurrency';
import type { FileManifest } from '../fileManifest';
import type { NamedLeaf } from '../layouts/orbaxLeaves';
import { isArrayType } from '../orbax/metadataFile';
import { attempt, type Finding } from './finding';
import { hasHash, uncheckedLeaf } from './unchecked';

/** Where the values of an item lie, and what protects them. */
export interface Values {
  readonly store: ReadableStore;
  /** Files of the item by path, as its manifest lists them. */
  readonly manifest: FileManifest | undefined;
  readonly leaves: readonly NamedLeaf[];
  readonly zarr: 2 | 3 | undefined;
}

const PARALLEL_ARRAYS = 8;

/** Files that say what an array's chunks are, of zarr version 2 and 3. */
const HEADERS = ['.zarray', 'zarr.json'];

/** What is stored under a key: its data file, when it lies in one. */
type Places = ReadonlyMap<string, string | undefined>;

async function placesOf({ store }: Values): Promise<Places> {
  if (store instanceof OcdbtReader) {
    const { entries } = await store.survey();
    return new Map(entries.map(({ key, location }) => [key, location?.file.path]));
  }
  return new Map((await store.list()).map(({ key }) => [key, key]));
}

async function isChecked(array: ZarrArray, values: Values, places: Places): Promise<boolean> {
  // Values inside a node lie under its CRC-32C, whole files under their SHA-256.
  const isCovered = (key: string): boolean => {
    const file = places.get(key);
    return file === undefined || hasHash(values.manifest, file);
  };
  // A bit of the header changes the dtype of everything.
  if (!HEADERS.every((name) => isCovered(array.prefix + name))) return false;
  for (const key of await array.chunkKeys()) if (!isCovered(key) && !(await array.isChecked(key))) return false;
  return true;
}

async function verifyLeaf(leaf: NamedLeaf, values: Values, places: Places, findings: Finding[]): Promise<readonly string[]> {
  const prefix = leaf.name === '' ? '' : `${leaf.name}/`;
  const array = await attempt(findings, leaf.name, () => openZarrArray(values.store, prefix, { zarrFormat: values.zarr }));
  if (array === undefined) {
    if (!findings.some(({ where }) => where === leaf.name)) {
      findings.push({
        severity: 'error',
        code: 'missing-file',
        where: leaf.name,
        message: `The array of the leaf ${leaf.name} is not there.`,
      });
    }
    return [];
  }
  const keys = (await attempt(findings, leaf.name, () => array.chunkKeys())) ?? [];
  const whole = await attempt(findings, leaf.name, () => array.read({ missingChunks: 'error' }));
  if (whole !== undefined && !(await isChecked(array, values, places))) {
    findings.push(uncheckedLeaf(leaf.name, `The elements of ${leaf.name} have`));
  }
  return keys;
}

/** Reads every array of an item, and looks for stored values that no leaf owns. */
export async function verifyArrays(values: Values, findings: Finding[]): Promise<void> {
  const places = await attempt(findings, values.store.name, () => placesOf(values));
  if (places === undefined) return;
  const arrays = values.leaves.filter(({ valueType }) => isArrayType(valueType));
  const keys = await mapConcurrently(arrays, PARALLEL_ARRAYS, (leaf) => verifyLeaf(leaf, values, places, findings));
  if (!(values.store instanceof OcdbtReader)) return;
  const owned = new Set(keys.flat());
  const names = new Set(arrays.map(({ name }) => name));
  for (const key of places.keys()) {
    const header = /^(?:(.*)\/)?(?:\.zarray|zarr\.json)$/s.exec(key);
    if (owned.has(key) || (header !== null && names.has(header[1] ?? ''))) continue;
    findings.push({
      severity: 'warning',
      code: 'orphan',
      where: key,
      message: `${JSON.stringify(key)} is stored, but no leaf of the tree owns it.`,
    });
  }
}
