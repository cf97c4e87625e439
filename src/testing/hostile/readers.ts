import { memoryStore, type ReadableStore } from '#linnet/store';
import { bytesAccess, decodeNpy, openNpz, openOcdbt, openSafetensors, openZarrArray, openZip } from '../../format';
import { zstdDecompress } from '../../format/zstd/decode';
import type { HostileParser } from './case';

type Content = Uint8Array | ReadonlyMap<string, Uint8Array>;

async function storeOf(content: Content): Promise<ReadableStore> {
  const store = memoryStore('hostile');
  if (content instanceof Map) for (const [key, bytes] of content) await store.write(key, bytes);
  return store;
}

const accessOf = (content: Content) => bytesAccess(content as Uint8Array, 'hostile');

async function readStore(store: ReadableStore): Promise<void> {
  for (const { key } of await store.list()) await store.read(key);
}

/** Reads everything that a parser can read of a file, and drops it. */
export const READ_ALL: Record<HostileParser, (content: Content) => Promise<void>> = {
  zip: async (content) => readStore(await openZip(accessOf(content))),
  ocdbt: async (content) => {
    const database = await openOcdbt(await storeOf(content));
    await database.survey();
    await readStore(database);
  },
  zarr: async (content) => {
    const array = await openZarrArray(await storeOf(content), '');
    await array?.read();
  },
  safetensors: async (content) => {
    const file = await openSafetensors(accessOf(content));
    for (const tensor of file.tensors.values()) await file.read(tensor);
  },
  npy: async (content) => void decodeNpy(content as Uint8Array),
  npz: async (content) => {
    const file = await openNpz(accessOf(content));
    for (const name of file.names) await file.read(name);
  },
  zstd: async (content) => void zstdDecompress(content as Uint8Array, 1_000_000),
};

/** What `Object.prototype` has: equal before and after, or a file got at it. */
export const prototypeState = (): string =>
  [Object.prototype, Array.prototype, Map.prototype]
    .map((prototype) => `${Reflect.ownKeys(prototype).map(String).join()}:${Object.isFrozen(prototype)}`)
    .join('|');
