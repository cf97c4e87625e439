import type { CatalogBackend } from '../catalogBackend';
import { type CatalogContent, copyCatalog, emptyCatalog, memoryCatalog } from '../memoryCatalog';
import type { SlotBackend } from '../slotBackend';
import { readerOf } from './memorySlots';

/** What the kernel writes at once: bytes not yet synced are kept or lost by the page. */
const PAGE_BYTES = 4096;
/** How long a name may stay unwritten after it was given. */
const WRITE_BACK_MS = 60_000;
/** How many ways of keeping some unsynced pages are tried at each point. */
const MIXTURES = 3;
/** How long one operation takes on the simulated clock. */
const OPERATION_MS = 1;

/** A file's bytes as programs see them and as they are surely on disk. Arrays are replaced, never changed, so that states can share them. */
interface SimulatedFile {
  current: Uint8Array;
  synced: Uint8Array;
}

/** What a machine finds after a crash. */
export interface CrashState {
  readonly how: string;
  readonly catalog: CatalogContent;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly timeMs: number;
}

/**
 * A disk under the rules that browsers were measured to follow: bytes of a file are durable after `flush`, names only when a minute
 * old (any later part of the list of name changes may be lost), a removed file's bytes are gone at once even if the removal of its name
 * is lost, and a commit to the catalogue is durable and atomic.
 */
export class SimulatedDisk {
  timeMs: number;
  /** Called after every operation, and inside every write at each page: everything that may crash here can be found then. */
  onOperation: (what: string) => void = () => {};
  readonly #catalog: CatalogContent;
  readonly #files = new Map<number, SimulatedFile>();
  #names = new Map<string, number>();
  /** Changes of names, oldest first: a file gets a name, or a name goes. */
  readonly #log: { name: string; file: number | undefined; atMs: number }[] = [];
  #nextFile = 1;

  constructor(state?: Pick<CrashState, 'catalog' | 'files' | 'timeMs'>) {
    this.#catalog = state ? copyCatalog(state.catalog) : emptyCatalog();
    this.timeMs = state?.timeMs ?? 0;
    for (const [name, bytes] of state?.files ?? []) this.#link(name, { current: bytes, synced: bytes });
    for (const entry of this.#log) entry.atMs = Number.NEGATIVE_INFINITY;
  }

  /** Everything the machine may find when the process is killed now. */
  processKill(): CrashState {
    return this.#state('process kill', this.#names, (file) => file.current);
  }

  /** Everything the machine may find when the power fails now; pages that are not synced are all lost, all kept, or as `coin` falls. */
  *powerCuts(coin: () => boolean): Generator<CrashState> {
    const certain = this.#log.filter(({ atMs }) => atMs <= this.timeMs - WRITE_BACK_MS).length;
    const dirty = [...this.#files.values()].some((file) => file.current !== file.synced);
    for (let kept = certain; kept <= this.#log.length; kept++) {
      const names = this.#namesAfter(kept);
      const how = `power cut keeping ${kept} of ${this.#log.length} name changes`;
      yield this.#state(`${how}, unsynced pages lost`, names, (file) => file.synced);
      if (!dirty) continue;
      yield this.#state(`${how}, unsynced pages kept`, names, (file) => file.current);
      for (let mixture = 0; mixture < MIXTURES; mixture++)
        yield this.#state(`${how}, some unsynced pages kept`, names, (file) => mixPages(file, coin));
    }
  }

  /** The catalogue on this disk. */
  catalog(): CatalogBackend {
    const inner = memoryCatalog(this.#catalog);
    return {
      ...inner,
      commit: async (transaction) => {
        const done = await inner.commit(transaction);
        this.#operate('commit');
        return done;
      },
    };
  }

  /** The slot files on this disk. */
  slots(): SlotBackend {
    return {
      name: 'simulated slots',
      writable: true,
      sizes: async () => new Map(Array.from(this.#names, ([name, id]) => [name, this.#file(id).current.byteLength])),
      create: async (name, byteLength) => this.#create(name, byteLength),
      open: async (name) => {
        const file = this.#file(this.#names.get(name));
        return {
          write: async (offset, bytes) => this.#write(file, offset, bytes),
          flush: async () => {
            file.synced = file.current;
            this.#operate('flush');
          },
          close: async () => {},
        };
      },
      openToRead: async (name) => {
        const id = this.#names.get(name);
        return id === undefined ? undefined : readerOf(this.#file(id).current);
      },
      remove: async (name) => this.#remove(name),
    };
  }

  #create(name: string, byteLength: number): void {
    if (!this.#names.has(name)) {
      this.#link(name, { current: new Uint8Array(0), synced: new Uint8Array(0) });
      this.#operate('create');
    }
    const file = this.#file(this.#names.get(name));
    const resized = new Uint8Array(byteLength);
    resized.set(file.current.subarray(0, byteLength));
    file.current = resized;
    this.#operate('truncate');
    file.synced = file.current;
    this.#operate('flush');
  }

  #link(name: string, file: SimulatedFile): void {
    const id = this.#nextFile++;
    this.#files.set(id, file);
    this.#names.set(name, id);
    this.#log.push({ name, file: id, atMs: this.timeMs });
  }

  #remove(name: string): void {
    const id = this.#names.get(name);
    if (id === undefined) return;
    this.#files.delete(id);
    this.#names.delete(name);
    this.#log.push({ name, file: undefined, atMs: this.timeMs });
    this.#operate('remove');
  }

  #write(file: SimulatedFile, offset: number, bytes: Uint8Array): void {
    const before = file.current;
    for (let done = 0; done < bytes.byteLength; ) {
      const untilPage = PAGE_BYTES - ((offset + done) % PAGE_BYTES);
      done = Math.min(bytes.byteLength, done + untilPage);
      const torn = before.slice();
      torn.set(bytes.subarray(0, done), offset);
      file.current = torn;
      if (done < bytes.byteLength) this.onOperation('inside a write');
    }
    this.#operate('write');
  }

  #operate(what: string): void {
    this.timeMs += OPERATION_MS;
    this.onOperation(what);
  }

  #file(id: number | undefined): SimulatedFile {
    const file = id === undefined ? undefined : this.#files.get(id);
    if (file === undefined) throw new DOMException('A requested file could not be found.', 'NotFoundError');
    return file;
  }

  #namesAfter(kept: number): Map<string, number> {
    const names = new Map<string, number>();
    for (const { name, file } of this.#log.slice(0, kept)) {
      if (file === undefined) names.delete(name);
      else names.set(name, file);
    }
    return names;
  }

  #state(how: string, names: ReadonlyMap<string, number>, bytes: (file: SimulatedFile) => Uint8Array): CrashState {
    const files = new Map<string, Uint8Array>();
    for (const [name, id] of names) {
      const file = this.#files.get(id);
      if (file) files.set(name, bytes(file));
    }
    return { how, files, catalog: copyCatalog(this.#catalog), timeMs: this.timeMs };
  }
}

function mixPages({ current, synced }: SimulatedFile, coin: () => boolean): Uint8Array {
  if (current === synced) return current;
  const mixed = new Uint8Array(Math.max(current.byteLength, synced.byteLength));
  for (let at = 0; at < mixed.byteLength; at += PAGE_BYTES) mixed.set((coin() ? current : synced).subarray(at, at + PAGE_BYTES), at);
  return mixed;
}
