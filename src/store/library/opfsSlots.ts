import { unshared } from '../byteSource';
import { openForReading } from '../fileReader';
import { hasSyncAccess, writeFully } from '../fileWriter';
import { opfsDirectory } from '../opfs';
import { errorName } from '../platformError';
import type { SlotBackend, SlotReader, SlotWriter } from './slotBackend';

function slotWriter(access: FileSystemSyncAccessHandle): SlotWriter {
  return {
    write: async (offset, bytes) => {
      writeFully(access, bytes, offset);
    },
    flush: async () => access.flush(),
    close: async () => access.close(),
  };
}

/** Straight from the file; where this thread cannot, or somebody else has the file open, through a Blob of what it holds now. */
async function slotReader(handle: FileSystemFileHandle): Promise<SlotReader> {
  const access = await openForReading(handle);
  if (access !== undefined)
    return { read: async (offset, into) => access.read(unshared(into), { at: offset }), close: async () => access.close() };
  const file = await handle.getFile();
  return {
    async read(offset, into) {
      const bytes = new Uint8Array(await file.slice(offset, offset + into.byteLength).arrayBuffer());
      into.set(bytes);
      return bytes.byteLength;
    },
    close: async () => {},
  };
}

/** Slot files in the OPFS folder `folder`. Writable in dedicated workers only: nothing else in a browser can sync a file. */
export function opfsSlots(folder: readonly string[]): SlotBackend {
  const directory = () => opfsDirectory(folder);
  const open = async (id: string, create: boolean) => (await (await directory()).getFileHandle(id, { create })).createSyncAccessHandle();
  return {
    name: `opfs:/${folder.join('/')}`,
    writable: hasSyncAccess(),
    async sizes() {
      const sizes = new Map<string, number>();
      for await (const [id, handle] of (await directory()).entries())
        if (handle.kind === 'file') sizes.set(id, (await handle.getFile()).size);
      return sizes;
    },
    async create(id, byteLength) {
      const access = await open(id, true);
      try {
        access.truncate(byteLength);
        access.flush();
      } finally {
        access.close();
      }
    },
    open: async (id) => slotWriter(await open(id, false)),
    async openToRead(id) {
      try {
        return await slotReader(await (await directory()).getFileHandle(id));
      } catch (cause) {
        if (errorName(cause) === 'NotFoundError') return undefined;
        throw cause;
      }
    },
    async remove(id) {
      await (await directory()).removeEntry(id).catch((cause) => {
        if (errorName(cause) !== 'NotFoundError') throw cause;
      });
    },
  };
}
