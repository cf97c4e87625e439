import { type LinnetError, toLinnetError } from '#linnet/core';
import { type Block, BufferPool } from './bufferPool';
import { CommandQueue } from './commandQueue';
import { type Counters, newCounters } from './counters';
import { type DeviceFacts, deviceFacts } from './device';
import { Faults } from './faults';
import { IterationTable } from './iterationTable';
import { PipelineCache } from './pipelines';
import { ReadbackRing } from './readback';

export interface EngineOptions {
  /** Bytes of GPU memory the engine may hold (default 16 GiB; the device's own limit comes first mostly). */
  readonly byteBudget?: number;
  /** Facts to go by instead of the device's own: tests run a GPU's kernels on a software adapter with it. */
  readonly facts?: Partial<DeviceFacts>;
}

/** One device with everything that keeps it busy and safe: memory, ordered queue, pipelines, reads, faults. */
export class Engine {
  readonly device: GPUDevice;
  readonly counters: Counters = newCounters();
  readonly pool: BufferPool;
  readonly queue: CommandQueue;
  readonly pipelines: PipelineCache;
  readonly iterations: IterationTable;
  readonly faults: Faults;
  readonly #readback: ReadbackRing;
  #facts: DeviceFacts;

  constructor(device: GPUDevice, options: EngineOptions = {}) {
    this.device = device;
    this.#facts = { ...deviceFacts(device), ...options.facts };
    const byteBudget = options.byteBudget ?? 16 * 2 ** 30;
    const keepBytes = Math.min(byteBudget / 4, 512 * 2 ** 20);
    this.pool = new BufferPool(device, this.counters, { byteBudget, keepBytes, maxBlockBytes: this.facts.maxBufferBytes });
    this.queue = new CommandQueue(device, this.counters, () => this.pool.destroyCondemned());
    this.pipelines = new PipelineCache(device, this.counters);
    this.iterations = new IterationTable(device, this.counters, this.pipelines.iterationLayout);
    this.#readback = new ReadbackRing(device, this.counters);
    this.faults = new Faults(device, (error) => this.queue.fail(error));
  }

  get facts(): DeviceFacts {
    return this.#facts;
  }

  /** Goes by `facts` from here on: what has been measured since. */
  learn(facts: Partial<DeviceFacts>): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  /** Copies `bytes` into `block`, in order with all other work. `bytes` may be changed afterwards. */
  upload(block: Block, bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    const padded = bytes.byteLength % 4 === 0 ? bytes : padToWords(bytes);
    if (this.queue.isIdle && !this.pool.unsure) this.queue.write(block.gpu, 0, padded);
    else {
      const copy = padded.slice();
      this.queue.enqueue({
        blocker: () => this.pool.unsure,
        encode: (recorder) => {
          if (!block.failure) recorder.write(block.gpu, 0, copy);
        },
      });
    }
  }

  /** The first `byteLength` bytes of `block` once everything before has run. `failure` is asked when its turn comes. */
  download(block: Block, byteLength: number, failure: () => LinnetError | undefined): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.queue.enqueue({
        blocker: () => this.pool.unsure,
        encode: (recorder) => {
          const error = failure() ?? block.failure;
          if (error) return reject(error);
          if (byteLength === 0) return resolve(new Uint8Array(0));
          const staging = this.#readback.take(byteLength);
          recorder.copy(block.gpu, 0, staging, 0, Math.ceil(byteLength / 4) * 4);
          recorder.afterSubmit(() => {
            this.#readback.read(staging, byteLength).then(
              (bytes) => this.#settle(resolve, reject, bytes),
              (cause: unknown) => this.#lossOr(cause).then(reject),
            );
          });
        },
        fail: reject,
      });
    });
  }

  /** Resolves when everything enqueued so far has run; rejects with what went wrong since the last wait. */
  synchronize(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.enqueue({
        encode: (recorder) => {
          recorder.afterSubmit(() => {
            this.device.queue.onSubmittedWorkDone().then(
              () => this.#settle(resolve, reject, undefined),
              (cause: unknown) => this.#lossOr(cause).then(reject),
            );
          });
        },
        fail: reject,
      });
    });
  }

  dispose(): void {
    this.faults.dispose();
    this.device.destroy();
  }

  #settle<T>(resolve: (value: T) => void, reject: (error: LinnetError) => void, value: T): void {
    const error = this.faults.take();
    if (error) reject(error);
    else resolve(value);
  }

  /** A failed map or wait mostly means that the device went away, which it says a moment later. */
  async #lossOr(cause: unknown): Promise<LinnetError> {
    await Promise.race([this.faults.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
    return this.faults.take() ?? toLinnetError(cause, 'InternalError', 'Reading from the GPU failed');
  }
}

function padToWords(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
  padded.set(bytes);
  return padded;
}
