/** Shortest time between two announcements, ms: one frame. */
const FRAME_MS = 16;

/** Calls `announce` soon after `changed`, at most once a frame. */
export class Announcer {
  readonly #announce: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(announce: () => void) {
    this.#announce = announce;
  }

  /** Something changed: announces now, or at the end of the frame. */
  changed(): void {
    if (this.#timer !== undefined) return;
    const waitMs = this.#lastMs + FRAME_MS - performance.now();
    if (waitMs <= 0) this.now();
    else this.#timer = setTimeout(() => this.now(), waitMs);
  }

  /** Announces at once. */
  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastMs = performance.now();
    this.#announce();
  }
}
