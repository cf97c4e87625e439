import { openForReading, readNow } from '../fileReader';
import { hasSyncAccess, writeFully } from '../fileWriter';
import { opfsDirectory } from '../opfs';
import { errorName } from '../platformError';
import type { SlotBackend, SlotWriter } from './slotBackend';

function slotWriter(access: FileSystemSyncAccessHandle): SlotWriter {
  return {
    write: async (offset, bytes) => {
      writeFully(access, bytes, offset);
    },
    flush: async () => access.flush(),
    close: async () => access.close(),
  };
}

/** Undefined where this thread cannot, or somebody else has the file open. */
async function readSynchronously(handle: FileSystemFileHandle, offset: number, length: number): Promise<Uint8Array | undefined> {
  const access = await openForReading(handle);
  if (access === undefined) return undefined;
  try {
    return readNow(access, offset, length);
  } finally {
    access.close();
  }
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
    async read(id, offset, length) {
      try {
        const handle = await (await directory()).getFileHandle(id);
        return (
          (await readSynchronously(handle, offset, length)) ??
          new Uint8Array(await (await handle.getFile()).slice(offset, offset + length).arrayBuffer())
        );
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
