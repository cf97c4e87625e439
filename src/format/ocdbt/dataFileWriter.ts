import { LinnetError, toLinnetError } from '#linnet/core';
import { HeldBytes } from '#linnet/store';
import type { ValueSink } from '../valueSink';
import { BytePipe } from './bytePipe';
import type { DataFile } from './dataFiles';

/** Short pieces are gathered up to this size before they are handed on. */
const BUFFER = 256 * 1024;

/** One data file while it is written: bytes are appended, and go to the store as they come. */
export interface DataFileWriter {
  readonly file: DataFile;
  /** Bytes appended so far. */
  readonly length: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Ends the file; resolves when the store has all of it. */
  close(): Promise<void>;
  /** Gives up: the store's write fails, so that no half file counts as whole where the store can help it. */
  abort(reason: LinnetError): Promise<void>;
}

/** Begins the file `path` in `directory` of `sink`. */
export const writeDataFile = (sink: ValueSink, directory: string, path: string): DataFileWriter =>
  sink.keepsPieces ? new HeldDataFile(sink, directory, path) : new StreamedDataFile(sink, directory, path);

/** Hands bytes on while more are made: no more than a buffer of them is held. */
class StreamedDataFile implements DataFileWriter {
  readonly file: DataFile;
  readonly #pipe = new BytePipe();
  readonly #written: Promise<void>;
  readonly #buffer = new Uint8Array(BUFFER);
  #buffered = 0;
  #length = 0;

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

  async close(): Promise<void> {
    await this.#flush();
    this.#pipe.end();
    await this.#written;
  }

  async abort(reason: LinnetError): Promise<void> {
    this.#pipe.abort(reason);
    await this.#written.catch(() => undefined);
  }
}

/** Pieces shorter than this are joined: each costs more than its bytes. */
const JOIN_BELOW = 4096;

/** Keeps the pieces themselves, for a sink that wants them so: the bytes of an array are not copied. */
class HeldDataFile implements DataFileWriter {
  readonly file: DataFile;
  readonly #sink: ValueSink;
  readonly #key: string;
  readonly #pieces: Uint8Array[] = [];
  #joined = new Uint8Array(0);
  #joinedLength = 0;
  #length = 0;

  constructor(sink: ValueSink, directory: string, path: string) {
    this.file = { base: '', path };
    this.#sink = sink;
    this.#key = directory + path;
  }

  get length(): number {
    return this.#length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#length += bytes.length;
    if (bytes.length >= JOIN_BELOW) {
      this.#endJoined();
      this.#pieces.push(bytes);
      return;
    }
    if (this.#joinedLength + bytes.length > this.#joined.length) {
      this.#endJoined();
      this.#joined = new Uint8Array(4 * JOIN_BELOW);
    }
    this.#joined.set(bytes, this.#joinedLength);
    this.#joinedLength += bytes.length;
  }

  #endJoined(): void {
    if (this.#joinedLength === 0) return;
    this.#pieces.push(this.#joined.subarray(0, this.#joinedLength));
    this.#joined = this.#joined.subarray(this.#joinedLength);
    this.#joinedLength = 0;
  }

  async close(): Promise<void> {
    this.#endJoined();
    await this.#sink.write(this.#key, new HeldBytes(this.#pieces));
  }

  async abort(): Promise<void> {}
}
