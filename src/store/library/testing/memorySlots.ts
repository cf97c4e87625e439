import type { SlotBackend, SlotWriter } from '../slotBackend';

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
    read: async (id, offset, length) => files.get(id)?.slice(offset, offset + length),
    remove: async (id) => {
      files.delete(id);
    },
  };
}
