import { type EngineInfo, LinnetError } from '#linnet/core';
import { currentBackend } from '#linnet/tensor';

/** A device that is lost again within this time is not replaced: something is wrong with it. */
const RECOVERY_PAUSE_MS = 120_000;

/** Chromium gives a page no adapter for two minutes after it lost its device twice; measured: 121 s. */
export const ADAPTER_PAUSE_MS = 122_000;

/** Finds another device to compute with, or the CPU. */
export type Replace = (backend: 'auto' | 'cpu') => Promise<EngineInfo>;

/** Notices the loss of the device in use, and says whether another one may take its place at once. */
export class DeviceWatch {
  readonly #restartEngine: Replace | null;
  readonly #lost: (error: LinnetError, mayReplace: boolean) => void;
  #lastLossMs = Number.NEGATIVE_INFINITY;

  /** `lost` is told of each loss, and whether it is the first in a while. Without `restartEngine` no device is ever replaced. */
  constructor(restartEngine: Replace | null, lost: (error: LinnetError, mayReplace: boolean) => void) {
    this.#restartEngine = restartEngine;
    this.#lost = lost;
    this.#watch();
  }

  get canReplace(): boolean {
    return this.#restartEngine !== null;
  }

  #watch(): void {
    const backend = currentBackend();
    void backend.lost.then(({ message }) => {
      // A backend that was replaced on purpose says so too; only the one in use is missed.
      if (backend === currentBackend()) this.#noticed(new LinnetError('DeviceLostError', message));
    });
  }

  #noticed(error: LinnetError): void {
    const now = performance.now();
    const mayReplace = this.#restartEngine !== null && now - this.#lastLossMs > RECOVERY_PAUSE_MS;
    this.#lastLossMs = now;
    this.#lost(error, mayReplace);
  }

  /** Another device, watched from here on. */
  async replace(backend: 'auto' | 'cpu'): Promise<EngineInfo> {
    const engine = await this.#restartEngine!(backend);
    this.#watch();
    return engine;
  }
}
