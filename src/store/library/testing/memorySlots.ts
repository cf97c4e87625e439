import type { SlotBackend, SlotReader, SlotWriter } from '../slotBackend';

/** Reads `bytes`; undefined where there are none. */
export const readerOf = (bytes: Uint8Array | undefined): SlotReader | undefined =>
  bytes && {
    read: async (offset, into) => {
      const found = bytes.subarray(offset, offset + into.byteLength);
      into.set(found);
      return found.byteLength;
    },
    close: async () => {},
  };

/** Slot files in memory, over `files`. */
export function memorySlots(files: Map<string, Uint8Array> = new Map()): SlotBackend {
  const resize = (id: string, byteLength: number) => {
    const bytes = new Uint8Array(byteLength);
    bytes.set((files.get(id) ?? bytes).subarray(0, byteLength));
    files.set(id, bytes);
  };
  const writer = (bytes: Uint8Array): SlotWriter => ({
    write: async (offset, part) => bytes.set(part, offset),
    flush: async () => {},
    close: async () => {},
  });
  return {
    name: 'memory slots',
    writable: true,
    sizes: async () => new Map(Array.from(files, ([id, bytes]) => [id, bytes.byteLength])),
    create: async (id, byteLength) => resize(id, byteLength),
    open: async (id) => writer(files.get(id) ?? new Uint8Array(0)),
    openToRead: async (id) => readerOf(files.get(id)),
    remove: async (id) => {
      files.delete(id);
    },
  };
}
