/** What a call leaves to be done behind its caller's back, and what it returns meanwhile. */
export interface Started<T> {
  readonly result: T;
  readonly job?: () => Promise<void>;
}

/** One job at a time behind the callers' backs, in the order of their calls. What fails there is thrown at the next call, never swallowed. */
export class BackgroundWork {
  /** Settles when every call so far has started its job, or failed to. */
  #turn: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Calls `prepare` when earlier jobs have ended, throws what they failed with, and starts the job that it gives. */
  start<T>(prepare: () => Promise<Started<T>>): Promise<T> {
    const turn = this.#turn.then(async () => {
      await this.#running;
      this.throwFailure();
      const { result, job } = await prepare();
      if (job !== undefined) this.#run(job);
      return result;
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #run(job: () => Promise<void>): void {
    const running = job()
      .catch((cause: unknown) => {
        this.#failure = { cause };
      })
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
    this.#running = running;
  }

  /** Throws what a job failed with since the last call. */
  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.cause;
  }

  /** Waits for all jobs, then throws what failed. */
  async settle(): Promise<void> {
    await this.#turn;
    await this.#running;
    this.throwFailure();
  }
}
