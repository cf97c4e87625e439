import { isLinnetError } from '#linnet/core';
import { httpStore, type ReadableStore } from '#linnet/store';
import { FILE_MANIFEST, parseFileManifest } from '../fileManifest';

/** A folder on the web. HTTP cannot list, but what Linnet exported brings a list of its files. */
export function webFolder(url: string): ReadableStore {
  const store = httpStore(url);
  return {
    name: store.name,
    read: (key, range) => store.read(key, range),
    byteLength: (key) => store.byteLength(key),
    list: async (prefix = '') => {
      try {
        return await store.list(prefix);
      } catch (cause) {
        const bytes = isLinnetError(cause, 'UnsupportedFormatError') ? await store.read(FILE_MANIFEST) : undefined;
        if (bytes === undefined) throw cause;
        const entries = [...parseFileManifest(bytes)].map(([key, { byteLength }]) => ({ key, byteLength }));
        return entries.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
      }
    },
  };
}
