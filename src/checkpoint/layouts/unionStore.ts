import type { ReadableStore } from '#linnet/store';

/** Several stores as one: a key is looked for in each in turn. */
export function unionStore(name: string, parts: readonly ReadableStore[]): ReadableStore {
  const first = async <T>(look: (part: ReadableStore) => Promise<T | undefined>): Promise<T | undefined> => {
    for (const part of parts) {
      const found = await look(part);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    name,
    read: (key, range) =>
      first(async (part) => {
        // A range is only asked of the part that has the key: the others would read for nothing.
        return (await part.byteLength(key)) === undefined ? undefined : part.read(key, range);
      }),
    byteLength: (key) => first((part) => part.byteLength(key)),
    list: async (prefix) => {
      const lists = await Promise.all(parts.map((part) => part.list(prefix)));
      const byKey = new Map(lists.flat().map((entry) => [entry.key, entry]));
      return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    },
  };
}
