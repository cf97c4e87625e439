import { LinnetError } from '#linnet/core';
import { type ZipFile, zipArchive } from '#linnet/format';
import type { WritableStore } from '#linnet/store';

/** One value on its way from the writer to the archive. */
interface Handover {
  readonly file: ZipFile;
  readonly done: () => void;
  readonly failed: (cause: unknown) => void;
}

/** Hands what is written to it, one value after another, to whoever takes it. Nothing is kept. */
class Conveyor {
  #waiting: Handover[] = [];
  #wake: () => void = () => {};
  #ended = false;
  #failure: { readonly cause: unknown } | undefined;

  put(file: ZipFile): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ file, done, failed });
      this.#wake();
    });
  }

  end(failure?: { readonly cause: unknown }): void {
    this.#ended = true;
    this.#failure = failure;
    this.#wake();
  }

  /** The files in order; each counts as written when the next is asked for. Giving up makes the writer fail. */
  async *files(): AsyncGenerator<ZipFile> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next !== undefined) {
          yield next.file;
          next.done();
        } else if (this.#ended) {
          if (this.#failure !== undefined) throw this.#failure.cause;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      for (const { failed } of this.#waiting) failed(new LinnetError('AbortedError', 'The archive is no longer wanted.'));
    }
  }
}

function storeOver(conveyor: Conveyor): WritableStore {
  return {
    name: 'zip',
    write: (key, data) => conveyor.put({ name: key, data }),
    read: async () => undefined,
    byteLength: async () => undefined,
    list: async () => [],
    delete: async () => {},
    deletePrefix: async () => {},
  };
}

/** What `write` writes, as the bytes of a zip archive, while it is being written. */
export async function* zipOf(write: (store: WritableStore) => Promise<void>): AsyncGenerator<Uint8Array> {
  const conveyor = new Conveyor();
  const writing = write(storeOver(conveyor)).then(
    () => conveyor.end(),
    (cause: unknown) => conveyor.end({ cause }),
  );
  yield* zipArchive(conveyor.files());
  await writing;
}
