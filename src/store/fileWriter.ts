import { pieces, unshared } from './byteSource';
import { unfinishedName } from './keys';
import { errorName } from './platformError';
import type { ByteSource } from './store';

/** Puts `data` into the file `name` of `directory`; a reader sees the old file or the new one, never a mixture. */
export type FileWriter = (directory: FileSystemDirectoryHandle, name: string, data: ByteSource) => Promise<void>;

/** `move` is in every browser that has sync access handles, but not yet in the type library. */
type MovableFileHandle = FileSystemFileHandle & { move(name: string): Promise<void> };

/** Writes to a swap file that the browser puts in place on `close`. Nothing is synced to disk. */
const writeThroughStream: FileWriter = async (directory, name, data) => {
  const file = await directory.getFileHandle(name, { create: true });
  const stream = await file.createWritable();
  try {
    for await (const piece of pieces(data)) await stream.write(unshared(piece));
    await stream.close();
  } catch (cause) {
    await stream.abort().catch(() => undefined);
    // A failed first write leaves an empty file of that name, which would read as a value.
    if ((await file.getFile()).size === 0) await directory.removeEntry(name).catch(() => undefined);
    throw cause;
  }
};

/** Who reads a file straight from it holds it for milliseconds. */
const HELD_FOR_MS = 20;
const TRIES = 50;

/** `change` of a file, tried again for a second while somebody reads the file. */
export async function whenFree(change: () => Promise<void>): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      return await change();
    } catch (cause) {
      if (errorName(cause) !== 'NoModificationAllowedError' || left === 0) throw cause;
      await new Promise((done) => setTimeout(done, HELD_FOR_MS));
    }
  }
}

/** Writes and flushes an unfinished copy, then moves it over: several times faster than a stream, in a worker only. */
const writeThroughSyncHandle: FileWriter = async (directory, name, data) => {
  const swapName = unfinishedName();
  const swap = (await directory.getFileHandle(swapName, { create: true })) as MovableFileHandle;
  try {
    const access = await swap.createSyncAccessHandle();
    try {
      let offset = 0;
      for await (const piece of pieces(data)) offset += writeFully(access, piece, offset);
      access.flush();
    } finally {
      access.close();
    }
    await whenFree(() => swap.move(name));
  } catch (cause) {
    await directory.removeEntry(swapName).catch(() => undefined);
    throw cause;
  }
};

/** Writes all of `bytes` at `at`, also where the platform writes only a part at a time. Returns how many those are. */
export function writeFully(access: FileSystemSyncAccessHandle, bytes: Uint8Array, at: number): number {
  let written = 0;
  while (written < bytes.byteLength) {
    const count = access.write(unshared(bytes.subarray(written)), { at: at + written });
    if (count <= 0) throw new DOMException('The file took no more bytes.', 'QuotaExceededError');
    written += count;
  }
  return written;
}

/** Whether this thread has synchronous file access: dedicated workers of current browsers. */
export function hasSyncAccess(): boolean {
  if (typeof FileSystemFileHandle !== 'function') return false;
  return 'createSyncAccessHandle' in FileSystemFileHandle.prototype && 'move' in FileSystemFileHandle.prototype;
}

/** The best way this thread can write a file. Only the origin private file system has sync handles. */
export const platformWriter = (originPrivate: boolean): FileWriter =>
  originPrivate && hasSyncAccess() ? writeThroughSyncHandle : writeThroughStream;
