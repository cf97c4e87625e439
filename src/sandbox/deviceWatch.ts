import { type EngineInfo, LinnetError } from '#linnet/core';
import { currentBackend } from '#linnet/tensor';

/** A device that is lost again within this time is not replaced: something is wrong with it. */
const RECOVERY_PAUSE_MS = 120_000;

/** Finds another device to compute with, and watches that one. */
export type Replace = () => Promise<EngineInfo>;

/** Notices the loss of the device in use, and says whether another one may take its place. */
export class DeviceWatch {
  readonly #restartEngine: Replace | null;
  readonly #lost: (error: LinnetError, replace: Replace | null) => void;
  #lastLossMs = Number.NEGATIVE_INFINITY;

  /** `lost` is told of each loss, with the way to a new device when this is the first loss in a while and `restartEngine` is there. */
  constructor(restartEngine: Replace | null, lost: (error: LinnetError, replace: Replace | null) => void) {
    this.#restartEngine = restartEngine;
    this.#lost = lost;
    this.#watch();
  }

  #watch(): void {
    const backend = currentBackend();
    void backend.lost.then(({ message }) => {
      // A backend that was replaced on purpose says so too; only the one in use is missed.
      if (backend === currentBackend()) this.#noticed(new LinnetError('DeviceLostError', message));
    });
  }

  #noticed(error: LinnetError): void {
    const mayReplace = this.#restartEngine !== null && performance.now() - this.#lastLossMs > RECOVERY_PAUSE_MS;
    if (mayReplace) this.#lastLossMs = performance.now();
    this.#lost(error, mayReplace ? () => this.#replace() : null);
  }

  async #replace(): Promise<EngineInfo> {
    const engine = await this.#restartEngine!();
    this.#watch();
    return engine;
  }
}
