import { LinnetError } from '#linnet/core';

/** Collects what the device complains about outside of any call, so that the next wait can report it. */
export class Faults {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  #loss: LinnetError | undefined;
  #pending: LinnetError | undefined;
  #disposed = false;

  constructor(device: GPUDevice, onLost: (error: LinnetError) => void) {
    device.addEventListener('uncapturederror', (event) => this.#report((event as GPUUncapturedErrorEvent).error));
    this.lost = device.lost.then(({ reason, message }) => {
      const because = reason === 'destroyed' ? 'it was destroyed' : message || 'the browser or driver took it away';
      this.#loss = new LinnetError(
        'DeviceLostError',
        `The GPU device is lost: ${because}. Values on it are gone; call \`jax.init()\` for a new one.`,
      );
      onLost(this.#loss);
      return { reason: reason ?? 'unknown', message };
    });
  }

  /** The loss of the device, once it happened. */
  get loss(): LinnetError | undefined {
    return this.#loss;
  }

  /** Says that the device goes away on purpose: later complaints are its own noise. */
  dispose(): void {
    this.#disposed = true;
  }

  /** Takes the error that has been waiting to be told. */
  take(): LinnetError | undefined {
    const error = this.#loss ?? this.#pending;
    this.#pending = undefined;
    return error;
  }

  #report(error: GPUError): void {
    if (this.#disposed || this.#pending) return;
    const isMemory = 'GPUOutOfMemoryError' in globalThis && error instanceof GPUOutOfMemoryError;
    this.#pending = isMemory
      ? new LinnetError('OutOfMemoryError', `The GPU ran out of memory: ${error.message}`, { cause: error })
      : new LinnetError('InternalError', `WebGPU refused a command of the engine. Please report this: ${error.message}`, { cause: error });
  }
}
