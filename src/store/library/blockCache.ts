import type { FileRow } from './rows';

/** Bytes that are kept: enough for where the arrays that are read side by side begin and end. */
const KEPT_BYTES = 32 * 1024 * 1024;

/**
 * Stretches of a step that were asked for in part, the last ones. Arrays begin and end inside stretches, small ones by the hundred: each
 * stretch is read and checked once for all of them.
 */
export class BlockCache {
  readonly #stretches = new Map<string, { readonly bytes: Promise<Uint8Array>; readonly byteLength: number }>();
  #byteLength = 0;

  /** The `byteLength` bytes of `file` that begin with block `first`, through `load` unless they are here. Not to be changed. */
  get(file: FileRow, first: number, byteLength: number, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const key = `${first} ${file.key}`;
    const found = this.#stretches.get(key);
    const bytes = found?.bytes ?? load();
    this.#drop(key);
    this.#stretches.set(key, { bytes, byteLength });
    this.#byteLength += byteLength;
    for (const oldest of this.#stretches.keys()) {
      if (this.#byteLength <= KEPT_BYTES || oldest === key) break;
      this.#drop(oldest);
    }
    // What failed once may be there the next time.
    if (found === undefined) bytes.catch(() => this.#drop(key));
    return bytes;
  }

  #drop(key: string): void {
    this.#byteLength -= this.#stretches.get(key)?.byteLength ?? 0;
    this.#stretches.delete(key);
  }
}
