import { type DType, isDType, toHex } from '#linnet/core';
import { memoryStore, type WritableStore } from '#linnet/store';
import type { SavedLeaf, SavedTree } from '../checkpoint/layouts/savedTree';
import { listFixtures, readFixtureFiles, readJsonFixture } from './fixtures';

/** A leaf in a form that two readers can be compared by. */
export interface ComparableLeaf {
  readonly name: string;
  readonly keys: readonly (readonly [string, 1 | 2])[];
  readonly kind: string;
  readonly dtype?: DType;
  readonly shape?: readonly number[];
  readonly hex?: string;
  readonly text?: string;
  readonly randomKeyImpl?: string;
}

interface ExpectedLeaf {
  readonly path: string[];
  readonly keyTypes: (1 | 2)[];
  readonly paramName: string;
  readonly kind: string;
  readonly dtype?: string;
  readonly shape?: number[];
  readonly data?: string;
  readonly value?: string;
  readonly prngImpl?: string;
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

function fromExpected(leaf: ExpectedLeaf): ComparableLeaf {
  const { dtype, shape, data, prngImpl } = leaf;
  return {
    name: leaf.paramName,
    keys: leaf.path.map((key, i) => [key, leaf.keyTypes[i]!] as const),
    kind: leaf.kind,
    ...(dtype !== undefined && isDType(dtype) ? { dtype, shape: shape!, hex: toHex(bytesOf(data!)) } : {}),
    ...(leaf.kind === 'string' ? { text: leaf.value! } : {}),
    ...(prngImpl === undefined ? {} : { randomKeyImpl: prngImpl }),
  };
}

/** The leaves of every item of a fixture, by the item's directory. */
export async function expectedItems(fixture: string): Promise<ReadonlyMap<string, ComparableLeaf[]>> {
  const { items } = await readJsonFixture<{ items: Record<string, { leaves: ExpectedLeaf[] }> }>(`orbax/${fixture}/expected.json`);
  return new Map(Object.entries(items).map(([item, { leaves }]) => [item, leaves.map(fromExpected)]));
}

/** Names of all fixtures that say what is in them. */
export const fixtureNames = [
  ...new Set(listFixtures('orbax/').flatMap((file) => /^orbax\/([^/]+)\/expected\.json$/.exec(file)?.[1] ?? [])),
];

/** A copy of a fixture's directory in memory. */
export async function fixtureStore(directory: string): Promise<WritableStore> {
  const store = memoryStore(directory);
  for (const [key, bytes] of await readFixtureFiles(directory)) await store.write(key, bytes);
  return store;
}

/** A leaf with its elements, comparable. Typed keys are shown as their words, as `expected.json` has them. */
export async function comparableLeaf(saved: SavedTree, leaf: SavedLeaf): Promise<ComparableLeaf> {
  const shown = {
    name: leaf.name,
    keys: leaf.path.map(({ key, type }) => [key, type === 'sequence' ? 1 : 2] as const),
    kind: leaf.valueType,
  };
  if (leaf.array === undefined) return leaf.text === undefined ? shown : { ...shown, text: leaf.text };
  const array = await saved.readArray(leaf);
  const isKey = array.dtype === 'key<fry>';
  const { randomKeyImpl } = leaf.array;
  return {
    ...shown,
    dtype: isKey ? 'uint32' : array.dtype,
    shape: isKey ? [...array.shape, 2] : array.shape,
    hex: toHex(array.data),
    ...(randomKeyImpl === undefined ? {} : { randomKeyImpl }),
  };
}
