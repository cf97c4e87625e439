import { LinnetError, toLinnetError } from '#linnet/core';
import type { ValueSink } from '../valueSink';
import { BytePipe } from './bytePipe';
import type { DataFile } from './dataFiles';

/** Short pieces are gathered up to this size before they are handed on. */
const BUFFER = 256 * 1024;

/** One data file while it is written: bytes are appended, and go to the store as they come. */
export class DataFileWriter {
  readonly file: DataFile;
  readonly #pipe = new BytePipe();
  readonly #written: Promise<void>;
  readonly #buffer = new Uint8Array(BUFFER);
  #buffered = 0;
  #length = 0;

  /** Begins the file `path` in `directory` of `sink`. */
  constructor(sink: ValueSink, directory: string, path: string) {
    this.file = { base: '', path };
    this.#written = sink.write(directory + path, this.#pipe).then(
      () => this.#pipe.fail(new LinnetError('StorageError', `The store stopped taking ${path} before its end.`)),
      (error: unknown) => {
        const failure = toLinnetError(error, 'StorageError', `Writing ${path} failed`);
        this.#pipe.fail(failure);
        throw failure;
      },
    );
    // Whoever pushes next, or closes, gets the error.
    this.#written.catch(() => undefined);
  }

  /** Bytes appended so far. */
  get length(): number {
    return this.#length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#length += bytes.length;
    if (this.#buffered + bytes.length > BUFFER) await this.#flush();
    if (bytes.length > BUFFER) return this.#pipe.push(bytes);
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  async #flush(): Promise<void> {
    if (this.#buffered === 0) return;
    const chunk = this.#buffer.subarray(0, this.#buffered);
    this.#buffered = 0;
    await this.#pipe.push(chunk);
  }

  /** Ends the file; resolves when the store has all of it. */
  async close(): Promise<void> {
    await this.#flush();
    this.#pipe.end();
    await this.#written;
  }

  /** Gives up: the store's write fails, so that no half file counts as whole where the store can help it. */
  async abort(reason: LinnetError): Promise<void> {
    this.#pipe.abort(reason);
    await this.#written.catch(() => undefined);
  }
}
