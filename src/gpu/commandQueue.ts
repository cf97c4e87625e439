import type { LinnetError } from '#linnet/core';
import type { Counters } from './counters';

/** A piece of ordered work. */
export interface Job {
  /** What must settle before this job (and all later ones) may be encoded; undefined when nothing does. Never rejects. */
  readonly blocker?: () => Promise<unknown> | undefined;
  /** Records the job's commands. */
  encode(recorder: Recorder): void;
  /** The device is gone: whoever waits for the job gets `error`. */
  fail?(error: LinnetError): void;
}

/** Where jobs record commands. Compute passes are opened and closed as needed. */
export interface Recorder {
  /** The open compute pass. */
  pass(): GPUComputePassEncoder;
  /** Tells the queue about work just recorded, and lets it submit when enough has gathered. */
  count(dispatches: number, flops: number): void;
  copy(source: GPUBuffer, sourceOffset: number, target: GPUBuffer, targetOffset: number, byteLength: number): void;
  /** Writes from the host, ordered after everything recorded so far. */
  write(target: GPUBuffer, offset: number, data: Uint8Array): void;
  /** Calls `action` when the commands recorded so far have been handed to the device. */
  afterSubmit(action: () => void): void;
}

/** Commands of one submit: about 16 ms of work on a small GPU, so that the page and other tabs stay alive. */
const MAX_DISPATCHES = 1024;
const MAX_FLOPS = 4e9;

/**
 * Puts jobs into as few submits as is healthy, strictly in order. A job whose pipelines are still compiling holds itself and all
 * later ones back; nothing blocks the thread. What is recorded goes out when enough has gathered or at the end of the microtask.
 */
export class CommandQueue implements Recorder {
  readonly #device: GPUDevice;
  readonly #counters: Counters;
  readonly #onIdle: () => void;
  readonly #jobs: Job[] = [];
  #afterSubmit: (() => void)[] = [];
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #dispatches = 0;
  #flops = 0;
  #waiting = false;
  #encoding = false;
  #flushPlanned = false;
  #failure: LinnetError | undefined;

  /** `onIdle` is called after a submit when no job is held back. */
  constructor(device: GPUDevice, counters: Counters, onIdle: () => void) {
    this.#device = device;
    this.#counters = counters;
    this.#onIdle = onIdle;
  }

  enqueue(job: Job): void {
    if (this.#failure) {
      job.fail?.(this.#failure);
      return;
    }
    this.#jobs.push(job);
    this.#drain();
  }

  /** True if nothing is recorded or held back: a write from the host cannot overtake anything. */
  get isIdle(): boolean {
    return this.#jobs.length === 0 && this.#encoder === undefined;
  }

  /** Drops everything that was not submitted; what comes later fails at once. */
  fail(error: LinnetError): void {
    this.#failure = error;
    this.#encoder = undefined;
    this.#pass = undefined;
    this.#afterSubmit.splice(0).forEach((action) => {
      action();
    });
    for (const job of this.#jobs.splice(0)) job.fail?.(error);
  }

  pass(): GPUComputePassEncoder {
    this.#pass ??= this.#recording().beginComputePass();
    return this.#pass;
  }

  count(dispatches: number, flops: number): void {
    this.#counters.dispatches += dispatches;
    this.#dispatches += dispatches;
    this.#flops += flops;
    if (this.#dispatches >= MAX_DISPATCHES || this.#flops >= MAX_FLOPS) this.flush();
  }

  copy(source: GPUBuffer, sourceOffset: number, target: GPUBuffer, targetOffset: number, byteLength: number): void {
    this.#endPass();
    this.#recording().copyBufferToBuffer(source, sourceOffset, target, targetOffset, byteLength);
  }

  write(target: GPUBuffer, offset: number, data: Uint8Array): void {
    this.flush();
    this.#counters.bufferWrites++;
    this.#device.queue.writeBuffer(target, offset, data as Uint8Array<ArrayBuffer>);
  }

  afterSubmit(action: () => void): void {
    this.#recording();
    this.#afterSubmit.push(action);
  }

  /** Hands everything recorded so far to the device. */
  flush(): void {
    const encoder = this.#encoder;
    if (encoder) {
      this.#endPass();
      this.#encoder = undefined;
      this.#dispatches = 0;
      this.#flops = 0;
      this.#counters.submits++;
      this.#device.queue.submit([encoder.finish()]);
      for (const action of this.#afterSubmit.splice(0)) action();
    }
    if (this.#jobs.length === 0 && !this.#encoding) this.#onIdle();
  }

  #recording(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    if (!this.#flushPlanned) {
      this.#flushPlanned = true;
      queueMicrotask(() => {
        this.#flushPlanned = false;
        if (!this.#failure) this.flush();
      });
    }
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  #drain(): void {
    if (this.#waiting) return;
    while (this.#jobs.length > 0) {
      const job = this.#jobs[0]!;
      const blocker = job.blocker?.();
      if (blocker) {
        this.#waiting = true;
        const resume = (): void => {
          this.#waiting = false;
          this.#drain();
        };
        blocker.then(resume, resume);
        return;
      }
      this.#jobs.shift();
      this.#encoding = true;
      try {
        job.encode(this);
      } finally {
        this.#encoding = false;
      }
    }
  }
}
