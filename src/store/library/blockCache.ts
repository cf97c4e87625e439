import type { FileRow } from './rows';

/** Blocks of a step that are kept: those where the arrays that are read side by side begin and end. */
const KEPT = 12;

/**
 * The last blocks of a step that were asked for in part. Arrays begin and end inside blocks, small ones by the hundred: each block is
 * read and checked once for all of them.
 */
export class BlockCache {
  readonly #blocks = new Map<string, Promise<Uint8Array>>();

  /** Block `index` of `file`, through `load` unless it is here. Not to be changed. */
  get(file: FileRow, index: number, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const key = `${index} ${file.key}`;
    const block = this.#blocks.get(key) ?? load();
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
    if (this.#blocks.size > KEPT) this.#blocks.delete(this.#blocks.keys().next().value!);
    // What failed once may be there the next time.
    block.catch(() => this.#blocks.delete(key));
    return block;
  }
}
