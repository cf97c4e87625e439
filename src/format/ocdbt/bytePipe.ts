interface Waiting {
  readonly chunk: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Hands bytes from a writer that pushes to a reader that pulls. `push` resolves when the reader asks for more, that is when it is done with
 * the chunk: so no more than one chunk is in flight, and its memory may be used again.
 */
export class BytePipe implements AsyncIterable<Uint8Array> {
  #waiting: Waiting | undefined;
  #wake: (() => void) | undefined;
  #ended = false;
  #aborted: { readonly error: unknown } | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Offers a chunk; rejects when the reading end failed. */
  push(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure.error);
      this.#waiting = { chunk, resolve, reject };
      this.#wake?.();
    });
  }

  /** No chunk follows. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Nothing sensible follows: the reader gets `error`. */
  abort(error: unknown): void {
    this.#aborted = { error };
    this.#wake?.();
  }

  /** The reading end is gone: a push that waits, and every later one, rejects with `error`. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#aborted !== undefined) throw this.#aborted.error;
      const waiting = this.#waiting;
      if (waiting !== undefined) {
        yield waiting.chunk;
        this.#waiting = undefined;
        waiting.resolve();
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}
