import { LinnetError } from '#linnet/core';
import { HeldBytes } from '../heldBytes';
import { platformError } from '../platformError';
import type { CatalogBackend } from './catalogBackend';
import type { SlotBackend, SlotReader, SlotWriter } from './slotBackend';

/** A disk slower than this is as good as broken. */
const SLOWEST_BYTES_PER_MS = 2000;

/** Silence is counted in this many waits: a tab that was frozen wakes with its timer due, before the answer that is due too. */
const WAITS = 4;

interface Countdown {
  readonly over: Promise<void>;
  stop(): void;
}

function countDown(ms: number): Countdown {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    const wait = (left: number): void => {
      timer = setTimeout(() => (left > 1 ? wait(left - 1) : resolve()), ms / WAITS);
    };
    wait(WAITS);
  });
  return { over, stop: () => clearTimeout(timer) };
}

/** Runs `work`; an error leaves as a LinnetError, and silence becomes one after `limitMs` (plus what moving `byteLength` may take). */
export async function within<T>(limitMs: number, attempted: string, work: () => Promise<T>, byteLength = 0): Promise<T> {
  const ms = limitMs + byteLength / SLOWEST_BYTES_PER_MS;
  const { over, stop } = countDown(ms);
  const silence = over.then(() => {
    throw new LinnetError('StorageError', `${attempted} got no answer within ${Math.round(ms)} ms. Reload the page and try again.`);
  });
  try {
    return await Promise.race([work(), silence]);
  } catch (cause) {
    throw platformError(cause, attempted);
  } finally {
    stop();
  }
}

const addedBytes = (operations: readonly { readonly do: string; readonly value?: unknown }[]) =>
  operations.reduce((sum, { value }) => sum + (value instanceof HeldBytes ? value.byteLength : 0), 0);

/** `backend` with a limit on every answer, and with LinnetErrors only. */
export function punctualCatalog(backend: CatalogBackend, limitMs: number): CatalogBackend {
  const { name } = backend;
  return {
    name,
    read: (selection) => within(limitMs, `Reading the catalogue in ${name}`, () => backend.read(selection)),
    commit: (transaction) =>
      within(limitMs, `Writing the catalogue in ${name}`, () => backend.commit(transaction), addedBytes(transaction.operations)),
    expect: (bytes) => backend.expect?.(bytes),
    fileKeys: (prefix) => within(limitMs, `Listing files in ${name}`, () => backend.fileKeys(prefix)),
    readFile: (key, offset, length) =>
      within(limitMs, `Reading ${JSON.stringify(key)} from ${name}`, () => backend.readFile(key, offset, length), length),
    close: () => backend.close(),
  };
}

/** The same for slots. */
export function punctualSlots(backend: SlotBackend, limitMs: number): SlotBackend {
  const { name, writable } = backend;
  const punctualWriter = (id: string, writer: SlotWriter): SlotWriter => ({
    write: (offset, bytes) => within(limitMs, `Writing the slot ${id} in ${name}`, () => writer.write(offset, bytes), bytes.byteLength),
    flush: () => within(limitMs, `Syncing the slot ${id} in ${name}`, () => writer.flush()),
    close: () => within(limitMs, `Closing the slot ${id} in ${name}`, () => writer.close()),
  });
  const punctualReader = (id: string, reader: SlotReader): SlotReader => ({
    read: (offset, into) => within(limitMs, `Reading the slot ${id} in ${name}`, () => reader.read(offset, into), into.byteLength),
    close: () => within(limitMs, `Closing the slot ${id} in ${name}`, () => reader.close()),
  });
  return {
    name,
    writable,
    sizes: () => within(limitMs, `Listing the slots in ${name}`, () => backend.sizes()),
    create: (id, byteLength) => within(limitMs, `Making the slot ${id} in ${name}`, () => backend.create(id, byteLength), byteLength),
    open: async (id) => punctualWriter(id, await within(limitMs, `Opening the slot ${id} in ${name}`, () => backend.open(id))),
    openToRead: async (id) => {
      const reader = await within(limitMs, `Opening the slot ${id} in ${name}`, () => backend.openToRead(id));
      return reader && punctualReader(id, reader);
    },
    remove: (id) => within(limitMs, `Removing the slot ${id} in ${name}`, () => backend.remove(id)),
  };
}
