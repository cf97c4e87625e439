/** Sums and comparisons take several bytes at a time; elsewhere a copy of a block costs less than going byte by byte. */
const ALIGNMENT = 8;

/** Bytes in memory, in one piece or in several: files made of the arrays of a checkpoint need not be put together first. Nobody changes them. */
export class HeldBytes {
  readonly pieces: readonly Uint8Array[];
  readonly byteLength: number;
  /** Where each piece begins. */
  readonly #starts: readonly number[];

  constructor(pieces: readonly Uint8Array[]) {
    const starts: number[] = [];
    let byteLength = 0;
    for (const piece of pieces) {
      starts.push(byteLength);
      byteLength += piece.byteLength;
    }
    this.pieces = pieces;
    this.byteLength = byteLength;
    this.#starts = starts;
  }

  /** The pieces one after another, as a ByteSource. Unlike others' they stay as they are when the next is asked for. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield* this.pieces;
  }

  /** Views of bytes `from` to `to`. */
  views(from: number, to: number): Uint8Array[] {
    const views: Uint8Array[] = [];
    for (let i = this.#pieceAt(from); i < this.pieces.length && this.#starts[i]! < to; i++) {
      const start = this.#starts[i]!;
      const view = this.pieces[i]!.subarray(Math.max(from - start, 0), to - start);
      if (view.byteLength > 0) views.push(view);
    }
    return views;
  }

  /** Bytes `from` to `to` in one piece: a view where one piece holds them all (well aligned), else the beginning of `scratch`, which must be long enough. */
  joined(from: number, to: number, scratch: Uint8Array): Uint8Array {
    const views = this.views(from, to);
    if (views.length === 1 && views[0]!.byteOffset % ALIGNMENT === 0) return views[0]!;
    let length = 0;
    for (const view of views) {
      scratch.set(view, length);
      length += view.byteLength;
    }
    return scratch.subarray(0, length);
  }

  /** The last piece that begins at or before `at`. */
  #pieceAt(at: number): number {
    let [low, high] = [0, this.pieces.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= at) low = middle;
      else high = middle;
    }
    return low;
  }
}
