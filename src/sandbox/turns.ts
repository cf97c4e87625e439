/** Lets one piece of work begin when the one before has ended, whatever became of it. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `body` when it is its turn. */
  take<R>(body: () => Promise<R>): Promise<R> {
    const result = this.#last.then(body, body);
    this.#last = result.catch(() => {});
    return result;
  }
}
