/** One job at a time behind the caller's back. What fails there is thrown at the next call, never swallowed. */
export class BackgroundWork {
  #running: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Starts `job`. The one before must have been waited for. */
  start(job: () => Promise<void>): void {
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

  /** Waits for the running job, then throws what failed. */
  async settle(): Promise<void> {
    await this.#running;
    this.throwFailure();
  }
}
