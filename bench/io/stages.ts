import type { CatalogBackend } from '../../src/store/library/catalogBackend';
import type { SlotBackend } from '../../src/store/library/slotBackend';

/** Milliseconds that a save spent in each kind of storage call; the rest of it is summing up. */
export class Stages {
  write = 0;
  sync = 0;
  readBack = 0;
  catalogue = 0;

  reset(): void {
    this.write = this.sync = this.readBack = this.catalogue = 0;
  }

  async #time<T>(stage: 'write' | 'sync' | 'readBack' | 'catalogue', work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this[stage] += performance.now() - start;
    }
  }

  catalog(inner: CatalogBackend): CatalogBackend {
    return {
      name: inner.name,
      read: (selection) => this.#time('catalogue', () => inner.read(selection)),
      commit: (transaction) => {
        const holdsFiles = transaction.operations.some(({ table, do: what }) => table === 'files' && what === 'add');
        return this.#time(holdsFiles ? 'write' : 'catalogue', () => inner.commit(transaction));
      },
      fileKeys: (prefix) => inner.fileKeys(prefix),
      expect: (bytes) => inner.expect?.(bytes),
      readFile: (key, offset, length) => this.#time('readBack', () => inner.readFile(key, offset, length)),
      close: () => inner.close(),
    };
  }

  slots(inner: SlotBackend): SlotBackend {
    return {
      ...inner,
      open: async (id) => {
        const writer = await this.#time('write', () => inner.open(id));
        return {
          write: (offset, bytes) => this.#time('write', () => writer.write(offset, bytes)),
          flush: () => this.#time('sync', () => writer.flush()),
          close: () => this.#time('write', () => writer.close()),
        };
      },
      openToRead: async (id) => {
        const reader = await this.#time('readBack', () => inner.openToRead(id));
        return (
          reader && {
            read: (offset, into) => this.#time('readBack', () => reader.read(offset, into)),
            close: () => this.#time('readBack', () => reader.close()),
          }
        );
      },
    };
  }
}
